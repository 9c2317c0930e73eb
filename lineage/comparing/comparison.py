"""Compare two lineages: what changed, the nearest to the root first, and what merely follows from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lineage.client.run_names import RunLike, named_runs
from lineage.comparing.alignment import AlignedPlace, align
from lineage.comparing.changes import ABSENT, Change, event_changes, run_changes
from lineage.comparing.contents import contents_of, with_artifacts, with_parameters
from lineage.comparing.difference import ComparedPlace, Difference, PlaceState, counted_names
from lineage.comparing.reasons import kinds_of
from lineage.errors import InvalidArgument
from lineage.format import format_count
from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.progress import OnProgress
from lineage.records.contents import RunContents
from lineage.records.model import KINDS
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.trace import trace_each

_PARAMETERS = 25  # pairs of runs whose parameters' values are read, the nearest to the root first


def compare(
    a: RunLike,
    b: RunLike,
    *,
    values: Collection[str],
    parameters: bool,
    source: Source | str | None,
    progress: OnProgress | None,
    cancel: Cancel | None,
) -> Difference:
    """Compare two runs; arguments and errors as for `lineage.diff`."""
    if isinstance(values, str):
        raise InvalidArgument(f"values must be a list of names: [{values!r}], not {values!r}")
    if not isinstance(values, Collection) or not all(isinstance(name, str) for name in values):
        raise InvalidArgument(f"values must be a list of names such as ['metrics'], not {values!r}")
    names = [named_runs(run) for run in (a, b)]
    if any(len(several) != 1 for several in names):
        raise InvalidArgument("compare one run with one other run")
    opened = open_source(source)
    first, second = trace_each([name for (name,) in names], opened, cancel)
    return difference(first, second, opened, values, parameters, progress, cancel)


def difference(
    a: RunGraph,
    b: RunGraph,
    source: Source,
    values: Collection[str],
    parameters: bool,
    progress: OnProgress | None,
    cancel: Cancel | None,
) -> Difference:
    """Compare two lineages that were read from a source."""
    read = (a, b)
    a, b = without_resumes(a), without_resumes(b)
    places = align(a, b)
    compared = [place for place in places if place.a and place.b and not place.same]
    keys = dict.fromkeys(key for place in compared for key in (place.a, place.b) if key)
    runs = [key for key in keys if _is_there(a, b, key)]
    nodes = {key: a.graph.nodes[key] if key in a.graph else b.graph.nodes[key] for key in runs}
    contents = contents_of(nodes, a.source, source, progress, cancel)
    changes = {place: list(_changes(a, b, place, contents)) for place in places}
    if parameters:
        told = [place for place in compared if any(c.kind == "parameter" for c in changes[place])]
        for place in told[:_PARAMETERS]:
            changes[place] = with_parameters((a, str(place.a)), (b, str(place.b)), changes[place])
    unloaded: list[str] = []
    for place in compared:
        sides = (a, str(place.a)), (b, str(place.b))
        changes[place], problems = with_artifacts(*sides, changes[place], values)
        unloaded += problems
    differing = {change.name for some in changes.values() for change in some}
    unloaded += [f"no artifact {name!r} differs in two runs" for name in values if name not in differing]
    unread = {key for key, known in contents.items() if known.unread}
    judged = _judged(a, b, places, changes, unread)
    notes = (*_resumes(read), *_notes(a, b, judged, contents), *unloaded)
    return Difference(a, b, tuple(judged), notes)


def without_resumes(lineage: RunGraph) -> RunGraph:
    """The lineage in which a resumed run has the causes of the run that it resumed, in its place."""
    if not any("resume" in kinds_of(edge) for _, _, edge in lineage.graph.edges(data=True)):
        return lineage
    graph = lineage.graph.copy()
    for effect in list(nx.topological_sort(lineage.graph)):
        for origin in list(graph.predecessors(effect)):
            if "resume" in kinds_of(graph.edges[origin, effect]):
                for cause, _, edge in list(graph.in_edges(origin, data=True)):
                    own = graph.get_edge_data(cause, effect)
                    graph.add_edge(cause, effect, **(_joined(edge, own) if own else edge))
                graph.remove_edge(origin, effect)
                if not graph.out_degree(origin) and origin not in lineage.focus:
                    graph.remove_node(origin)
    return replace(lineage, graph=graph)


def _joined(edge: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The link from a cause to a resumed run, which has its own and that of the run that it resumed."""
    kinds = [kind for kind in KINDS if kind in kinds_of(edge) or kind in kinds_of(own)]
    known = {name: value for name, value in own.items() if value is not None}
    return {**edge, **known, "kind": kinds[0], "kinds": kinds}


def _resumes(lineages: Iterable[RunGraph]) -> Iterator[str]:
    resumed = {
        (origin, effect): None
        for lineage in lineages
        for origin, effect, edge in lineage.graph.edges(data=True)
        if "resume" in kinds_of(edge)
    }
    for origin, effect in resumed:
        yield f"{effect} was resumed from {origin}; what led to that is taken for what led to it"


def _is_there(a: RunGraph, b: RunGraph, key: str) -> bool:
    node = a.graph.nodes.get(key) or b.graph.nodes[key]
    return bool(node["kind"] == "run" and node["status"] != "missing")


def _changes(
    a: RunGraph, b: RunGraph, place: AlignedPlace, contents: Mapping[str, RunContents]
) -> Iterator[Change]:
    if place.a is None or place.b is None or place.same:
        return
    node_a, node_b = a.graph.nodes[place.a], b.graph.nodes[place.b]
    if node_a["kind"] == "event":
        yield from event_changes(node_a, node_b)
    elif place.a in contents and place.b in contents:
        yield from run_changes(node_a, node_b, contents[place.a], contents[place.b])


def _judged(
    a: RunGraph,
    b: RunGraph,
    places: list[AlignedPlace],
    changes: Mapping[AlignedPlace, list[Change]],
    unread: Collection[str | None],
) -> list[ComparedPlace]:
    """Tell causes from consequences, and number the causes from the root on."""
    above = _above(a, b, places)
    numbers: dict[AlignedPlace, int] = {}
    upstream: dict[AlignedPlace, set[int]] = {}
    judged = []
    for place in places:
        known = [*_one_sided(a, b, place, above[place]), *changes[place]]
        follows: set[int] = set()
        for cause in above[place]:
            follows |= upstream[cause] | ({numbers[cause]} if cause in numbers else set())
        upstream[place] = follows
        state = _state(a, b, place, known, follows)
        if state == "equal" and any(key in unread for key in (place.a, place.b)) and not place.same:
            state = "unknown"
        if state == "changed":
            numbers[place] = len(numbers) + 1
        judged.append(
            ComparedPlace(
                place.a,
                place.b,
                _name(a.graph.nodes[place.a] if place.a else b.graph.nodes[str(place.b)]),
                state,
                numbers.get(place),
                tuple(sorted(follows)) if state in ("changed", "follows") else (),
                tuple(known),
            )
        )
    return judged


def _above(a: RunGraph, b: RunGraph, places: list[AlignedPlace]) -> dict[AlignedPlace, list[AlignedPlace]]:
    """The direct causes of each place among the earlier ones, which excludes cycles."""
    of_a = {place.a: place for place in places if place.a}
    of_b = {place.b: place for place in places if place.b}
    above: dict[AlignedPlace, list[AlignedPlace]] = {}
    for place in places:
        causes = {of_a[key]: None for key in a.graph.predecessors(place.a)} if place.a else {}
        causes |= {of_b[key]: None for key in b.graph.predecessors(place.b)} if place.b else {}
        above[place] = [cause for cause in causes if cause in above]
    return above


def _one_sided(a: RunGraph, b: RunGraph, place: AlignedPlace, above: list[AlignedPlace]) -> Iterator[Change]:
    """Causes that only one side has, or that are causes in another way."""
    if place.a is None or place.b is None or place.same:
        return
    links_a, links_b = _links(a, place.a), _links(b, place.b)
    for cause in above:
        links = links_a.get(cause.a), links_b.get(cause.b)
        if links[0] == links[1]:
            continue
        before, after = (" and ".join(kinds) if kinds else ABSENT for kinds in links)
        if before is ABSENT or after is ABSENT:
            yield Change("cause", str(cause.b if before is ABSENT else cause.a), before, after)
        else:
            yield Change("cause", f"link from {_name(a.graph.nodes[str(cause.a)])}", before, after)


def _links(lineage: RunGraph, effect: str) -> dict[str | None, Sequence[str]]:
    """The kinds of the edges to a node, by the causes that they come from."""
    return {cause: kinds_of(edge) for cause, edge in lineage.graph.pred[effect].items()}


def _state(
    a: RunGraph, b: RunGraph, place: AlignedPlace, changes: list[Change], follows: set[int]
) -> PlaceState:
    if place.a is None:
        return "only b"
    if place.b is None:
        return "only a"
    if place.same:
        return "equal"
    if "missing" in (a.graph.nodes[place.a].get("status"), b.graph.nodes[place.b].get("status")):
        return "unknown"
    differ = [change for change in changes if change.kind != "duration"]
    if not differ:
        return "equal"
    # results that differ with nothing recorded before them: this is where they part, whatever the reason
    return "changed" if any(change.own for change in differ) or not follows else "follows"


def _name(node: Mapping[str, Any]) -> str:
    return f"event {node['name']}" if node["kind"] == "event" else str(node["flow"])


def _notes(
    a: RunGraph, b: RunGraph, places: list[ComparedPlace], contents: Mapping[str, RunContents]
) -> Iterator[str]:
    unread = {key: known.unread for key, known in contents.items() if known.unread}
    if unread:
        first, count = next(iter(unread)), format_count(len(unread), "run")
        yield f"the contents of {count} could not be read; {first}: {unread[first]}"
    bare = [
        key for key, known in contents.items() if not (known.unread or known.artifacts or known.parameters)
    ]
    if bare:
        yield f"no artifact or parameter with a content hash is recorded of {counted_names(bare)}"
    uncoded = [
        key
        for key, known in contents.items()
        if not known.unread and not {"commit", "package"} & {*known.code}
    ]
    if uncoded:
        yield f"which version of the code ran is not recorded of {counted_names(uncoded)}"
    gone = [p.keys for p in places if p.state == "unknown" and not {p.a, p.b} & unread.keys()]
    if gone:
        yield f"no longer exists or cannot be read, so that it cannot be compared: {counted_names(gone)}"
    early = [str(problem) for lineage in (a, b) for problem in lineage.problems]
    yield from dict.fromkeys(early)
