"""The examples of docs/guide/why.md are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lineage.cli import _parser

PAGE = (Path(__file__).parent.parent.parent / "docs" / "guide" / "why.md").read_text("utf-8")
_BLOCKS = re.compile(r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.DOTALL | re.MULTILINE)


def test_the_code_runs_and_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    shown = compared = 0
    for block, output in _BLOCKS.findall(PAGE):
        exec(block, names)
        assert capsys.readouterr().out == output
        shown += bool(output)
        for expression, said in re.findall(r"^(result\S.*?)\s+# (.+)$", block, re.MULTILINE):
            assert repr(eval(expression, names)) == said, expression
            compared += 1
    assert (shown, compared) == (4, 3)
    names["test_the_prediction_is_fresh"]()  # type: ignore[operator]  # the recipe, as pytest calls it


def test_the_commands_are_ones_that_can_be_typed() -> None:
    (block,) = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    lines = [line.removeprefix("lineage ") for line in block.splitlines()]
    assert len(lines) == 7
    for line in lines:
        assert _parser().parse_args(shlex.split(line.partition(" > ")[0])).verb
