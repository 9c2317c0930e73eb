"""Assertions about the lineage of a run, for tests and CI."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from lineage.client.run_names import RunLike, named_runs
from lineage.comparing.explanation import first_failed
from lineage.comparing.readable import Line, Part, Readable
from lineage.comparing.reasons import early_step, kinds_of, named
from lineage.comparing.stale import StaleRuns, stale_runs
from lineage.errors import CheckFailed, InvalidArgument, nearest
from lineage.format import format_duration, parse_duration
from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.progress import OnProgress
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.trace import trace_runs

EXAMPLES = (
    "comes from ETLFlow",
    "comes from ETLFlow within 24h",
    "no failed ancestor",
    "no missing ancestor",
    "same project branch",
    "not stale",
)
_COMES_FROM = re.compile(r"comes from (\S+)(?: within (.+))?")


@dataclass(frozen=True)
class Checked:
    """One condition and whether the run meets it."""

    condition: str
    passed: bool
    reason: str  # one sentence
    path: tuple[str, ...] = ()  # the nodes that show it, from the cause to the run


@dataclass(frozen=True, repr=False)
class Checks(Readable):
    """Whether a run meets conditions; true if it meets all.

    Attributes
    ----------
    run
        Pathspec of the run.
    results
        One for each condition, in the given order.
    """

    run: str
    results: tuple[Checked, ...]

    @property
    def passed(self) -> bool:
        """Whether all conditions are met."""
        return all(result.passed for result in self.results)

    def __bool__(self) -> bool:
        return self.passed

    def raise_for_failure(self) -> None:
        """Raise unless all conditions are met.

        Raises
        ------
        CheckFailed
            Also an `AssertionError`, so that pytest shows it as a failure.
        """
        if not self.passed:
            raise CheckFailed(str(self))

    def parts(self) -> Iterator[Part]:
        """A line for each condition, and the path that breaks it."""
        met = sum(result.passed for result in self.results)
        yield Line(f"{self.run}: {met} of {len(self.results)} conditions met", strong=True)
        for result in self.results:
            yield Line(f"{'✔' if result.passed else '✖'} {result.condition}: {result.reason}", 1)
            if not result.passed and len(result.path) > 1:
                yield Line(" -> ".join(result.path), 2)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        results = [
            {"condition": r.condition, "passed": r.passed, "reason": r.reason, "path": list(r.path)}
            for r in self.results
        ]
        return {"run": self.run, "passed": self.passed, "results": results}


Judge = Callable[[RunGraph], StaleRuns]
Condition = Callable[[RunGraph, str, Judge], tuple[bool, str, tuple[str, ...]]]


def check_run(
    run: RunLike,
    *conditions: str,
    source: Source | str | None,
    progress: OnProgress | None,
    cancel: Cancel | None,
) -> Checks:
    """Check a run; arguments and errors as for `lineage.check`."""
    if not conditions:
        raise InvalidArgument(f"check needs at least one condition, such as {EXAMPLES[1]!r}")
    tests = [(text, read_condition(text)) for text in conditions]
    names = named_runs(run)
    if len(names) > 1:
        raise InvalidArgument(f"check one run at a time, not {len(names)}")
    opened = open_source(source)
    lineage = trace_runs(names, source=opened, cancel=cancel)
    key = lineage.focus[0]
    judge = partial(stale_runs, source=opened, progress=progress, cancel=cancel)
    return Checks(key, tuple(Checked(text, *test(lineage, key, judge)) for text, test in tests))


def read_condition(text: object) -> Condition:
    """Read a condition.

    Raises
    ------
    InvalidArgument
        If it is not one; the message suggests the nearest.
    """
    words = " ".join(str(text).split())
    if words in _PLAIN:
        return _PLAIN[words]
    if match := _COMES_FROM.fullmatch(words):
        name, limit = match.groups()
        seconds = parse_duration(limit) if limit else None
        return lambda lineage, key, judge: _comes_from(lineage, key, name, seconds)
    known = nearest(words, EXAMPLES, 1) or f"; use {', '.join(map(repr, EXAMPLES))}"
    raise InvalidArgument(f"unknown condition {text!r}{known}")


def _comes_from(
    lineage: RunGraph, key: str, name: str, seconds: float | None
) -> tuple[bool, str, tuple[str, ...]]:
    graph = lineage.graph
    names = {node: _names(node, graph.nodes[node]) for node in nx.ancestors(graph, key)}
    origins = sorted(node for node in names if name in names[node])
    if not origins:
        known = sorted({called for _, called in names.values()})
        what = name if name.startswith("event:") else f"run of {name}"
        return False, f"no {what} led to it{nearest(name, known)}", (key,)
    paths = [nx.shortest_path(graph, origin, key) for origin in origins]
    if seconds is None:
        path = min(paths, key=len)
        return True, f"{path[0]} led to it", tuple(path)
    going_on = next((path for path in paths if _led_early(graph, path)), None)
    if going_on is not None:
        return True, f"it began before {going_on[0]} had ended", tuple(going_on)
    ages = [(_age(graph, path), path) for path in paths]
    # what is not known, and what cannot be, only counts if nothing else led to it
    age, path = min(ages, key=lambda known: _usefulness(known[0]))
    ended = "arrived" if graph.nodes[path[0]]["kind"] == "event" else "ended"
    if age is None:
        unknown = f"{path[0]} {ended}" if graph.nodes[key]["created_at"] else "it began"
        return False, f"it is not recorded when {unknown}", tuple(path)
    if age < 0:
        early = f"began {format_duration(-age)} before {path[0]} {ended}"
        return False, f"{early}, which led to it: do the clocks disagree?", tuple(path)
    return age <= seconds, f"{path[0]} {ended} {format_duration(age)} before it began", tuple(path)


def _usefulness(age: float | None) -> tuple[bool, bool, float]:
    return age is None, age is not None and age < 0, abs(age or 0.0)


def _names(key: str, node: dict[str, Any]) -> tuple[str, str]:
    """The names by which a condition may call a run or an event."""
    return key, f"event:{node['name']}" if node["kind"] == "event" else str(node["flow"])


def _age(graph: nx.DiGraph[str], path: list[str]) -> float | None:
    """Seconds from the end of the first run, or the arrival of an event, to the start of the last.

    None if a time is not recorded.
    """
    origin, began = graph.nodes[path[0]], graph.nodes[path[-1]]["created_at"]
    ended = origin["timestamp" if origin["kind"] == "event" else "finished_at"]
    return (began - ended).total_seconds() if ended and began else None


def _led_early(graph: nx.DiGraph[str], path: list[str]) -> bool:
    """Whether the first run of a path was going on when the last began, and led to it all the same.

    It may have: it started the next run, sent an event from one of its steps, or had its artifacts read.
    """
    origin, began = graph.nodes[path[0]], graph.nodes[path[-1]]["created_at"]
    if origin["kind"] == "event" or began is None:
        return False
    ended = origin["finished_at"]
    if not (ended > began if ended else origin["status"] == "running"):
        return False
    edge = graph.edges[path[0], path[1]]
    at_an_end = {"trigger", "resume"}.issuperset(kinds_of(edge))
    return not at_an_end or early_step(graph, path[0], edge) is not None


def _no_failed_ancestor(lineage: RunGraph, key: str, judge: Judge) -> tuple[bool, str, tuple[str, ...]]:
    graph = lineage.graph
    failed = first_failed(graph, nx.ancestors(graph, key))
    if failed is None:
        return True, f"no run that led to it failed{_unseen(graph, key)}", ()
    step = graph.nodes[failed].get("failed_step")
    where = f" at step {step}" if step else ""
    return False, f"{failed} failed{where}", tuple(nx.shortest_path(graph, failed, key))


def _no_missing_ancestor(lineage: RunGraph, key: str, judge: Judge) -> tuple[bool, str, tuple[str, ...]]:
    gone = _missing(lineage.graph, key)
    if not gone:
        return True, "all runs that led to it can be read", ()
    path = nx.shortest_path(lineage.graph, gone[0], key)
    return False, f"{gone[0]} no longer exists or cannot be read", tuple(path)


def _missing(graph: nx.DiGraph[str], key: str) -> list[str]:
    """The ancestors of a run that can no longer be read."""
    ancestors = nx.ancestors(graph, key)
    return sorted(node for node in ancestors if graph.nodes[node].get("status") == "missing")


def _unseen(graph: nx.DiGraph[str], key: str) -> str:
    """What a condition that is met could not be tested on, to go after its reason."""
    gone = _missing(graph, key)
    return f", as far as can be told: {named(gone)} can no longer be read" if gone else ""


def _same_branch(lineage: RunGraph, key: str, judge: Judge) -> tuple[bool, str, tuple[str, ...]]:
    graph = lineage.graph
    own = _branch(graph.nodes[key])
    for ancestor in sorted(nx.ancestors(graph, key)):
        node = graph.nodes[ancestor]
        if node["kind"] == "run" and node["status"] != "missing" and _branch(node) != own:
            how = f"{ancestor} is of {_branch(node)}, and it is of {own}"
            return False, how, tuple(nx.shortest_path(graph, ancestor, key))
    return True, f"it and all runs that led to it are of {own}{_unseen(graph, key)}", ()


def _branch(node: dict[str, Any]) -> str:
    if not node.get("project"):
        return "no project"
    return f"project {node['project']}, branch {node.get('branch')}"


def _not_stale(lineage: RunGraph, key: str, judge: Judge) -> tuple[bool, str, tuple[str, ...]]:
    stale = judge(lineage)
    by_key = {run.run: run for run in stale}
    if key not in by_key:
        notes = "".join(f"; {note}" for note in stale.notes)
        return True, f"no newer versions of what it was built on{notes}", ()
    root = next(run for run in stale.roots if nx.has_path(lineage.graph, run.run, key))
    path = nx.shortest_path(lineage.graph, root.run, key)
    return False, f"{root.run} used {root}", (root.inputs[0].run, *path)


_PLAIN: dict[str, Condition] = {
    "no failed ancestor": _no_failed_ancestor,
    "no missing ancestor": _no_missing_ancestor,
    "same project branch": _same_branch,
    "not stale": _not_stale,
}
