"""Explain a run: what started it, back to its root causes, and why it failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone, tzinfo
from typing import Any

from lineage.client.failures import Failure, run_failure
from lineage.client.run_names import RunLike, named_runs
from lineage.client.runs import recorded_run
from lineage.comparing.readable import Line, Part, Readable, readers_zone
from lineage.comparing.reasons import label, last_to_come, reason
from lineage.errors import ArtifactUnavailable, InvalidArgument, NotFound
from lineage.format import format_duration
from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.sources import Cancel, Source
from lineage.tracing.trace import trace_runs

_SHOWN = 30  # ancestors that the text names, the nearest first; more are counted


@dataclass(frozen=True)
class Cause:
    """A run or an event that led to the explained run."""

    key: str
    reason: str  # one sentence without its subject
    before: float | None  # seconds from when it began or arrived to when the explained run began
    root: bool  # whether nothing recorded led to it


@dataclass(frozen=True, repr=False)
class Explanation(Readable):
    """Why a run exists; printed, it is a short story.

    Attributes
    ----------
    run
        Pathspec of the explained run.
    status
        How it ended, as in a lineage.
    reason
        Why it exists: one sentence without its subject.
    last
        The member of its AND group that arrived last; None if it has at most one trigger.
    causes
        All that led to it, the latest first.
    failed_step
        The step in which it failed; None if it did not.
    failure
        The exception, if it was asked for and could be loaded.
    failed_ancestor
        The first of its ancestors that failed; None if none did.
    audit
        For a flow's name: what should have fired and did not, in one sentence.
    problems
        What the records do not tell, one sentence each.
    lineage
        The run and its causes.
    """

    run: str
    status: str
    reason: str
    last: str | None
    causes: tuple[Cause, ...]
    failed_step: str | None
    failure: Failure | None
    failed_ancestor: str | None
    audit: str | None
    problems: tuple[str, ...]
    lineage: RunGraph

    def parts(self) -> Iterator[Part]:
        """The story from the run back to its root causes."""
        node = self.lineage.graph.nodes[self.run]
        yield Line(f"{self.run} {self.reason}.", strong=True)
        yield Line(_outcome(node))
        if self.failure:
            yield Line(f"{self.failure.type}: {self.failure.message}")
        if self.failed_ancestor:
            step = self.lineage.graph.nodes[self.failed_ancestor]["failed_step"]
            where = f" failed at step {step}" if step else " failed"
            yield Line(f"Of the runs that led to it, {self.failed_ancestor}{where} first.")
        if self.causes:
            yield Line("What led to it, the latest first:")
        for cause in self.causes[:_SHOWN]:
            yield Line(f"{_before(cause.before)}{label(cause.key)} {cause.reason}", 1)
        if len(self.causes) > _SHOWN:
            yield Line(f"and {len(self.causes) - _SHOWN:,} more before", 1)
        roots = [label(cause.key) for cause in self.causes if cause.root]
        if roots and len(self.causes) > 1:
            shown = roots if len(roots) <= 5 else [*roots[:5], f"{len(roots) - 5:,} more"]
            yield Line(f"It goes back to {', '.join(shown)}.")
        if self.audit:
            yield Line(self.audit)
        for problem in self.problems:
            yield Line(f"! {problem}")

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        failure = self.failure and {"type": self.failure.type, "message": self.failure.message}
        return {
            "run": self.run,
            "status": self.status,
            "reason": self.reason,
            "last": self.last,
            "causes": [asdict(cause) for cause in self.causes],
            "failed_step": self.failed_step,
            "failure": failure,
            "failed_ancestor": self.failed_ancestor,
            "audit": self.audit,
            "problems": list(self.problems),
        }


def explain_run(
    run: RunLike,
    *,
    error: bool,
    timezone: str,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    cancel: Cancel | None = None,
    audited: Callable[[str], str] | None = None,
) -> Explanation:
    """Explain a run; arguments and errors as for `lineage.explain`.

    Parameters
    ----------
    audited
        Returns the audit's sentence about a flow; called if `run` is the name of one.
    """
    zone = readers_zone(timezone)
    names = named_runs(run)
    if len(names) > 1:
        raise InvalidArgument(f"explain one run at a time, not {len(names)}")
    lineage = trace_runs(names, as_of=as_of, source=source, cancel=cancel)
    explained = explanation(lineage, lineage.focus[0], zone)
    failure, problems = None, list(explained.problems)
    if error and explained.status == "failed":
        failure, problem = _failure(lineage, explained.run)
        problems += [problem] if problem else []
    sentence = audited(names[0]) if audited and "/" not in names[0] else None
    return replace(explained, failure=failure, problems=tuple(problems), audit=sentence)


def explanation(lineage: RunGraph, run: str, zone: tzinfo = timezone.utc) -> Explanation:
    """Explain a run from the lineage that contains it and its causes."""
    graph = lineage.graph
    node = graph.nodes[run]
    ancestors = nx.ancestors(graph, run)
    began = _moment(node)
    causes = [_cause(graph, key, began, zone) for key in ancestors]
    causes.sort(key=lambda cause: (cause.before is None, cause.before or 0.0, cause.key))
    about = {run, *ancestors}
    return Explanation(
        run,
        node["status"],
        reason(graph, run, zone),
        last_to_come(graph, run),
        tuple(causes),
        node.get("failed_step"),
        None,
        first_failed(graph, ancestors),
        None,
        tuple(str(problem) for problem in lineage.problems if problem.pathspec in about),
        lineage,
    )


def first_failed(graph: nx.DiGraph[str], keys: Iterable[str]) -> str | None:
    """The failed run among these that began first; None if none failed."""
    failed = [key for key in keys if graph.nodes[key].get("status") == "failed"]
    never = datetime.max.replace(tzinfo=timezone.utc)
    return min(failed, key=lambda key: (graph.nodes[key]["created_at"] or never, key), default=None)


def _cause(graph: nx.DiGraph[str], key: str, began: datetime | None, zone: tzinfo) -> Cause:
    moment = _moment(graph.nodes[key])
    before = (began - moment).total_seconds() if began and moment else None
    return Cause(key, reason(graph, key, zone), before, not graph.in_degree(key))


def _moment(node: dict[str, Any]) -> datetime | None:
    moment: datetime | None = node.get("created_at") or node.get("timestamp")
    return moment


def _before(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{format_duration(abs(seconds))} {'before' if seconds >= 0 else 'after it began'}: "


def _outcome(node: dict[str, Any]) -> str:
    created, finished = node["created_at"], node["finished_at"]
    took = f" after {format_duration((finished - created).total_seconds())}" if created and finished else ""
    status = node["status"]
    if status == "failed":
        step = f" at step {node['failed_step']}" if node["failed_step"] else ""
        return f"It failed{step}{took}."
    endings = {"completed": f"It completed{took}.", "running": "It is running."}
    return endings.get(status, "How it ended is not recorded.")


def _failure(lineage: RunGraph, run: str) -> tuple[Failure | None, str | None]:
    """The exception of a failed run, or why there is none to show."""
    node = lineage.graph.nodes[run]
    if not node["failed_step"]:
        return None, f"{run} recorded no failed step: it was killed, or its machine was lost"
    try:
        return run_failure(recorded_run(run, lineage.source, node["created_at"]), node["failed_step"]), None
    except (ArtifactUnavailable, NotFound) as exc:
        return None, str(exc)
