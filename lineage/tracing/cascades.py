"""Group the runs of a time window into cascades: a root, and all that it set off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class _Group:
    """Runs with the same roots."""

    roots: frozenset[str]
    spans: list[RunTimes] = field(default_factory=list)


Causes = dict[str, list[str]]  # of each run that a run or an event of the window started
Groups = dict[str, _Group]  # of each run


def cascades_of(window: Window, lookup: Lookup) -> list[Cascade]:
    """Group runs by the roots that lead to them, the newest cascade first.

    A root is a run without a cause in the window, or the event that triggered such a run. A run with
    several roots belongs to the cascade of each.
    """
    causes = _causes(window, lookup)
    groups = _grouped(window.runs, causes, [])
    first = lookup.records([run for run in groups if run not in causes])
    events, after = _outside(first, lookup)
    if events:
        for event, triggered in lookup.effects(events).items():
            for effect in triggered:
                if effect in groups:
                    causes.setdefault(effect, []).append(event)
        groups = _grouped(window.runs, causes, events)
    resumed = frozenset(cause for cause, _, kinds in window.starts if kinds & RESUME)
    failures = [span[0] for span in window.runs if span[1] == "failed"]
    steps = _failed_steps([key for key in failures if key not in resumed], groups, lookup)
    made = []
    for root, spans in _spans_by_root(groups).items():
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


def _causes(window: Window, lookup: Lookup) -> Causes:
    """The runs that started each run; an event in between is passed over."""
    causes: Causes = {}
    for cause, effect, _ in window.starts:
        if effect in causes:
            causes[effect].append(cause)
        else:
            causes[effect] = [cause]
    published = {key: causes.pop(key) for key in list(causes) if key.startswith("event:")}
    if published:
        runs = {span[0] for span in window.runs}
        for event, triggered in lookup.effects(published).items():
            for effect in triggered & runs:
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


def _grouped(spans: list[RunTimes], causes: Causes, events: list[str]) -> Groups:
    """Group runs by their roots: those of their causes, which nearly always began before them."""
    groups: Groups = {event: _Group(frozenset((event,))) for event in events}
    if not _walk(spans, causes, groups):  # clocks that disagree, or broken records
        known = {span[0]: span for span in spans}
        groups = {event: _Group(frozenset((event,))) for event in events}
        _walk((known[run] for run in _causes_first(list(known), causes) if run in known), causes, groups)
    return groups


def _walk(spans: Iterable[RunTimes], causes: Causes, groups: Groups) -> bool:
    """Add these runs to groups in turn; returns whether all causes had been met before their effects."""
    in_order = True
    unions: dict[frozenset[str], _Group] = {}
    for span in spans:
        run = span[0]
        own = causes.get(run)
        if own is None:
            group = _Group(frozenset((run,)))
        else:
            met = [groups[cause] for cause in own if cause in groups]
            in_order = in_order and len(met) == len(own)
            if len(met) == 1 or (met and all(other is met[0] for other in met)):
                group = met[0]
            else:
                roots = frozenset().union(*(other.roots for other in met)) or frozenset((run,))
                group = unions.setdefault(roots, _Group(roots))
        group.spans.append(span)
        groups[run] = group
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


def _failed_steps(failures: list[str], groups: Groups, lookup: Lookup) -> dict[str, str]:
    """The step in which the first of each cascade's failed runs failed, by root."""
    steps: dict[str, str] = {}
    records = lookup.records(failures) if failures else {}
    for pathspec in failures:
        step = records[pathspec].failed_step if pathspec in records else None
        for root in groups[pathspec].roots if step else ():
            steps.setdefault(root, step or "")
    return steps


def _spans_by_root(groups: Groups) -> dict[str, list[RunTimes]]:
    spans: dict[str, list[RunTimes]] = {}
    for group in {id(group): group for group in groups.values()}.values():
        if group.spans:  # an event whose runs all have further roots has none of its own
            for root in group.roots:
                spans.setdefault(root, []).extend(group.spans)
    for members in spans.values():
        members.sort(key=itemgetter(2))
    return spans
