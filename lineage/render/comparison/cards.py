"""The cards of a comparison, and where they stand.

Few places have a card each. Of more, equal ones are counted in a stack between those that differ; of many,
those of one flow that differ alike share a stack, too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.comparing.difference import ComparedPlace, Difference
from lineage.layout import place as lay_out
from lineage.lazy import nx

EACH = 12  # places up to which each has a card
ALIKE = 45  # places that are not equal, up to which each has a card
_ROWS = 4  # changes on a card; more are counted
_PAD, _NAME, _IDS, _ROW, _FOLLOWS = 16, 20, 17, 22, 24  # pixels of a card's padding and lines
_GAP = 22  # pixels between two cards in a column
_PITCH = 74  # pixels from row to row of the layout, at least
MARGIN = 18  # pixels around the cards


@dataclass(frozen=True)
class Card:
    """One or several places on one card."""

    places: tuple[ComparedPlace, ...]
    column: int
    top: float  # pixels

    @property
    def first(self) -> ComparedPlace:
        """The place that stands for all of them."""
        return self.places[0]

    @property
    def rows(self) -> tuple[Any, ...]:
        """The changes that have room on it."""
        changes = self.first.changes if self.first.state in ("changed", "follows") else ()
        return changes if len(changes) <= _ROWS else changes[: _ROWS - 1]

    @property
    def more(self) -> int:
        """How many changes have none."""
        return len(self.first.changes) - len(self.rows) if self.rows else 0

    @property
    def height(self) -> float:
        """Pixels."""
        return card_height(self.places)


@dataclass(frozen=True)
class Cards:
    """All cards of a comparison and the links between them."""

    cards: tuple[Card, ...]
    links: tuple[tuple[int, int], ...]  # numbers of two cards, cause and effect
    columns: int
    height: float  # pixels

    @property
    def stacked(self) -> bool:
        """Whether any card stands for several places."""
        return any(len(card.places) > 1 for card in self.cards)


def card_height(places: Sequence[ComparedPlace]) -> float:
    """Pixels that a card needs for its lines."""
    first = places[0]
    if first.state not in ("changed", "follows"):
        return _PAD + _NAME + _IDS
    rows = min(len(first.changes), _ROWS)
    return _PAD + _NAME + _IDS + rows * _ROW + (_FOLLOWS if first.follows else 0)


def cards_of(difference: Difference) -> Cards:
    """Group the places of a comparison, and lay the groups out."""
    groups = _groups(difference)
    of_place = {number: key for key, numbers in groups.items() for number in numbers}
    graph: nx.DiGraph[Hashable] = nx.DiGraph()
    graph.add_nodes_from(groups)
    for cause, effect in _links(difference):
        if of_place[cause] != of_place[effect]:
            graph.add_edge(of_place[cause], of_place[effect])
    positions = lay_out(graph).positions
    members = {key: tuple(difference.places[n] for n in numbers) for key, numbers in groups.items()}
    cards = _stacked(members, positions, packed=_many(difference))
    number = {key: n for n, key in enumerate(members)}
    bottom = max((card.top + card.height for card in cards), default=0)
    columns = 1 + max((card.column for card in cards), default=0)
    links = tuple(sorted((number[a], number[b]) for a, b in graph.edges))
    return Cards(tuple(cards), links, columns, bottom + MARGIN)


def _groups(difference: Difference) -> dict[Hashable, list[int]]:
    """Numbers of the places on each card, by a key that they share."""
    places = difference.places
    ranks = _ranks(difference)
    many = _many(difference)
    drawn = {"equal", "follows"} if many else {"equal"}  # the states that are stacked between the others
    between = sorted({ranks[n] for n, place in enumerate(places) if place.state not in drawn})
    groups: dict[Hashable, list[int]] = {}
    for number, place in enumerate(places):
        key: Hashable = number
        if place.state == "equal" and len(places) > EACH:
            key = ("equal", bisect_right(between, ranks[number]))
        elif place.state != "equal" and many:
            alike = tuple(change.name for change in place.changes) if place.number else ()
            key = (place.state, place.name, bisect_right(between, ranks[number]), alike)
        groups.setdefault(key, []).append(number)
    return groups


def _many(difference: Difference) -> bool:
    """Whether more places differ than can have a card each."""
    return sum(place.state != "equal" for place in difference.places) > ALIKE


def _ranks(difference: Difference) -> list[int]:
    """Steps from the furthest root; no link leads to a lower or an equal rank."""
    ranks: list[int] = [0] * len(difference.places)
    above: dict[int, list[int]] = {}
    for cause, effect in _links(difference):
        above.setdefault(effect, []).append(cause)
    for number in range(len(ranks)):
        ranks[number] = max((ranks[cause] + 1 for cause in above.get(number, ())), default=0)
    return ranks


def _links(difference: Difference) -> Iterator[tuple[int, int]]:
    """Causes and effects by the number of their places; the places are in order, so a link goes forward."""
    for lineage, side in ((difference.a, "a"), (difference.b, "b")):
        number = {getattr(place, side): n for n, place in enumerate(difference.places)}
        for cause, effect in lineage.graph.edges:
            if number[cause] < number[effect]:
                yield number[cause], number[effect]


def _stacked(
    members: Mapping[Hashable, tuple[ComparedPlace, ...]],
    positions: Mapping[Hashable, tuple[float, float]],
    packed: bool,
) -> list[Card]:
    """Cards below each other in their columns: as far down as their row, or from the top on if packed."""
    tops: dict[Hashable, float] = {}
    bottoms: dict[int, float] = {}
    for key in sorted(members, key=lambda key: (positions[key][1], positions[key][0])):
        column, row = int(positions[key][0]), 0.0 if packed else positions[key][1]
        tops[key] = max(row * _PITCH, bottoms.get(column, float("-inf")) + _GAP)
        bottoms[column] = tops[key] + card_height(members[key])
    highest = min(tops.values(), default=0.0)
    return [
        Card(places, int(positions[key][0]), tops[key] - highest + MARGIN) for key, places in members.items()
    ]
