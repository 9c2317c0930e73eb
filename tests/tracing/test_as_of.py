"""`as_of`: the lineage as it was known at a time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from lineage import trace
from lineage.errors import InvalidArgument, RunNotFound
from lineage.sources import MemorySource
from lineage.tracing.as_of import as_known_at, moment_of
from lineage.tracing.recent import start_of
from tests.support.drawn import START, drawn_record, drawn_records, trigger_event

# run number n begins n minutes after START and takes one minute
CHAIN = "A/1 > B/3 > C/5\nA/1 > B/9\nA/1 > A/2"


def shown(minute: float, **more: object) -> dict[str, str]:
    """Status of every run that is shown, as of a minute."""
    moment = START + timedelta(minutes=minute)
    lineage = trace("A/1", as_of=moment, source=MemorySource(drawn_records(CHAIN)), **more)
    return {key: node["status"] for key, node in lineage.graph.nodes(data=True)}


def test_runs_that_began_later_are_not_there_and_runs_that_ended_later_are_running() -> None:
    assert shown(5.5, downstream=None) == {
        "A/1": "completed",
        "A/2": "completed",
        "B/3": "completed",
        "C/5": "running",
    }
    assert shown(1.5, downstream=None) == {"A/1": "running"}
    # at the very moment a run begins it is there, and at that of its end it has ended
    assert shown(2, downstream=None) == {"A/1": "completed", "A/2": "running"}
    going = as_known_at(drawn_record("A/1"), START + timedelta(minutes=1.5))
    assert going is not None
    assert (going.status, going.finished_at) == ("running", None)


def test_what_is_not_there_yet_is_not_counted_at_the_border() -> None:
    moment = START + timedelta(minutes=4)
    source = MemorySource(drawn_records(CHAIN))
    node = trace("A/1", as_of=moment, downstream=0, source=source).graph.nodes["A/1"]
    assert "more_downstream" not in node
    lineage = trace("A/2", as_of=moment, downstream=1, source=source)
    assert lineage.graph.nodes["A/1"]["more_downstream"] == 1  # B/3, and not B/9


def test_a_flow_stands_for_its_latest_run_at_that_time() -> None:
    source = MemorySource(drawn_records(CHAIN))
    assert trace("B", as_of=START + timedelta(minutes=8), source=source).focus == ("B/3",)
    with pytest.raises(RunNotFound, match=r"B had no run yet.*its latest run now is B/9"):
        trace("B", as_of=START + timedelta(minutes=2), source=source)


def test_a_run_that_did_not_exist_yet_is_said() -> None:
    source = MemorySource(drawn_records(CHAIN))
    with pytest.raises(RunNotFound, match="C/5 did not exist yet"):
        trace("C/5", as_of=START, source=source)


def test_a_run_without_times_is_shown_at_any_time() -> None:
    record = replace(drawn_record("B/2", (trigger_event("A/1"),)), created_at=None, finished_at=None)
    source = MemorySource([*drawn_records("A/1"), record])
    assert len(trace("B/2", as_of=START + timedelta(minutes=1), source=source)) == 2


def test_times_are_taken_as_metaflow_gives_them() -> None:
    aware = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    naive = aware.astimezone().replace(tzinfo=None)  # what Run.created_at looks like
    assert moment_of(naive) == moment_of(aware) == moment_of(aware.isoformat()) == aware
    assert moment_of(None) is None


def test_a_time_without_a_zone_is_local_and_every_time_is_kept_in_utc(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    utc = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        for given in (datetime(2026, 3, 1, 21), "2026-03-01T21:00", utc.astimezone(), utc):
            moments = moment_of(given), start_of(given, utc)
            assert [moment and moment.isoformat() for moment in moments] == ["2026-03-01T12:00:00+00:00"] * 2
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("value", ["yesterday", 5, "", object(), ["2026-01-01"]])
def test_what_names_no_time_is_refused(value: object) -> None:
    with pytest.raises(InvalidArgument, match="as_of"):
        moment_of(value)
