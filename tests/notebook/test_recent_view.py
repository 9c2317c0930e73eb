"""`show_lineage()` without a run: the list, what a click asks for, and text that would steer the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from lineage import show_lineage
from lineage.notebook.recent_view import RecentView
from lineage.records.model import RunRecord
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records


def recent_runs() -> Iterator[RunRecord]:
    start = datetime.now(timezone.utc) - timedelta(hours=3)
    for number, run in enumerate(drawn_records("A/1 > B/2\nC/3\nD/4")):
        begun = (
            start + timedelta(minutes=5 * number) - (timedelta(days=20) if run.flow == "D" else timedelta())
        )
        yield replace(run, created_at=begun, finished_at=begun + timedelta(minutes=4))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemorySource:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    source = MemorySource(recent_runs())
    source.key = "memory:view"
    return source


@pytest.fixture
def view(source: MemorySource) -> Iterator[RecentView]:
    view = show_lineage(source=source)
    yield view
    view.close()


def hear(view: RecentView, **message: str) -> None:
    view._hear(None, message, None)


def test_a_click_opens_a_cascade_below_and_another_takes_its_place(view: RecentView) -> None:
    assert [cascade.root for cascade in view.recent] == ["C/3", "A/1"]
    hear(view, type="open", cascade="A/1")
    assert view.children[1].lineage.runs == ["A/1", "B/2"]
    first = view.explorer
    hear(view, type="open", cascade="C/3")
    assert view.children[1].lineage.runs == ["C/3"]
    assert first.comm is None, "the explorer that was open before goes on"


def test_another_window_is_read_when_it_is_asked_for(view: RecentView) -> None:
    assert "D</b> 4" not in view.children[0].content
    hear(view, type="since", since="30d")
    assert "D</b> 4" in view.children[0].content
    assert view.children[0].since == "30d"


def test_what_cannot_be_opened_is_said_below_the_list(view: RecentView) -> None:
    hear(view, type="open", cascade="Gone/1")
    assert "Gone/1 was not found" in view.children[1].value


def test_names_from_a_store_are_text_in_the_list(source: MemorySource) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    now = datetime.now(timezone.utc)
    run = RunRecord(
        "Evil",
        f"'\"{hostile}",
        "failed",
        now,
        now,
        user=hostile,
        system_tags=(f"project:{hostile}",),
        failed_step=hostile,
    )
    source._records = {run.pathspec: run}
    view = show_lineage(source=source)
    for html in (view.recent._repr_html_(), view.children[0].content):
        assert "<img" not in html
        assert "&lt;img" in html
    view.close()


def test_a_script_prints_it_as_text(source: MemorySource, capsys: pytest.CaptureFixture[str]) -> None:
    show_lineage(source=source).close()
    assert capsys.readouterr().out.startswith("Last 7 days: 2 cascades, 3 runs · ")
