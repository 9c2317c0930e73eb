"""The difference between two lineages as a value, and as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lineage.comparing.changes import ABSENT, Change
from lineage.comparing.readable import Line, Part, Readable
from lineage.comparing.reasons import label
from lineage.format import format_count
from lineage.graph.run_graph import RunGraph

PlaceState = Literal["changed", "follows", "equal", "only a", "only b", "unknown"]
_WORDS: dict[PlaceState, str] = {
    "changed": "changed",
    "follows": "follow",
    "equal": "equal",
    "unknown": "unknown",
    "only a": "only in A",
    "only b": "only in B",
}
_BRIEFLY: tuple[PlaceState, ...] = ("only a", "only b", "unknown")
_LISTED = 6  # changes of one run, or places of one kind, that the text names; more are counted
_SENTENCE = 4  # places that the verdict names


@dataclass(frozen=True)
class ComparedPlace:
    """A place in one or both lineages, and what differs there.

    Attributes
    ----------
    a, b
        Keys of its nodes; None if only the other lineage has it.
    name
        The flow, or the name of the event.
    state
        `"changed"`: by itself; `"follows"`: only its results differ, after something that changed;
        `"equal"`; `"only a"`, `"only b"`; `"unknown"`: one of them no longer exists or
        could not be read, and nothing else differs.
    number
        1, 2, … for what changed by itself, from the root on; None for the rest.
    follows
        The numbers of the changes upstream of it.
    changes
        What differs, changes of its own first.
    """

    a: str | None
    b: str | None
    name: str
    state: PlaceState
    number: int | None = None
    follows: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def keys(self) -> str:
        """Both keys in one text."""
        names = [label(key) for key in dict.fromkeys((self.a, self.b)) if key]
        return " -> ".join(dict.fromkeys(names))

    @property
    def differences(self) -> str:
        """The differences as one text, the run's own changes first."""
        texts = [str(change) for change in self.changes]
        if len(texts) > _LISTED:
            texts[_LISTED - 1 :] = [f"and {format_count(len(texts) - _LISTED + 1, 'more difference')}"]
        return "; ".join(texts)


@dataclass(frozen=True, repr=False)
class Difference(Readable):
    """The difference between two ancestries; printed, a compact list.

    Attributes
    ----------
    a, b
        The compared lineages, each of one run.
    places
        Every place in both, the nearest to the roots first.
    notes
        What could not be compared, one sentence each.
    """

    a: RunGraph
    b: RunGraph
    places: tuple[ComparedPlace, ...]
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> list[ComparedPlace]:
        """The places that changed by themselves, from the root on."""
        return [place for place in self.places if place.number is not None]

    @property
    def equal(self) -> bool:
        """Whether nothing that is recorded differs."""
        return all(place.state == "equal" for place in self.places)

    def in_state(self, state: PlaceState) -> list[ComparedPlace]:
        """The places in a state."""
        return [place for place in self.places if place.state == state]

    @property
    def verdict(self) -> str:
        """One or two sentences that say where the lineages part."""
        run_a, run_b = self.a.focus[0], self.b.focus[0]
        if run_a == run_b:
            return f"{run_a} is compared with itself: it is the same run."
        names = f"{run_a} and {run_b}"
        if all(place.state in ("equal", "unknown") for place in self.places):
            count = format_count(len(self.places), "place")
            if self.notes or not self.equal:
                unsure = "but not everything is recorded or could be compared"
                return f"Nothing that is recorded of {names} differs, in {count}, {unsure}."
            return f"{names} are equal in all that is recorded: {count}, the same code, inputs and contents."
        if not self.related:
            return f"{names} are runs of different flows, with {self._shared()}."
        if not self.changed:
            return f"{names} differ, but no cause of that is recorded."
        unexplained = [place.name for place in self.changed if not any(c.own for c in place.changes)]
        reason = ", with nothing recorded that explains it" if len(unexplained) == 1 else ""
        shown = [f"{place.name} ({_phrase(place, reason)})" for place in self.changed[:_SENTENCE]]
        more = len(self.changed) - len(shown)
        rest = f" and {format_count(more, 'further place')}" if more else ""
        only = "" if more or self.notes else " Nothing else recorded that leads to them differs."
        if len(unexplained) > 1:
            only = f"{only} Nothing recorded explains what differs at {counted_names(unexplained)}."
        return f"They part at {shown[0]}{''.join(f', then {place}' for place in shown[1:])}{rest}.{only}"

    @property
    def related(self) -> bool:
        """Whether the runs are of the same flow."""
        return self.a.focus[0].split("/")[0] == self.b.focus[0].split("/")[0]

    def _shared(self) -> str:
        shared = sum(place.a is not None and place.b is not None for place in self.places)
        return f"{format_count(shared, 'place')} in common" if shared else "nothing in common"

    @property
    def counts(self) -> str:
        """How many places are in which state."""
        counted = ((len(self.in_state(state)), word) for state, word in _WORDS.items())
        return ", ".join(f"{count:,} {word}" for count, word in counted if count)

    def parts(self) -> Iterator[Part]:
        """The verdict, then the places that differ, from the root on."""
        yield Line(self.verdict, strong=True)
        if self.equal:
            yield from (Line(f"! {note}") for note in self.notes)
            return
        yield Line(f"A is {self.a.focus[0]}, B is {self.b.focus[0]}: {self.counts}.")
        for place in self.places:
            if place.state in ("changed", "follows"):
                yield Line(_line(place), 1)
        for state in _BRIEFLY:
            if listed := self.in_state(state):
                yield Line(f"{_WORDS[state]}: {counted_names(place.keys for place in listed)}", 1)
        if equal := self.in_state("equal"):
            yield Line(f"equal: {counted_names(place.name for place in equal)}", 1)
        yield from (Line(f"! {note}") for note in self.notes)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, with values as text."""
        return {
            "a": list(self.a.focus),
            "b": list(self.b.focus),
            "equal": self.equal,
            "verdict": self.verdict,
            "places": [_as_dict(place) for place in self.places],
            "notes": list(self.notes),
        }


def counted_names(names: Iterable[str]) -> str:
    """Names in a row, each once with its count; beyond a few they are counted."""
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    listed = [name if count == 1 else f"{name} ({count:,})" for name, count in counted.items()]
    if len(listed) > _LISTED:
        listed[_LISTED - 1 :] = [f"{len(listed) - _LISTED + 1:,} more"]
    return ", ".join(listed)


def _phrase(place: ComparedPlace, unexplained: str) -> str:
    """The changes of a place in a few words; `unexplained` ends those without a cause of their own."""
    own = [str(change) for change in place.changes if change.own][:3]
    if own:
        return ", ".join(own)
    results = ", ".join(str(change) for change in place.changes[:2])
    return f"{results}{unexplained}"


def _line(place: ComparedPlace) -> str:
    number = f"[{place.number}] " if place.number else ""
    follows = f" (follows from {', '.join(map(str, place.follows))})" if place.follows else ""
    return f"{number}{place.keys}: {place.differences}{follows}"


def _as_dict(place: ComparedPlace) -> dict[str, Any]:
    return {
        "a": place.a,
        "b": place.b,
        "name": place.name,
        "state": place.state,
        "number": place.number,
        "follows": list(place.follows),
        "changes": [
            {
                "kind": change.kind,
                "name": change.name,
                "before": None if change.before is ABSENT else change.text(change.before),
                "after": None if change.after is ABSENT else change.text(change.after),
                "text": str(change),
            }
            for change in place.changes
        ],
    }
