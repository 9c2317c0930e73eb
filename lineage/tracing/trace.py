"""Build the graph of a run from a source: walk to its causes and effects."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from lineage.catalog import Catalog, CatalogError, Refreshed, completed, known_catalog, with_catalog
from lineage.client.run_names import RunLike, existing_event, named_runs, resolve
from lineage.errors import InvalidArgument, RunNotFound, nearest
from lineage.graph.run_graph import RunGraph
from lineage.progress import OnProgress
from lineage.records.model import KINDS, Kind, is_event
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.as_of import moment_of
from lineage.tracing.effects import Effects, ScannedEffects
from lineage.tracing.run_reader import CatalogReader, Route, RunReader
from lineage.tracing.walk import Walk

_WALKS = 3  # at most: completing the records of a walk may change its course
_RECENT = 30  # runs of a flow whose median duration is the usual one


def trace_runs(
    run: RunLike | Iterable[RunLike],
    upstream: int | None = None,
    downstream: int | None = 0,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
    kinds: Iterable[Kind] | None = None,
    fresh: bool = False,
) -> RunGraph:
    """Follow the edges of runs to their causes and effects; arguments and errors as `lineage.trace`."""
    check_hops("upstream", upstream)
    check_hops("downstream", downstream)
    wanted = check_kinds(kinds)
    names = named_runs(run, events=True)
    moment = moment_of(as_of)
    opened = open_source(source)

    reader = RunReader(opened, None if fresh else _route(upstream, wanted))
    focus = resolve(names, reader, moment, cancel)
    walk = Walk(reader, moment, cancel, wanted)
    from_events = any(map(is_event, focus))  # only a catalog, or all runs, tell of an event
    if downstream == 0 and not from_events:
        walk = _upstream(walk, opened, focus, upstream)
    else:
        walk.up([key for key in focus if not is_event(key)], upstream)  # once more below, with all effects
    reader.remember()
    if early := [key for key in focus if key not in walk.records and not is_event(key)]:
        raise RunNotFound(f"{early[0]} did not exist yet at {moment}; use a later as_of, or leave it out")
    if downstream == 0 and not from_events:
        return walk.lineage(focus)
    if opened.key is None:
        walk.effects = ScannedEffects(opened.scan(cancel))
        starts = _existing(focus, walk.effects, opened)
        walk.up(starts, upstream)
        walk.down(starts, downstream)
        return walk.lineage(starts)

    def ask(catalog: Catalog, done: Refreshed) -> RunGraph:
        starts = _existing(focus, catalog, opened)
        for _ in range(_WALKS):
            whole = walk.branch()
            whole.effects = catalog
            whole.up(starts, upstream)  # again: who published an event is in the catalog only
            whole.down(starts, downstream)
            shown = {key for key in whole.shown if not is_event(key)}
            flows = {key.split("/")[0] for key in shown}
            latest = {key for flow in flows for key in catalog.latest(flow, _RECENT)}
            if not whole.replace(completed(catalog, opened, latest | shown - whole.asked, progress, cancel)):
                break
        lineage = whole.lineage(starts, done.problems)
        _add_usual_durations(lineage, catalog)
        return lineage

    return with_catalog(opened, ask, progress, cancel, fresh)


def trace_each(
    runs: Iterable[str], source: Source | str | None = None, cancel: Cancel | None = None
) -> list[RunGraph]:
    """Follow each of several runs to its causes, in one walk: what they share is read once.

    Parameters
    ----------
    runs
        Pathspecs, or flows' names for their latest runs.
    source, cancel
        As in `lineage.trace`, and so are the errors.

    Returns
    -------
    list of RunGraph
        A lineage of its own for each run, in their order.
    """
    opened = open_source(source)
    reader = RunReader(opened, _route(None, KINDS))
    keys = resolve(runs, reader, cancel=cancel)
    joint = _upstream(Walk(reader, cancel=cancel), opened, list(dict.fromkeys(keys)), None)
    reader.remember()
    lineages = []
    for key in keys:
        alone = replace(joint.branch(), shown=set())
        alone.up([key], None)
        lineages.append(alone.lineage([key]))
    return lineages


def _route(hops: int | None, kinds: Collection[Kind]) -> Route:
    """The runs that a walk upstream is going to read, from a walk through the catalog as it is."""

    def ahead(catalog: Catalog, keys: Iterable[str]) -> set[str]:
        dry = Walk(CatalogReader(catalog), kinds=kinds, effects=catalog)
        dry.up(list(keys), hops)
        return dry.asked

    return ahead


def _existing(focus: list[str], effects: Effects, source: Source) -> list[str]:
    """The keys to start from, with the events among them looked up."""
    keys = (existing_event(key, effects.events(key), source) if is_event(key) else key for key in focus)
    return list(dict.fromkeys(keys))


def _upstream(walk: Walk, source: Source, focus: list[str], hops: int | None) -> Walk:
    """Walk upstream; links that only causes record, such as events, come from the catalog as it is."""
    with known_catalog(source) as catalog:
        aided = replace(walk.branch(), effects=catalog)
        try:
            aided.up(focus, hops)
        except CatalogError:  # the catalog is broken; the next walk downstream rebuilds it
            aided = walk
            aided.up(focus, hops)
    return replace(aided, effects=None)


def _add_usual_durations(lineage: RunGraph, catalog: Catalog) -> None:
    """Add to each run's node the usual duration of its flow, and the number of runs that it comes from."""
    usual = {flow: catalog.usual_duration(flow, _RECENT) for flow in lineage.flows}
    for _, node in lineage.graph.nodes(data=True):
        if node["kind"] == "run" and (known := usual[node["flow"]]):
            node["usual_duration"], node["usual_of"] = known


def check_hops(name: str, hops: object) -> None:
    """Raise unless it is a number of hops or None.

    Raises
    ------
    InvalidArgument
    """
    if hops is not None and (isinstance(hops, bool) or not isinstance(hops, int) or hops < 0):
        raise InvalidArgument(
            f"{name} must be a number of hops (0 for none) or None for no limit, not {hops!r}"
        )


def check_kinds(kinds: Iterable[Kind] | None) -> tuple[Kind, ...]:
    """Check the given kinds of edges and return them in the order of `KINDS`; None means all.

    Raises
    ------
    InvalidArgument
    """
    named = list(KINDS) if kinds is None else [kinds] if isinstance(kinds, str) else list(kinds)
    for kind in named:
        if kind not in KINDS:
            meant = nearest(str(kind), KINDS)
            raise InvalidArgument(f"unknown kind {kind!r}: use some of {', '.join(KINDS)}{meant}")
    if not named:
        raise InvalidArgument(f"kinds must name at least one of {', '.join(KINDS)}, or be left out")
    return tuple(kind for kind in KINDS if kind in named)
