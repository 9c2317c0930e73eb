"""Find runs that were built on inputs of which newer versions exist, and what a refresh would run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lineage.catalog import Catalog, Refreshed, with_catalog
from lineage.comparing.readable import Line, Part, Readable
from lineage.comparing.reasons import kinds_of, named
from lineage.comparing.versions import CatalogRuns, LaterRuns, Newer, ScannedRuns, Versions
from lineage.errors import InvalidArgument
from lineage.format import format_count, format_duration
from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.progress import OnProgress
from lineage.records.model import RunRecord
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.trace import trace_runs

_INPUTS = ("trigger", "read")  # kinds of edges by which a run takes something in
_LISTED = 30  # runs that the text names
_INPUTS_NAMED = 4  # of a run; more are counted
_CURRENT = 200  # latest runs of a flow among which the current one of each branch is looked for


@dataclass(frozen=True)
class OutdatedInput:
    """An input of a run of which a newer version exists."""

    run: str  # pathspec of the run that was used
    kinds: tuple[str, ...]  # "trigger", "read"
    newest: str  # pathspec of the latest successful run of the same flow, project and branch
    runs: int  # how many later runs there are up to that one, without those known to have failed
    seconds: float  # from the start of the used run to the start of the newest

    def __str__(self) -> str:
        behind = f"{format_count(self.runs, 'newer run')}, {format_duration(self.seconds)}"
        return f"{self.run} -> {self.newest} ({behind})"


@dataclass(frozen=True)
class StaleRun:
    """A run that was built on something outdated."""

    run: str
    inputs: tuple[OutdatedInput, ...]  # of its own; empty if only runs before it have outdated inputs
    through: tuple[str, ...]  # stale runs right before it, whose staleness it inherits
    superseded: str | None  # a newer successful run of the same flow; None if this is the current one

    @property
    def root(self) -> bool:
        """Whether its own inputs are outdated, and nothing before it is stale."""
        return bool(self.inputs) and not self.through

    def __str__(self) -> str:
        if self.inputs:
            more = len(self.inputs) - _INPUTS_NAMED
            rest = [format_count(more, "more outdated input")] if more > 0 else []
            return "; ".join([*map(str, self.inputs[:_INPUTS_NAMED]), *rest])
        return f"built on {named(self.through)}, which {'is' if len(self.through) == 1 else 'are'} stale"


@dataclass(frozen=True, repr=False)
class StaleRuns(Readable):
    """The stale runs of a lineage; printed, a list of their root causes.

    Attributes
    ----------
    lineage
        The lineage, in which each stale run has the attribute `stale`: the same words as here. The
        selection `stale:*` finds them.
    runs
        All stale runs, causes before effects.
    notes
        What could not be judged, one sentence each.
    """

    lineage: RunGraph
    runs: tuple[StaleRun, ...]
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[StaleRun]:
        return iter(self.runs)

    @property
    def roots(self) -> list[StaleRun]:
        """The root causes: runs with outdated inputs of their own, with nothing stale before them."""
        return [run for run in self.runs if run.root]

    @property
    def refresh(self) -> list[str]:
        """The runs that a refresh would run again, causes before effects.

        Runs that a newer one has superseded are not repeated: what was built on them takes the newer.
        """
        return [run.run for run in self.runs if run.superseded is None]

    @property
    def stimuli(self) -> list[str]:
        """The flows to start for a refresh: `lineage.simulate(flows, stale.stimuli)` shows what follows."""
        again = set(self.refresh)
        graph = self.lineage.graph
        first = [key for key in self.refresh if again.isdisjoint(map(str, nx.ancestors(graph, key)))]
        return list(dict.fromkeys(str(graph.nodes[key]["flow"]) for key in first))

    def parts(self) -> Iterator[Part]:
        """The root causes with their newer versions, then what a refresh would run."""
        judged = format_count(len(self.lineage), "run")
        if not self.runs:
            yield Line(f"No stale run among {judged}.", strong=True)
        else:
            yield Line(f"{len(self.runs):,} of {judged} stale:", strong=True)
        roots = self.roots
        for run in roots[:_LISTED]:
            yield Line(f"{run.run} used {run}", 1)
        if len(roots) > _LISTED:
            yield Line(f"and {len(roots) - _LISTED:,} more", 1)
        if rest := len(self.runs) - len(roots):
            yield Line(f"{format_count(rest, 'run')} built on these")
        if again := self.refresh:
            more = f" and {len(again) - 10:,} more" if len(again) > 10 else ""
            yield Line(f"A refresh would run again: {', '.join(again[:10])}{more}.")
        elif self.runs:
            yield Line("A refresh would run nothing again: each of them has a newer version.")
        yield from (Line(f"! {note}") for note in self.notes)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "judged": len(self.lineage),
            "stale": [{**asdict(run), "root": run.root} for run in self.runs],
            "refresh": self.refresh,
            "notes": list(self.notes),
        }


def stale_runs(
    lineage: RunGraph,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> StaleRuns:
    """Find the stale runs of a lineage; arguments and errors as for `Lineage.stale`."""
    opened = open_source(source)
    if lineage.source and opened.label != lineage.source:
        raise InvalidArgument(
            f"this lineage was read from the {lineage.source}, not from the {opened.label}: give its source, "
            "as to lineage.trace"
        )
    if opened.key is None:
        return judged(lineage, ScannedRuns(opened.scan(cancel)))

    def ask(catalog: Catalog, done: Refreshed) -> StaleRuns:
        stale = judged(lineage, CatalogRuns(catalog, opened, cancel))
        return replace(stale, notes=(*stale.notes, *map(str, done.problems)))

    return with_catalog(opened, ask, progress, cancel)


def stale_everywhere(
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> StaleRuns:
    """Find the stale ones among the current runs: the latest successful one of each flow and branch."""
    opened = open_source(source)
    if opened.key is None:
        runs = sorted(opened.scan(cancel), key=lambda r: str(r.created_at), reverse=True)
        records: dict[str, list[RunRecord]] = {}
        for record in runs:
            records.setdefault(record.flow, []).append(record)
        return _of_current(opened, records, ScannedRuns(runs), cancel)

    def ask(catalog: Catalog, done: Refreshed) -> StaleRuns:
        latest = {flow: catalog.latest(flow, _CURRENT) for flow in catalog.flows()}
        records = {flow: list(catalog.records(keys).values()) for flow, keys in latest.items()}
        for some in records.values():
            some.sort(key=lambda record: str(record.created_at), reverse=True)
        stale = _of_current(opened, records, CatalogRuns(catalog, opened, cancel), cancel)
        return replace(stale, notes=(*stale.notes, *map(str, done.problems)))

    return with_catalog(opened, ask, progress, cancel)


def _of_current(
    source: Source, latest: Mapping[str, list[RunRecord]], runs: LaterRuns, cancel: Cancel | None
) -> StaleRuns:
    versions = Versions(runs)
    current = [r.pathspec for records in latest.values() for r in versions.current(records)]
    if not current:
        return StaleRuns(RunGraph(nx.DiGraph(), source=source.label), ())
    return judged(trace_runs(current, 1, source=source, cancel=cancel), runs)


def judged(lineage: RunGraph, runs: LaterRuns) -> StaleRuns:
    """Judge each run of a lineage by the later runs of its inputs' flows."""
    graph, versions = lineage.graph, Versions(runs, lineage.as_of)
    newer: dict[str, Newer | None] = {}

    def later(key: str) -> Newer | None:
        if key not in newer:
            newer[key] = versions.newer(graph.nodes[key])
        return newer[key]

    stale: dict[str, StaleRun] = {}
    unknown: set[str] = set()
    for key in lineage.runs:
        inputs: list[OutdatedInput] = []
        through: list[str] = []
        for cause in graph.predecessors(key):
            if "resume" in kinds_of(graph.edges[cause, key]) and cause in stale:
                inputs += stale[cause].inputs  # a resumed run goes on with what its origin took in
                through += stale[cause].through
            kinds = tuple(kind for kind in kinds_of(graph.edges[cause, key]) if kind in _INPUTS)
            if not kinds or graph.nodes[cause]["kind"] == "event":
                continue
            if graph.nodes[cause]["created_at"] is None:
                unknown.add(cause)
            elif come := later(cause):
                inputs.append(OutdatedInput(cause, kinds, come.newest, come.runs, come.seconds))
            if cause in stale:
                through.append(cause)
        if inputs or through:
            come = later(key)
            stale[key] = StaleRun(
                key,
                tuple(dict.fromkeys(inputs)),
                tuple(dict.fromkeys(through)),
                come.newest if come else None,
            )
    marked = graph.copy()
    for key, run in stale.items():
        marked.nodes[key]["stale"] = str(run)
    gone = ", ".join(sorted(unknown)[:5])
    notes = (
        (f"whether newer versions exist cannot be told of inputs that no longer exist: {gone}",)
        if gone
        else ()
    )
    return StaleRuns(replace(lineage, graph=marked), tuple(stale.values()), notes)
