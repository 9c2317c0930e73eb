"""Assertions about the lineage of a run, for tests and CI."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lineage.client.run_names import RunLike, named_runs
from lineage.comparing.explanation import first_failed
from lineage.comparing.readable import Line, Part, Readable
from lineage.comparing.stale import stale_runs
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


Condition = Callable[[RunGraph, str, Source], tuple[bool, str, tuple[str, ...]]]


def check_run(
    run: RunLike,
    *conditions: str,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Checks:
    """Check a run; arguments and errors as for `lineage.check`."""
    if not conditions:
        raise InvalidArgument(f"check needs at least one condition, such as {EXAMPLES[1]!r}")
    tests = [read_condition(text) for text in conditions]
    names = named_runs(run)
    if len(names) > 1:
        raise InvalidArgument(f"check one run at a time, not {len(names)}")
    opened = open_source(source)
    lineage = trace_runs(names, None, 0, None, opened, progress, cancel)
    key = lineage.focus[0]
    results = (
        Checked(text, *test(lineage, key, opened)) for text, test in zip(conditions, tests, strict=True)
    )
    return Checks(key, tuple(results))


def read_condition(text: object) -> Condition:
    """Read a condition.

    Raises
    ------
    InvalidArgument
        If it is not one; the message suggests the nearest.
    """
    words = " ".join(text.split()) if isinstance(text, str) else ""
    if words in _PLAIN:
        return _PLAIN[words]
    if match := _COMES_FROM.fullmatch(words):
        name, limit = match.groups()
        seconds = parse_duration(limit) if limit else None
        return lambda lineage, key, source: _comes_from(lineage, key, name, seconds)
    known = nearest(words, EXAMPLES, 1) or f"; use {', '.join(map(repr, EXAMPLES))}"
    raise InvalidArgument(f"unknown condition {text!r}{known}")


def _comes_from(
    lineage: RunGraph, key: str, name: str, seconds: float | None
) -> tuple[bool, str, tuple[str, ...]]:
    graph = lineage.graph
    origins = [
        ancestor
        for ancestor in nx.ancestors(graph, key)
        if name in (ancestor, graph.nodes[ancestor].get("flow"))
    ]
    if not origins:
        nearby = nearest(name, lineage.flows)
        return False, f"no run of {name} led to it{nearby}", (key,)
    paths = [nx.shortest_path(graph, origin, key) for origin in origins]
    if seconds is None:
        path = min(paths, key=len)
        return True, f"{path[0]} led to it", tuple(path)
    ages = sorted((_age(graph, path), path) for path in paths)
    age, path = ages[0]
    if age == float("inf"):
        return False, f"it is not recorded when {path[0]} ended", tuple(path)
    if age < 0:
        how = (
            f"began {format_duration(-age)} before {path[0]} ended, which led to it: do the clocks disagree?"
        )
        return False, how, tuple(path)
    how = f"{path[0]} ended {format_duration(age)} before it began"
    return age <= seconds, how, tuple(path)


def _age(graph: nx.DiGraph[str], path: list[str]) -> float:
    """Seconds from the end of the first run to the start of the last; infinite if a time is not recorded."""
    origin, run = graph.nodes[path[0]], graph.nodes[path[-1]]
    ended, began = origin["finished_at"], run["created_at"]
    return float((began - ended).total_seconds()) if ended and began else float("inf")


def _no_failed_ancestor(lineage: RunGraph, key: str, source: Source) -> tuple[bool, str, tuple[str, ...]]:
    graph = lineage.graph
    failed = first_failed(graph, nx.ancestors(graph, key))
    if failed is None:
        return True, "no run that led to it failed", ()
    step = graph.nodes[failed].get("failed_step")
    where = f" at step {step}" if step else ""
    return False, f"{failed} failed{where}", tuple(nx.shortest_path(graph, failed, key))


def _no_missing_ancestor(lineage: RunGraph, key: str, source: Source) -> tuple[bool, str, tuple[str, ...]]:
    graph = lineage.graph
    gone = sorted(
        ancestor for ancestor in nx.ancestors(graph, key) if graph.nodes[ancestor].get("status") == "missing"
    )
    if not gone:
        return True, "all runs that led to it can be read", ()
    return (
        False,
        f"{gone[0]} no longer exists or cannot be read",
        tuple(nx.shortest_path(graph, gone[0], key)),
    )


def _same_branch(lineage: RunGraph, key: str, source: Source) -> tuple[bool, str, tuple[str, ...]]:
    graph = lineage.graph
    own = _branch(graph.nodes[key])
    for ancestor in sorted(nx.ancestors(graph, key)):
        node = graph.nodes[ancestor]
        if node["kind"] == "run" and node["status"] != "missing" and _branch(node) != own:
            how = f"{ancestor} is of {_branch(node)}, and it is of {own}"
            return False, how, tuple(nx.shortest_path(graph, ancestor, key))
    return True, f"all runs that led to it are of {own}", ()


def _branch(node: dict[str, Any]) -> str:
    if not node.get("project"):
        return "no project"
    return f"project {node['project']}, branch {node.get('branch')}"


def _not_stale(lineage: RunGraph, key: str, source: Source) -> tuple[bool, str, tuple[str, ...]]:
    stale = stale_runs(lineage, source)
    by_key = {run.run: run for run in stale}
    if key not in by_key:
        return True, "no newer versions of what it was built on", ()
    root = next(run for run in stale.roots if run.run == key or nx.has_path(lineage.graph, run.run, key))
    path = nx.shortest_path(lineage.graph, root.run, key)
    return False, f"{root.run} used {root}", (root.inputs[0].run, *path)


_PLAIN: dict[str, Condition] = {
    "no failed ancestor": _no_failed_ancestor,
    "no missing ancestor": _no_missing_ancestor,
    "same project branch": _same_branch,
    "not stale": _not_stale,
}
