"""The result of a replay, intermediate or final."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from lineage.errors import ReplayError
from lineage.format import format_count
from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.replaying.plan import Plan

ReplayStatus = Literal["waiting", "running", "completed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of one planned run."""

    status: ReplayStatus = "waiting"
    pathspec: str | None = None  # of the new run, once it has an id
    seconds: float | None = None  # how long it took
    log: str = ""  # the last lines of its output, if it failed
    started: datetime | None = None  # aware, UTC
    finished: datetime | None = None  # aware, UTC


@dataclass(frozen=True, repr=False)
class ReplayResult:
    """A plan and the state of its runs.

    Attributes
    ----------
    plan
        The plan.
    states
        The state of each planned run, by its key.
    """

    plan: Plan
    states: Mapping[str, RunState] = field(default_factory=dict)

    @property
    def runs(self) -> dict[str, str]:
        """Pathspecs of the new runs, by key of the simulated or past run."""
        return {key: state.pathspec for key, state in self.states.items() if state.pathspec}

    @property
    def failed(self) -> list[str]:
        """Keys of the runs that failed."""
        return self._having("failed")

    @property
    def skipped(self) -> list[str]:
        """Keys of the runs that were not started: a run they need failed, or the replay stopped."""
        return self._having("skipped")

    @property
    def succeeded(self) -> bool:
        """Whether every planned run completed."""
        return len(self._having("completed")) == len(self.plan.runs)

    def _having(self, status: ReplayStatus) -> list[str]:
        return [key for key, state in self.states.items() if state.status == status]

    @cached_property
    def run_graph(self) -> RunGraph:
        """The plan as a graph: new runs under their own names, the rest as simulated."""
        names = self.runs
        graph: nx.DiGraph[str] = self.plan.run_graph.graph.copy()
        for key, state in self.states.items():
            graph.nodes[key].update(_attributes(state))
        graph = nx.relabel_nodes(graph, names)
        focus = tuple(names.get(key, key) for key in self.plan.run_graph.focus)
        return RunGraph(graph, focus, source="replay")

    def raise_for_failure(self) -> None:
        """Raise unless every planned run completed.

        Raises
        ------
        ReplayError
            With the failed runs, and the last lines of output of the first of them.
        """
        if self.succeeded:
            return
        lines = [f"{self.runs.get(key, key)} failed" for key in self.failed]
        lines += [f"{key} was not started" for key in self.skipped]
        log = self.states[self.failed[0]].log if self.failed else ""
        raise ReplayError("; ".join(lines) + (f"\n{log}" if log else ""))

    def __repr__(self) -> str:
        counts = Counter(state.status for state in self.states.values())
        words = [f"{count} {status}" for status, count in sorted(counts.items())]
        return (
            f"Replay of {format_count(len(self.plan.runs), 'run')}: {', '.join(words) or 'nothing started'}"
        )


def _attributes(state: RunState) -> dict[str, Any]:
    made = state.status not in ("waiting", "skipped")
    node: dict[str, Any] = {
        "status": state.status if made else "simulated",
        "created_at": state.started,
        "finished_at": state.finished,
    }
    if state.pathspec:
        node["flow"], node["run_id"] = state.pathspec.split("/", 1)
    return node
