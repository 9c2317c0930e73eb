"""Group the runs of a time window into cascades: a root, and all that it set off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter

from lineage.catalog.window import Link, Window
from lineage.records.cascades import Cascade, RunTimes
from lineage.records.model import RunRecord, run_of


@dataclass(frozen=True)
class Lookup:
    """Further facts that grouping needs, from a catalog or from records in memory."""

    records: Callable[[Iterable[str]], Mapping[str, RunRecord]]
    effects: Callable[[Iterable[str]], Mapping[str, set[str]]]
    publishers: Callable[[Iterable[str]], Mapping[str, set[str]]]


def cascades_of(window: Window, lookup: Lookup) -> list[Cascade]:
    """Group runs by the roots that lead to them, the newest cascade first.

    A root is a run without a cause in the window, or the event that triggered such a run. A run with
    several roots belongs to the cascade of each.
    """
    window = _causes_first(_with_events(window, lookup))
    started = {effect for _, effect in window.links}
    first = lookup.records([run[0] for place, run in enumerate(window.runs) if place not in started])
    events, after = _outside(first, lookup)
    roots = _roots(window, lookup.effects(events))
    failed = frozenset(run[0] for run in window.runs if run[1] == "failed")
    resumed = failed & window.resumed
    steps = _failed_steps(failed - resumed, lookup)
    made = []
    for root, spans in _spans_by_root(window.runs, roots).items():
        head = next((first[span[0]] for span in spans if span[0] in first), None)
        made.append(
            Cascade(
                root,
                head.user if head else None,
                head.project if head else None,
                head.branch if head else None,
                after.get(root),
                next((steps[span[0]] for span in spans if span[0] in steps), None) if steps else None,
                tuple(spans),
                resumed,
            )
        )
    return sorted(made, key=lambda cascade: (-cascade.spans[0][2], cascade.root))


def _with_events(window: Window, lookup: Lookup) -> Window:
    """The window with links from each run that published an event to the runs that it triggered."""
    triggered = lookup.effects({event for _, event in window.published})
    window.link((run, effect) for run, event in window.published for effect in triggered.get(event, ()))
    return window


def _outside(first: Mapping[str, RunRecord], lookup: Lookup) -> tuple[list[str], dict[str, str]]:
    """The events that started these runs, and the runs from before the window that started either."""
    events: dict[str, None] = {}
    after: dict[str, str] = {}
    for pathspec, record in first.items():
        triggering = next((event.run for event in record.triggers if event.run), None)
        if earlier := record.origin or triggering or record.spawned_by:
            after[pathspec] = run_of(earlier)
        else:
            events.update({event.node: None for event in record.triggers})
    for event, publishers in lookup.publishers(events).items():
        after[event] = min(publishers)
    return list(events), after


def _causes_first(window: Window) -> Window:
    """The window with each run after its causes, which nearly always began before it."""
    if all(cause < effect for cause, effect in window.links):
        return window
    # clocks disagree, or a record is broken
    order = list(_places_causes_first(len(window.runs), window.links))
    now = {place: now for now, place in enumerate(order)}
    links = [(now[cause], now[effect]) for cause, effect in window.links]
    in_order = [link for link in links if link[0] < link[1]]  # leaves out the last link of a cycle
    runs = [window.runs[place] for place in order]
    places = {pathspec: now[place] for pathspec, place in window.places.items()}
    return replace(window, runs=runs, places=places, links=in_order)


def _places_causes_first(count: int, links: Iterable[Link]) -> Iterator[int]:
    """The places of runs, each after those of its causes; a cycle is entered where it began."""
    effects: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for cause, effect in links:
        effects[cause].append(effect)
        waiting[effect] += 1
    done: set[int] = set()
    for start in (*(place for place in range(count) if not waiting[place]), *range(count)):
        stack = [start]
        while stack:
            place = stack.pop()
            if place in done:
                continue
            done.add(place)
            yield place
            for effect in effects[place]:
                waiting[effect] -= 1
                if not waiting[effect]:
                    stack.append(effect)


def _roots(window: Window, triggered: Mapping[str, set[str]]) -> list[frozenset[str]]:
    """The roots of each run: those of its causes, and the events that triggered it; if none, itself."""
    roots: list[frozenset[str]] = [frozenset()] * len(window.runs)
    for event, runs in triggered.items():
        for run in runs & window.places.keys():
            roots[window.places[run]] |= {event}
    for cause, effect in sorted(window.links, key=itemgetter(0)):
        own = roots[cause]
        if not own:
            own = roots[cause] = frozenset((window.runs[cause][0],))
        if roots[effect] is not own:
            roots[effect] = roots[effect] | own if roots[effect] else own
    return roots


def _failed_steps(failures: Collection[str], lookup: Lookup) -> dict[str, str]:
    """The step in which each of these runs failed, of those that name one."""
    records = lookup.records(failures)
    return {run: record.failed_step for run, record in records.items() if record.failed_step}


def _spans_by_root(runs: list[RunTimes], roots: list[frozenset[str]]) -> dict[str, list[RunTimes]]:
    """The runs of each root, by start."""
    groups: defaultdict[frozenset[str], list[RunTimes]] = defaultdict(list)
    for span, own in zip(runs, roots, strict=True):
        groups[own or frozenset((span[0],))].append(span)
    spans: defaultdict[str, list[RunTimes]] = defaultdict(list)
    for own, members in groups.items():
        for root in own:
            spans[root] += members
    for of_root in spans.values():
        of_root.sort(key=itemgetter(2))
    return spans
