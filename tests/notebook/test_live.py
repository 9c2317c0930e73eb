"""Watching a lineage whose runs have not ended, with a clock of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from lineage import Lineage, show_lineage, trace
from lineage.errors import InvalidArgument, SourceInvalid, SourceUnreachable
from lineage.notebook.live import AFTER, FIRST, GROWTH, LONGEST, Glance, news_of, watch
from lineage.records.model import RunRecord
from lineage.sources import MemorySource
from lineage.sources.service.source import ServiceSource
from tests.support.drawn import drawn_records
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant
from tests.support.planted_lineages import by_run, finished_run


class Clock:
    """Counts the seconds that were waited for; at given times, something happens."""

    def __init__(self, end: float = 10_000) -> None:
        self.now, self.end, self.waits = 0.0, end, list[float]()
        self.events: list[tuple[float, RunRecord]] = []

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        self.waits.append(seconds)
        return self.now < self.end


@pytest.fixture
def source() -> MemorySource:
    return MemorySource([replace(run, status="running", finished_at=None) for run in drawn_records("A/1")])


def watched(source: MemorySource, clock: Clock, told: list[Glance]) -> Iterator[Lineage]:
    def again() -> Lineage:
        for at, record in clock.events:
            if at <= clock.now:
                source._records[record.pathspec] = record
        return trace("A/1", downstream=None, source=source)

    return watch(again(), again, clock.wait, tell=told.append)


def test_each_change_is_shown_once_and_the_pauses_grow_until_then(source: MemorySource) -> None:
    clock, told = Clock(), list[Glance]()
    ended, effect = drawn_records("A/1 > B/2")
    clock.events = [(20, ended), (30, effect)]
    shown = [sorted(lineage.graph.nodes(data="status")) for lineage in watched(source, clock, told)]
    assert shown == [[("A/1", "completed")], [("A/1", "completed"), ("B/2", "completed")]]
    assert clock.waits[:3] == [FIRST, FIRST * GROWTH, FIRST * GROWTH**2]
    assert told[0] == Glance(1, FIRST)
    assert told[-1].unfinished == 0
    assert 30 + AFTER <= clock.now < 30 + 3 * AFTER  # effects may begin a little later; then it ends


def test_a_pause_has_a_limit_and_a_stop_ends_it(source: MemorySource) -> None:
    clock = Clock(end=2000)
    assert list(watched(source, clock, [])) == []
    assert max(clock.waits) == LONGEST
    assert clock.now - clock.waits[-1] < 2000


def test_a_source_out_of_reach_is_asked_again_and_any_other_error_ends_it(source: MemorySource) -> None:
    lineage, told = trace("A/1", source=source), list[Glance]()
    answers = [SourceUnreachable("no answer"), None, SourceInvalid("not a service")]

    def again() -> Lineage:
        if error := answers.pop(0):
            raise error
        return lineage

    with pytest.raises(SourceInvalid):
        list(watch(lineage, again, Clock().wait, tell=told.append))
    assert [glance.problem for glance in told] == ["", "no answer", ""]


def test_nothing_is_traced_while_a_cheap_look_shows_no_news(source: MemorySource) -> None:
    lineage = trace("A/1", source=source)
    looks = [False, False, True]

    def again() -> Lineage:
        assert not looks, "traced without news"
        return trace("A/1", source=MemorySource(drawn_records("A/1")))

    shown = watch(lineage, again, Clock(end=60).wait, any_news=lambda _: looks.pop(0) if looks else False)
    assert [newer.graph.nodes["A/1"]["status"] for newer in shown] == ["completed"]


@pytest.mark.parametrize("filters", [True, False])
def test_a_service_that_filters_says_in_few_requests_whether_there_is_news(filters: bool) -> None:
    now = datetime.now(timezone.utc)
    running = replace(
        finished_run("A", "1", 1), status="running", created_at=now - timedelta(hours=1), finished_at=None
    )
    old = [finished_run("A", str(100 + i), 1) for i in range(30)]
    with MetadataServer([plant(run) for run in [running, *old]], filters=filters) as server:
        source = ServiceSource(server.url)
        lineage = trace("A/1", source=source)
        news = news_of(source)
        server.log.clear()
        assert news(lineage) is (False if filters else None)
        assert len(server.log) == 3  # the flows, those that began, those that run
        if not filters:
            assert news(lineage) is None
            assert len(server.log) == 4, "it was asked again for what it cannot do"
            return
        begun = replace(finished_run("B", "2", 2, by_run("A/1", 1)), created_at=now, finished_at=now)
        server.put(plant(begun))
        assert news(lineage) is True
        assert news(lineage) is False  # it has been traced since, and has nothing to do with this lineage
        server.drop("B/2")
        assert news(lineage) is False
        server.put(plant(replace(running, status="completed", finished_at=now)))
        assert news(lineage) is True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("FIRST", 0.01), ("LONGEST", 0.05), ("AFTER", 0.1)):
        monkeypatch.setattr(f"lineage.notebook.live.{name}", seconds)


def test_an_explorer_follows_its_runs_to_their_end(source: MemorySource, quick: None) -> None:
    explorer = show_lineage("A/1", live=True, source=source)
    place = explorer._placement.positions["A/1"]
    assert explorer.progress["words"].startswith("Watching 1 run that has not ended")
    assert explorer.progress["button"] == "Stop"
    source._records |= {run.pathspec: run for run in drawn_records("A/1 > B/2")}
    explorer._watcher.thread.join(20)
    assert dict(explorer.lineage.graph.nodes(data="status")) == {"A/1": "completed", "B/2": "completed"}
    assert explorer._placement.positions["A/1"] == place
    assert explorer.progress == {}
    explorer.close()


@pytest.mark.parametrize("stop", ["close", "click"])
def test_a_watch_ends_with_its_widget_or_a_click(source: MemorySource, quick: None, stop: str) -> None:
    explorer = show_lineage("A/1", live=True, source=source)
    if stop == "close":
        explorer.close()
    else:
        explorer._handle_custom_msg({"type": "stop"}, [])
    explorer._watcher.thread.join(20)
    assert not explorer._watcher.thread.is_alive()
    explorer.close()


def test_what_cannot_be_traced_again_is_not_watched(source: MemorySource) -> None:
    for asked in ({"run": trace("A/1", source=source)}, {"run": "A/1", "as_of": "2026-01-02"}):
        with pytest.raises(InvalidArgument, match="live=True"):
            show_lineage(**asked, live=True, source=source)
