"""The pages for new readers: their code runs on the demo's runs, and what they show is what comes out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lineage.cli import _parser

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = [DOCS / "start.md", *sorted(DOCS.glob("how-to/*.md"))]
BLOCK = re.compile(r"```(python|text|bash)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_runs_and_prints_what_the_page_shows(
    page: Path,
    demo_runs: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    printed = ""
    for language, text in BLOCK.findall(page.read_text("utf-8")):
        if language == "python":
            exec(compile(text, page.name, "exec"), names)
            printed = capsys.readouterr().out
        elif language == "text":
            shown = ".*?".join(
                map(re.escape, text.strip().split("…"))
            )  # a page writes … for an id or a duration
            assert re.fullmatch(shown, printed.strip(), re.DOTALL), printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_are_ones_that_can_be_typed(page: Path) -> None:
    blocks = [text for language, text in BLOCK.findall(page.read_text("utf-8")) if language == "bash"]
    commands = re.findall(r"^lineage (.*)$", "\n".join(blocks), re.MULTILINE)
    assert commands
    for command in commands:
        assert _parser().parse_args(shlex.split(command.partition(" > ")[0])).verb
