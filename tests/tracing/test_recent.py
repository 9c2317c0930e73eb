"""The cascades of the last days: which runs are roots, and what belongs to each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import Recent, recent, trace
from lineage.catalog import refresh
from lineage.errors import InvalidArgument, RunNotFound
from lineage.records.model import RunRecord
from lineage.sources import MemorySource, Source
from lineage.tracing.followed import count_followed
from tests.support.drawn import START, drawn_records

TEXT = """
    Old/1 > Etl/11 > Train/12 > Predict/14
    landed! > Data/13 > Predict/14
    Hand/15 => Child/16
    Hand/15 *> done!
    Hand/15 *> unheard!
    done! > Late/17
    Predict/14 .scores.> Reader/18
"""
SINCE = START + timedelta(minutes=10)


@pytest.fixture(params=["catalog", "memory"])
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemorySource:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    return made(TEXT, "memory:recent" if request.param == "catalog" else None)


def made(text: str, key: str | None = None, **statuses: str) -> MemorySource:
    """A source of drawn runs; keyword arguments give the status of a flow's runs."""
    source = MemorySource([with_status(run, statuses) for run in drawn_records(text)])
    source.key = key
    return source


def with_status(run: RunRecord, statuses: dict[str, Any]) -> RunRecord:
    status = statuses.get(run.flow, "completed")
    ended = run.finished_at if status != "running" else None
    return replace(run, status=status, finished_at=ended, failed_step="load" if status == "failed" else None)


def by_root(found: Recent) -> dict[str, list[str]]:
    return {cascade.root: cascade.runs for cascade in found}


def test_a_cascade_is_a_root_with_all_that_it_set_off_newest_first(source: Source) -> None:
    found = recent(SINCE, source=source)
    assert by_root(found) == {
        "Reader/18": ["Reader/18"],  # reading an artifact starts nothing
        "Hand/15": ["Hand/15", "Child/16", "Late/17"],
        "event:landed/id": ["Data/13", "Predict/14"],
        "Etl/11": ["Etl/11", "Train/12", "Predict/14"],
    }
    assert [cascade.root for cascade in found] == list(by_root(found))
    etl = found[3]
    assert (etl.after, etl.user, etl.status, etl.duration) == ("Old/1", "ann", "completed", 240.0)
    assert found[2].after is None


@pytest.mark.parametrize("key", ["memory:failed", None])
def test_failed_cascades_are_told_apart_and_trace_to_what_failed(
    key: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    text = "A/1 > B/2 > C/3\nD/4 > E/5 ~ E/6\nG/7 > H/8"
    source = made(text, key, C="failed", H="running")
    source._records["E/5"] = replace(source._records["E/5"], status="failed")
    found = recent(START, source=source)
    assert [cascade.status for cascade in found] == ["running", "completed", "failed"]
    (failed,) = found.failed
    assert (failed.root, failed.failed, failed.failed_step) == ("A/1", ["C/3"], "load")
    assert [cascade.root for cascade in found.running] == ["G/7"]
    lineage = trace(found.failed, source=source)
    assert lineage.focus == ("C/3",)
    assert lineage.runs == ["A/1", "B/2", "C/3"]
    assert trace([*found.running, "D/4"], source=source).focus == ("G/7", "D/4")
    assert "A 1 " in str(found)
    assert "Failed: 1 of 3" in str(found)
    assert repr(found).endswith("3 cascades, 1 failed>")
    assert found.to_dicts()[2]["failed"] == ["C/3"]
    with pytest.raises(InvalidArgument, match="the list is empty"):
        trace(recent("1s", source=source), source=source)


def test_an_event_is_a_place_to_start_from_by_the_beginning_of_its_id(source: Source) -> None:
    down = trace("event:landed/i", downstream=None, source=source)
    assert down.focus == ("event:landed/id",)
    assert set(down.runs) == {"Data/13", "Predict/14", "Reader/18"}
    assert down.graph.nodes["event:landed/id"]["payload"] == {"x": 1}
    alone = trace("event:landed/id", source=source)
    assert alone.graph.nodes["event:landed/id"]["payload"] == {"x": 1}
    assert trace("event:done/id", source=source).runs == ["Hand/15"]


def test_an_event_that_is_not_there_or_not_one_is_said(source: Source) -> None:
    with pytest.raises(RunNotFound, match="was triggered by it or published it"):
        trace("event:landed/other", source=source)
    with pytest.raises(InvalidArgument, match="an event is named like"):
        trace("event:landed", source=source)
    source._records |= {r.pathspec: replace(r, triggers=twice(r)) for r in source.scan() if r.triggers}
    with pytest.raises(
        RunNotFound,
        match="event:landed/i is the beginning of several events: event:landed/id, event:landed/id2",
    ):
        trace("event:landed/i", source=source)

    assert trace("event:landed/id", source=source).focus == ("event:landed/id",)


def twice(run: RunRecord) -> tuple[Any, ...]:
    """Its triggers, and each event once more with another id."""
    others = [replace(e, event_id=f"{e.event_id}2") for e in run.triggers if e.type == "event"]
    return (*run.triggers, *others)


def test_what_followed_is_counted_from_the_catalog_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    source = made(TEXT, "memory:followed")
    assert count_followed(["Etl/11"], source) is None
    refresh(source, progress=False)
    assert count_followed(["Etl/11"], source) == 3
    assert count_followed(["Reader/18"], source) == 0


@pytest.mark.parametrize("key", ["memory:skewed", None])
def test_a_run_whose_cause_seems_to_begin_after_it_is_in_the_same_cascade(
    key: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    source = made("landed! > B/2\nB/2 > A/1\nD/4 > C/3 > E/5", key)
    assert by_root(recent(START, source=source)) == {
        "D/4": ["C/3", "D/4", "E/5"],
        "event:landed/id": ["A/1", "B/2"],
    }


@pytest.mark.parametrize("since", ["soon", 7, None, "-1d", "2026-99-99"])
def test_a_time_that_is_none_is_refused(since: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"7d|2d"):
        recent(since, source=MemorySource([]))


def test_a_window_may_be_a_time_or_reach_further_back_than_there_are_years() -> None:
    now = datetime.now(timezone.utc)
    assert recent(timedelta(hours=1), source=MemorySource([])).since < now
    assert recent(timedelta.max, source=MemorySource([])).since == datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert (
        recent("2026-01-02T03:04Z", source=MemorySource([])).since.isoformat() == "2026-01-02T03:04:00+00:00"
    )
    assert str(recent(now, source=MemorySource([]))).startswith("No run began since ")


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from([">", "~", "=>"]), st.integers(0, 12)), max_size=30
    )
)
def test_every_run_is_in_a_cascade_whatever_is_recorded(links: list[tuple[int, str, int]]) -> None:
    drawn = "\n".join(f"F/{cause} {arrow} F/{effect}" for cause, arrow, effect in links)
    source = made(f"{drawn}\nF/99")
    found = recent(START, source=source)
    assert {run for cascade in found for run in cascade.runs} == {run.pathspec for run in source.scan()}
