"""Group the runs of a time window into cascades: a root, and all that it set off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from lineage.catalog.rows import RESUME
from lineage.catalog.window import Window
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
    runs = {run[0]: run for run in window.runs}
    causes = _causes(window, runs, lookup)
    first = lookup.records([pathspec for pathspec in runs if pathspec not in causes])
    events, after = _outside(first, lookup)
    for event, triggered in lookup.effects(events).items():
        for effect in triggered:
            if effect in runs:
                causes.setdefault(effect, []).append(event)
    roots = _roots(list(runs), causes, events)
    resumed = frozenset(cause for cause, _, kinds in window.starts if kinds & RESUME)
    failures = [run[0] for run in window.runs if run[1] == "failed"]
    steps = _failed_steps([key for key in failures if key not in resumed], roots, lookup)
    made = []
    for root, spans in _spans_by_root(runs, roots).items():
        head = first.get(root) or first.get(spans[0][0])
        made.append(
            Cascade(
                root,
                head.user if head else None,
                head.project if head else None,
                head.branch if head else None,
                after.get(root),
                steps.get(root),
                tuple(spans),
                resumed.intersection(failures),
            )
        )
    return sorted(made, key=lambda cascade: (-cascade.spans[0][2], cascade.root))


Causes = dict[str, list[str]]  # of each run that a run or an event of the window started


def _causes(window: Window, runs: Mapping[str, RunTimes], lookup: Lookup) -> Causes:
    """The runs that started each run; an event in between is passed over."""
    causes: Causes = {}
    for cause, effect, _ in window.starts:
        if effect in causes:
            causes[effect].append(cause)
        else:
            causes[effect] = [cause]
    published = {key: causes.pop(key) for key in causes.keys() - runs.keys() if key.startswith("event:")}
    for event, triggered in lookup.effects(published).items():
        for effect in triggered:
            if effect in runs:
                causes.setdefault(effect, []).extend(published[event])
    return causes


def _outside(first: Mapping[str, RunRecord], lookup: Lookup) -> tuple[list[str], dict[str, str]]:
    """The events that started these runs, and the runs from before the window that started either."""
    events: dict[str, None] = {}
    after: dict[str, str] = {}
    for pathspec, record in first.items():
        own = [] if record.origin else record.triggers
        triggering = next((event.run for event in own if event.run), None)
        if earlier := record.origin or triggering or record.spawned_by:
            after[pathspec] = run_of(earlier)
        else:
            events.update({event.node: None for event in own})
    for event, publishers in lookup.publishers(events).items():
        after[event] = min(publishers)
    return list(events), after


Roots = dict[str, frozenset[str]]  # of each run


def _roots(runs: list[str], causes: Causes, events: list[str]) -> Roots:
    """The roots of each run: those of its causes, which nearly always began before it."""
    roots: Roots = {event: frozenset((event,)) for event in events}
    if not _walk(runs, causes, roots):  # clocks that disagree, or broken records
        roots = {event: frozenset((event,)) for event in events}
        _walk(_causes_first(runs, causes), causes, roots)
    return roots


def _walk(runs: Iterable[str], causes: Causes, roots: Roots) -> bool:
    """Add the roots of these runs in turn; returns whether all causes had been met before their effects."""
    in_order = True
    for run in runs:
        own = causes.get(run, ())
        sets = [roots[cause] for cause in own if cause in roots]
        in_order = in_order and len(sets) == len(own)
        if not sets:
            roots[run] = frozenset((run,))
        elif len(sets) == 1 or sets.count(sets[0]) == len(sets):
            roots[run] = sets[0]  # the same object, not an equal one: most runs of a cascade share it
        else:
            roots[run] = frozenset().union(*sets)
    return in_order


def _causes_first(runs: list[str], causes: Causes) -> Iterator[str]:
    """The runs, each after its causes; a cycle, which only broken records have, is entered somewhere."""
    effects: dict[str, list[str]] = {}
    waiting: dict[str, int] = {}
    for effect, own in causes.items():
        for cause in own:
            effects.setdefault(cause, []).append(effect)
            waiting[effect] = waiting.get(effect, 0) + 1
    done: set[str] = set()
    for start in (*(run for run in runs if run not in waiting), *runs):
        stack = [start]
        while stack:
            run = stack.pop()
            if run in done:
                continue
            done.add(run)
            yield run
            for effect in effects.get(run, ()):
                waiting[effect] -= 1
                if not waiting[effect]:
                    stack.append(effect)


def _failed_steps(failures: list[str], roots: Roots, lookup: Lookup) -> dict[str, str]:
    """The step in which the first of each cascade's failed runs failed, by root."""
    steps: dict[str, str] = {}
    records = lookup.records(failures) if failures else {}
    for pathspec in failures:
        step = records[pathspec].failed_step if pathspec in records else None
        for root in roots[pathspec] if step else ():
            steps.setdefault(root, step or "")
    return steps


def _spans_by_root(runs: Mapping[str, RunTimes], roots: Roots) -> dict[str, list[RunTimes]]:
    together: dict[frozenset[str], list[RunTimes]] = {}
    for pathspec, run in runs.items():
        own = roots[pathspec]
        if own in together:
            together[own].append(run)
        else:
            together[own] = [run]
    spans: dict[str, list[RunTimes]] = {}
    for group, members in together.items():
        for root in group:
            spans.setdefault(root, []).extend(members)
    for members in spans.values():
        members.sort(key=itemgetter(2))
    return spans
