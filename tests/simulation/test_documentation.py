"""The examples of docs/simulation.md and of the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import lineage.flowgraph
import lineage.replaying
import lineage.simulation

DOCS = Path(__file__).parent.parent.parent / "docs" / "simulation.md"
MODULES = [
    module.name
    for package in (lineage.flowgraph, lineage.simulation, lineage.replaying)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
]


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


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
