"""The examples of docs/guide/export.md are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lineage.cli import _parser

PAGE = (Path(__file__).parent.parent.parent / "docs" / "guide" / "export.md").read_text("utf-8")


def test_the_code_runs_and_its_comments_are_what_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    checked = 0
    for block in re.findall(r"^`{3,4}python\n(.*?)^`{3,4}$", PAGE, re.DOTALL | re.MULTILINE):
        exec(block, names)
        for expression, said in re.findall(r"^([a-z\[(].*?)(?:\s+|\n)# (.+)$", block, re.MULTILINE):
            assert repr(eval(expression, names)) == said, expression
            checked += 1
    assert checked == 8
    assert capsys.readouterr().out.strip() in PAGE, "the page shows another diagram"


def test_the_commands_are_ones_that_can_be_typed() -> None:
    lines = re.findall(r"^lineage (export .*)$", PAGE, re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        assert _parser().parse_args(shlex.split(line.partition(" > ")[0])).format
