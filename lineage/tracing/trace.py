"""Walk the records of a source into a graph, upstream and downstream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from lineage.catalog import Catalog, CatalogError, Refreshed, completed, known_catalog, with_catalog
from lineage.client.run_names import RunLike, named_runs, resolve
from lineage.errors import InvalidArgument, RunNotFound, nearest
from lineage.graph.run_graph import RunGraph
from lineage.progress import OnProgress
from lineage.records.model import KINDS, Kind
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.as_of import moment_of
from lineage.tracing.effects import ScannedEffects
from lineage.tracing.walk import Walk

_WALKS = 3  # at most: what is read while a walk's runs are completed may lead it another way
_RECENT = 30  # runs of a flow that say how long it usually takes


def trace_runs(
    run: RunLike | Iterable[RunLike],
    upstream: int | None = None,
    downstream: int | None = 0,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
    kinds: Iterable[Kind] | None = None,
) -> RunGraph:
    """Follow the edges of runs to their causes and effects; arguments and errors as `lineage.trace`."""
    check_hops("upstream", upstream)
    check_hops("downstream", downstream)
    wanted = check_kinds(kinds)
    names = named_runs(run)
    moment = moment_of(as_of)
    opened = open_source(source)
    focus = resolve(names, opened, moment, cancel)
    walk = _upstream(Walk(opened, moment, cancel, wanted), focus, upstream)
    if early := [key for key in focus if key not in walk.records]:
        raise RunNotFound(f"{early[0]} did not exist yet at {moment}; leave out as_of, or name a later time")
    if downstream == 0:
        return walk.lineage(focus)
    if opened.key is None:
        walk.effects = ScannedEffects(opened.scan(cancel))
        walk.up(focus, upstream)
        walk.down(focus, downstream)
        return walk.lineage(focus)

    def ask(catalog: Catalog, done: Refreshed) -> RunGraph:
        for _ in range(_WALKS):
            whole = walk.branch()
            whole.effects = catalog
            whole.up(focus, upstream)  # again: who published an event is in the catalog only
            whole.down(focus, downstream)
            shown = {key for key in whole.shown if not key.startswith("event:")}
            flows = {key.split("/")[0] for key in shown}
            latest = {key for flow in flows for key in catalog.latest(flow, _RECENT)}
            if not whole.replace(completed(catalog, opened, latest | shown - whole.asked, progress, cancel)):
                break
        lineage = whole.lineage(focus, done.problems)
        _add_usual_durations(lineage, catalog)
        return lineage

    return with_catalog(opened, ask, progress, cancel)


def _upstream(walk: Walk, focus: list[str], hops: int | None) -> Walk:
    """Walk upstream. What only causes know, as who published an event, comes from the catalog as it is."""
    with known_catalog(walk.source) as catalog:
        aided = replace(walk.branch(), effects=catalog)
        try:
            aided.up(focus, hops)
        except CatalogError:  # the catalog is broken; the next walk downstream rebuilds it
            aided = walk
            aided.up(focus, hops)
    return replace(aided, effects=None)


def _add_usual_durations(lineage: RunGraph, catalog: Catalog) -> None:
    """Give each run how long its flow usually takes, to compare with."""
    usual = {flow: catalog.usual_duration(flow, _RECENT) for flow in lineage.flows}
    for _, node in lineage.graph.nodes(data=True):
        if node["kind"] == "run" and usual[node["flow"]] is not None:
            node["usual_duration"] = usual[node["flow"]]


def check_hops(name: str, hops: object) -> None:
    """Refuse what is neither a number of hops nor None.

    Raises
    ------
    InvalidArgument
    """
    if hops is not None and (isinstance(hops, bool) or not isinstance(hops, int) or hops < 0):
        raise InvalidArgument(f"{name} counts hops: 0 for none, None for no limit; not {hops!r}")


def check_kinds(kinds: Iterable[Kind] | None) -> tuple[Kind, ...]:
    """The kinds of edges that are named, in the order of `KINDS`; all of them for None.

    Raises
    ------
    InvalidArgument
    """
    named = list(KINDS) if kinds is None else [kinds] if isinstance(kinds, str) else list(kinds)
    for kind in named:
        if kind not in KINDS:
            meant = nearest(str(kind), KINDS)
            raise InvalidArgument(f"kinds are some of {', '.join(KINDS)}; there is no {kind!r}{meant}")
    if not named:
        raise InvalidArgument(f"kinds must name at least one of {', '.join(KINDS)}, or be left out")
    return tuple(kind for kind in KINDS if kind in named)
