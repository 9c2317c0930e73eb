"""The examples of docs/guide/simulation.md are true."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs" / "guide" / "simulation.md"


def test_the_code_of_the_page_runs_and_its_comments_are_what_comes_out() -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        if "import lineage\n" in block:
            continue  # reads and runs the reader's own flows
        exec(block, names)
        for expression, said in re.findall(r"^(\S.*?\])\s+# ('.*')$", block, re.MULTILINE):
            assert repr(eval(expression, names)) == said
    assert "sim" in names
