"""Warnings about likely surprises once a flow map is deployed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from lineage.errors import nearest
from lineage.flow_map.clocks import clock_problems
from lineage.flow_map.declarations import FlowDeclaration, Listening, short_name
from lineage.graph.parts import part_of
from lineage.lazy import nx

Declarations = Mapping[str, FlowDeclaration]


@dataclass(frozen=True)
class Caution:
    """One warning: its kind, the flows that it is about (keys), and a sentence."""

    kind: str  # loop, fan, nothing sends it, near name, refused, not resolved
    flows: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return self.text


def cautions(declarations: Declarations) -> tuple[Caution, ...]:
    """All warnings about a map, each once: loops first, then by flow.

    Examples
    --------
    >>> from lineage.flow_map.declarations import declare
    >>> flows = [declare("AFlow", on_finish=["BFlow"]), declare("BFlow", on_finish=["AFlow"])]
    >>> [str(caution) for caution in cautions({flow.key: flow for flow in flows})]
    ['AFlow fires BFlow, which fires AFlow: a loop that never ends by itself']
    """
    warnings = [*_loops(declarations), *_fans(declarations), *_unsent(declarations)]
    return tuple(dict.fromkeys([*warnings, *_near_names(declarations), *_notes(declarations)]))


def _loops(declarations: Declarations) -> Iterator[Caution]:
    graph = _flows_only(declarations)
    for knot in sorted(map(sorted, nx.strongly_connected_components(graph))):
        if len(knot) == 1 and not graph.has_edge(knot[0], knot[0]):
            continue
        ring = [cause for cause, _ in nx.find_cycle(part_of(graph, knot), knot[0])]
        yield Caution("loop", tuple(knot), _ring(ring, declarations))


def _flows_only(declarations: Declarations) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(declarations)
    senders: dict[str, list[str]] = {}
    for key, declaration in declarations.items():
        for event in declaration.publishes:
            senders.setdefault(event, []).append(key)
    for key, declaration in declarations.items():
        for listening in declaration.listens:
            causes = [listening.sender[0]] if listening.sender else senders.get(listening.event, [])
            graph.add_edges_from((cause, key) for cause in causes if cause in declarations)
    return graph


def _ring(ring: list[str], declarations: Declarations) -> str:
    names = [short_name(key) for key in ring]
    if len(names) == 1:
        what = f"{names[0]} fires itself"
    else:
        what = f"{names[0]} fires " + ", which fires ".join([*names[1:], names[0]])
    inside = set(ring)
    outside = [
        listening.label
        for key in ring
        for listening in declarations[key].listens
        if not (listening.sender and listening.sender[0] in inside)
    ]
    if outside:
        return f"{what}: a loop that turns again each time {' and '.join(dict.fromkeys(outside))} arrives"
    return f"{what}: a loop that never ends by itself"


def _fans(declarations: Declarations) -> Iterator[Caution]:
    for key, declaration in declarations.items():
        for listening in declaration.listens:
            sender, step = listening.sender or ("", "")
            if sender in declarations and step in declarations[sender].foreach_steps:
                text = (
                    f"{short_name(key)} listens to step {step} of {short_name(sender)}, which runs once for "
                    "each item of a foreach: it fires as often"
                )
                yield Caution("fan", (sender, key), text)
            if sender in declarations and step in declarations[sender].repeated_steps:
                text = (
                    f"{short_name(key)} listens to step {step} of {short_name(sender)}, which a switch "
                    "repeats: it fires once a turn"
                )
                yield Caution("fan", (sender, key), text)
    for flow, twins in _twins(declarations).items():
        text = (
            f"{flow} is deployed {len(twins)} times and each listens to the same: {', '.join(twins)} all fire"
        )
        yield Caution("fan", tuple(twins), text)


def _twins(declarations: Declarations) -> dict[str, list[str]]:
    """Deployments of one flow that listen to the same events, by flow."""
    same: dict[tuple[str, frozenset[str]], list[str]] = {}
    for key, declaration in declarations.items():
        if declaration.listens:
            events = frozenset(listening.event for listening in declaration.listens)
            same.setdefault((declaration.flow, events), []).append(key)
    return {flow: keys for (flow, _), keys in same.items() if len(keys) > 1}


def _unsent(declarations: Declarations) -> Iterator[Caution]:
    for key, declaration in declarations.items():
        for listening in declaration.listens:
            why = _why_unsent(listening, declarations)
            if why:
                text = f"{short_name(key)} waits for {listening.label}, but {why}"
                yield Caution("nothing sends it", (key,), text)


def _why_unsent(listening: Listening, declarations: Declarations) -> str | None:
    if listening.sender is None:
        return None  # an external event may come from anywhere
    sender, step = listening.sender
    if sender in declarations:
        sends = declarations[sender]
        if sends.sends(step):
            return None
        return f"{sends.flow} has no such step{nearest(step, sends.steps or ())}"
    elsewhere = [key for key in declarations if short_name(key) == short_name(sender)]
    if elsewhere:
        return f"nothing sends {listening.event}: here it is {' and '.join(elsewhere)}"
    return f"no such flow is known here{nearest(short_name(sender), map(short_name, declarations))}"


def _near_names(declarations: Declarations) -> Iterator[Caution]:
    flows = sorted({declaration.flow for declaration in declarations.values()})
    events: dict[str, list[str]] = {}
    for key, declaration in declarations.items():
        for name in (*(w.event for w in declaration.listens if w.sender is None), *declaration.publishes):
            events.setdefault(name, []).append(key)
    for first, second in _same_but_for_case(flows):  # AFlow beside BFlow is not a mistake
        about = tuple(key for key in declarations if short_name(key) in (first, second))
        yield Caution("near name", about, f"{first} and {second} differ by little: are both meant?")
    names = sorted(events)
    for first, second in [*_same_but_for_case(names), *_one_letter_apart(names)]:
        users = tuple(dict.fromkeys([*events[first], *events[second]]))
        text = f"the events {first} and {second} differ by little: are both meant?"
        yield Caution("near name", users, text)


def _same_but_for_case(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs that differ by case or punctuation only."""
    plain: dict[str, list[str]] = {}
    for name in names:
        plain.setdefault("".join(c for c in name.lower() if c.isalnum()), []).append(name)
    for group in plain.values():
        yield from combinations(group, 2)


def _one_letter_apart(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs one letter apart; names that differ in a digit are a series, not a mistake.

    Names are found by the forms that they have with one letter left out, not by comparing all pairs.
    """
    gaps: dict[str, set[str]] = {}
    for name in names:
        for i in range(len(name)):
            gaps.setdefault(name[:i] + name[i + 1 :], set()).add(name)
        gaps.setdefault(name, set()).add(name)
    pairs = {pair for group in gaps.values() for pair in combinations(sorted(group), 2)}
    for first, second in sorted(pairs):
        if min(len(first), len(second)) > 4 and _one_letter_edit(first, second):
            yield first, second


def _one_letter_edit(name: str, other: str) -> bool:
    matcher = difflib.SequenceMatcher(None, name, other, autojunk=False)
    edits = [codes for codes in matcher.get_opcodes() if codes[0] != "equal"]
    if len(edits) != 1:
        return False
    _, i, j, k, m = edits[0]
    changed = name[i:j] + other[k:m]
    return max(j - i, m - k) == 1 and changed.isalpha() and changed.lower() != 2 * changed[0].lower()


def _notes(declarations: Declarations) -> Iterator[Caution]:
    for key, declaration in declarations.items():
        for note in declaration.notes:
            yield Caution("not resolved", (key,), f"{declaration.flow} {note}")
        for refusal in (*declaration.refused, *clock_problems(declaration)):
            yield Caution("refused", (key,), f"{declaration.flow} {refusal}")
