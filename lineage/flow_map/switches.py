"""Steps that not every run takes exactly once: branches of a switch, and steps that it leads back to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from lineage.flow_map.declarations import FlowDeclaration, Info, short_name
from lineage.format import format_count

Path = Mapping[str, int]  # step -> how often a run took it; for the steps of `Switches` only

_SWITCH = "split-switch"  # metaflow/graph.py
_PATHS = 256  # combinations of branches that are looked at; a flow with more has eight switches


@dataclass(frozen=True)
class Switches:
    """The uncertain steps of a flow with switches."""

    optional: frozenset[str] = frozenset()  # steps that some runs leave out
    repeated: frozenset[str] = frozenset()  # steps that a run can take several times
    possible: tuple[Path, ...] = field(default=(), hash=False)  # with each repeated step taken once


def switches(info: Info) -> Switches:
    """The switches of a flow, from its `_graph_info`."""
    steps = info.get("steps")
    if not isinstance(steps, Mapping):
        return Switches()
    after = {name: list(dict.fromkeys(step.get("next") or ())) for name, step in steps.items()}
    choosing = [name for name, step in steps.items() if step.get("type") == _SWITCH]
    start = str(info.get("start_step") or "start")
    repeated = (
        frozenset(name for name in after if name in _reached(after[name], after)) if choosing else frozenset()
    )
    taken = [_taken(start, after, chosen) for chosen in _combinations(choosing, after)]
    optional = frozenset().union(*taken) - frozenset.intersection(*taken) if taken else frozenset()
    uncertain = optional | repeated
    return Switches(optional, repeated, tuple(dict.fromkeys(path & uncertain, 1) for path in taken))


def _reached(first: Sequence[str], after: Mapping[str, Sequence[str]]) -> set[str]:
    reached, queue = set(first), list(first)
    for name in queue:
        new = [step for step in after.get(name, ()) if step not in reached]
        reached.update(new)
        queue += new
    return reached


def _combinations(choosing: Sequence[str], after: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """A branch for each switch, in all combinations; a branch back is not followed."""
    branches = []
    for name in choosing:
        onward = [step for step in after[name] if step != name and name not in _reached([step], after)]
        branches.append(onward or after[name])
    for chosen in islice(product(*branches), _PATHS):
        yield dict(zip(choosing, chosen, strict=True))


def _taken(start: str, after: Mapping[str, Sequence[str]], chosen: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_reached([start], {**after, **{name: [step] for name, step in chosen.items()}}))


def taken(declaration: FlowDeclaration, step: str) -> str | None:
    """How often runs take a step, in a few words; None for a step that each run takes once.

    Examples
    --------
    >>> from lineage.flow_map.declarations import declare
    >>> flow = declare("AFlow", optional_steps={"b"}, paths=({"a": 1}, {"a": 1}, {"b": 1}))
    >>> taken(flow, "b"), taken(flow, "end")
    ('taken in 1 of 3 runs', None)
    """
    turns = [path.get(step, 0) for path in declaration.paths]
    if step in declaration.repeated_steps:
        if not turns:
            return "repeated as often as its switch says; once is assumed"
        return f"repeated: {min(turns)} to {max(turns)} turns in {format_count(len(turns), 'run')}"
    if step in declaration.optional_steps:
        if not turns:
            return "taken in some runs only; no past run is known"
        return f"taken in {sum(map(bool, turns))} of {format_count(len(turns), 'run')}"
    return None


def uncertainty(declaration: FlowDeclaration, step: str) -> str | None:
    """The same as a sentence; None for a step that each run takes once."""
    words = taken(declaration, step)
    verb = "was" if declaration.paths else "is"
    return f"step {step} of {short_name(declaration.key)} {verb} {words}" if words else None
