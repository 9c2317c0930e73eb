"""What the README says runs, as it stands there, on the demo's runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_its_code_runs(demo_runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    import metaflow

    metaflow.namespace(None)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 2
    try:
        for block in blocks:
            exec(compile(block, "README.md", "exec"), {})
    finally:
        metaflow.default_namespace()
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "lineage.json"}


def test_its_first_screen_has_the_picture_the_two_commands_and_three_lines() -> None:
    first = README.split("## ")[0]
    assert "docs/images/report-light.png" in first
    assert "make demo" in first
    assert "make test" in first
    assert (ROOT / "docs/images/report-light.png").stat().st_size < 200_000
    code = re.findall(r"```python\n(.*?)```", first, flags=re.DOTALL)[0]
    assert len([line for line in code.splitlines() if line.strip()]) == 3


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda p: p.name
)
def test_every_file_that_a_page_links_to_is_there(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_every_page_that_the_code_names_is_there() -> None:
    sources = sorted((ROOT / "lineage").rglob("*.py"))
    named = {page for path in sources for page in re.findall(r"docs/[\w/-]+\.md", path.read_text("utf-8"))}
    assert len(named) >= 5
    assert sorted(page for page in named if not (ROOT / page).exists()) == []


def test_every_file_that_the_architecture_page_names_is_there() -> None:
    page = (ROOT / "docs/development/architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:lineage|metaflow_extensions)/[\w/.]+\.\w+)`", page))
    assert len(named) >= 60
    assert sorted(path for path in named if not (ROOT / path).is_file()) == []
