"""Watch a lineage: trace it again, at intervals that grow, until all its runs have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from lineage.errors import SourceUnreachable
from lineage.graph.run_graph import RunGraph
from lineage.sources import Source
from lineage.sources.protocol import HasNews

FIRST = 2.0  # seconds from one look to the next, after a change
GROWTH = 1.5  # how much longer each pause without a change is
LONGEST = 60.0  # seconds
AFTER = 60.0  # seconds for which effects may still begin when all runs have ended
_LATE = timedelta(seconds=30)  # by which the clock of a server may be behind

T = TypeVar("T", bound=RunGraph)


@dataclass(frozen=True)
class Glance:
    """The state of a watch, for whoever shows it."""

    unfinished: int  # runs
    pause: float  # seconds until the next look
    problem: str = ""  # why the last look failed; empty if it did not


def watch(
    lineage: T,
    trace_again: Callable[[], T],
    wait: Callable[[float], bool],
    *,
    any_news: Callable[[T], bool | None] = lambda _: None,
    tell: Callable[[Glance], None] = lambda _: None,
) -> Iterator[T]:
    """Yield the lineage again whenever it has changed, until all its runs have ended.

    Parameters
    ----------
    lineage
        The lineage as it is shown.
    trace_again
        Traces it once more.
    wait
        Waits so many seconds; returns whether to go on. The only clock of the watch.
    any_news
        A cheap look that may answer that there is nothing to trace; None if it cannot tell.
    tell
        Called before each pause.

    Raises
    ------
    LineageError
        As `trace_again` does; a source that cannot be reached for a while is asked again later.
    """
    pause, quiet, problem = FIRST, 0.0, ""
    while (left := len(unfinished(lineage))) or quiet < AFTER:
        tell(Glance(left, pause, problem))
        if not wait(pause):
            return
        quiet = 0.0 if left else quiet + pause
        problem = ""
        try:
            newer = trace_again() if any_news(lineage) is not False else lineage
        except SourceUnreachable as exc:
            newer, problem = lineage, str(exc)
        if same(lineage, newer):
            pause = min(pause * GROWTH, LONGEST)
        else:
            lineage, pause, quiet = newer, FIRST, 0.0
            yield lineage


def unfinished(lineage: RunGraph) -> list[str]:
    """Pathspecs of the runs that have not ended."""
    nodes = lineage.graph.nodes(data=True)
    return [key for key, node in nodes if node["kind"] == "run" and node["status"] == "running"]


def same(before: RunGraph, after: RunGraph) -> bool:
    """Whether two lineages show the same; when they were read does not count."""
    if before is after:
        return True
    edges = [{(u, v): data for u, v, data in lin.graph.edges(data=True)} for lin in (before, after)]
    nodes = [{key: data for key, data in lin.graph.nodes(data=True)} for lin in (before, after)]  # noqa: C416 -- typed
    return nodes[0] == nodes[1] and edges[0] == edges[1] and before.problems == after.problems


def news_of(source: Source) -> Callable[[RunGraph], bool | None]:
    """The cheap look of a source, for `watch`; always None for a source that has none."""
    looked: datetime | None = None
    told: set[str] = set()  # by the last look, which overlaps with the next one

    def any_news(lineage: RunGraph) -> bool | None:
        nonlocal looked, told
        if not isinstance(source, HasNews) or lineage.read_at is None:
            return None
        since, now = looked or lineage.read_at, datetime.now(timezone.utc)
        news = source.news(unfinished(lineage), since - _LATE)
        if news is None:
            return None
        before, told, looked = told, news, now
        return not news <= before | (set(lineage.runs) - set(unfinished(lineage)))

    return any_news
