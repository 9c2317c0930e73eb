"""Write a comparison as one HTML page, and as a frame for a notebook cell."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from lineage.comparing.changes import ABSENT, Change, Unloaded
from lineage.comparing.difference import Difference
from lineage.comparing.reasons import label
from lineage.format import format_time, legible, short_run_id
from lineage.render.comparison.cards import Card, Cards, cards_of
from lineage.render.notebook_theme import following_style
from lineage.style import status_style

_NARROWEST = 208  # pixels of a column with its gap; a wider picture scrolls
_CARD = 0.82  # share of a column that a card takes
_LEVEL = 26  # pixels from the top of a card to its edges: the same for all, so that a chain is straight
_NUMBERS = 6  # numbers of causes on a card; more are counted
_FRAME_EXTRA = 250  # pixels of a page beside its cards
_TALLEST = 900  # pixels of a frame in a notebook


def comparison_page(difference: Difference) -> str:
    """The page: no scripts, nothing from elsewhere, the same comparison gives the same bytes."""
    style = comparison_stylesheet()
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    a, b = (", ".join(side.focus) for side in (difference.a, difference.b))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(legible(f"{a} and {b}"))}</title>
<style>{style}</style>
</head>
<body>
<main>
{_verdict(difference)}
{_picture(difference)}
{_rest(difference)}
</main>
</body>
</html>
"""


def frame_height(difference: Difference) -> int:
    """Pixels of a frame that shows most of the page."""
    return min(_TALLEST, round(cards_of(difference).height) + _FRAME_EXTRA)


def comparison_frame(difference: Difference) -> str:
    """The page in a frame, which keeps its style apart from the notebook's."""
    height = frame_height(difference)
    name = escape(legible(difference.verdict), quote=True)
    return (
        f'<iframe sandbox srcdoc="{escape(comparison_page(difference), quote=True)}" title="{name}" '
        f'style="width: 100%; height: {height}px; border: 0"></iframe>'
    )


def comparison_output(difference: Difference) -> str:
    """The frame as the output of a notebook cell, in the notebook's theme."""
    style = following_style(".lineage-comparison>iframe")
    frame = comparison_frame(difference)
    return f'<div class="lineage-comparison"><style>{style}</style>{frame}</div>'


def comparison_section(difference: Difference) -> str:
    """The page in a frame, as a part of a report."""
    frame = comparison_frame(difference)
    return f'<section class="lineage-compared" aria-label="Comparison">{frame}</section>\n'


@cache
def comparison_stylesheet() -> str:
    """The stylesheet of the page."""
    return (files(__package__) / "style.css").read_text("utf-8")


def _verdict(difference: Difference) -> str:
    sides = (
        f'<span><span class="side {letter}">{letter.upper()}</span> {_side(side)}</span>'
        for letter, side in (("a", difference.a), ("b", difference.b))
    )
    below = f'{"".join(sides)}<span class="counts">{escape(difference.counts)}</span>'
    return f'<div class="verdict"><h1>{_sentence(difference)}</h1><p class="sides">{below}</p></div>'


def _sentence(difference: Difference) -> str:
    """The verdict, with the new values marked as with a pen."""
    text = escape(legible(difference.verdict, 1000).replace(" -> ", " → "))
    for place in difference.changed:
        for change in place.changes:
            words = escape(legible(str(change), 200).replace(" -> ", " → "))
            text = text.replace(f"({words}", f"(<mark>{words}</mark>", 1)
            text = text.replace(f", {words}", f", <mark>{words}</mark>", 1)
    return text


def _side(side: Any) -> str:
    parts = []
    for key in side.focus:
        node = side.graph.nodes[key]
        status, style = node["status"], status_style(node)
        glyph = f"{style.glyph} {style.word}"
        began = format_time(node["created_at"])
        parts.append(
            f'{escape(legible(_short(key)))} · {began} <span class="{escape(status)}">{escape(glyph)}</span>'
        )
    return ", ".join(parts)


def _picture(difference: Difference) -> str:
    cards = cards_of(difference)
    lines, heads = _links(cards)
    drawn = "".join(_card(card, cards) for card in cards.cards)
    size = f"height: {round(cards.height)}px; min-width: {cards.columns * _NARROWEST}px"
    box = f'viewBox="0 0 1000 {round(cards.height)}" preserveAspectRatio="none"'
    svg = f'<svg {box} aria-hidden="true">{lines}</svg>'
    return (
        f'<div class="frame"><div class="scroll" tabindex="0" role="group" aria-label="both lineages">'
        f'<div class="stage" style="{size}">{svg}{heads}{drawn}</div></div>{_KEYS}</div>'
    )


_KEYS = (
    '<p class="keys"><span><span class="no">1</span> changed by itself, counted from the root</span>'
    '<span><span class="no hollow">1</span> follows from it</span>'
    '<span><span class="swatch"></span> pale: equal</span>'
    '<span><span class="swatch one"></span> only one has it</span>'
    '<span class="end">Compared by content hash; a duration only if it at least doubled.</span></p>'
)


def _left(column: int, cards: Cards) -> float:
    """The left edge of a card, as a share of the stage."""
    return (column + (1 - _CARD) / 2) / cards.columns


def _links(cards: Cards) -> tuple[str, str]:
    lines, heads = [], []
    for cause, effect in cards.links:
        a, b = cards.cards[cause], cards.cards[effect]
        states = {a.first.state, b.first.state}
        if b.column <= a.column or (cards.stacked and "equal" in states and b.column > a.column + 1):
            continue  # a stack has links to all sides; those to the next column say enough
        hot = "hot" if states <= {"changed", "follows"} else "one" if states & {"only a", "only b"} else ""
        x1 = 1000 * (_left(a.column, cards) + _CARD / cards.columns)
        x2 = 1000 * _left(b.column, cards)
        y1, y2 = _middle(a), _middle(b)
        bend = (x1 + x2) / 2
        # past other columns, an edge turns right before its end, beside the cards between
        bend = bend if b.column - a.column == 1 else x2 - 100 / cards.columns
        curve = f"M{x1:.1f} {y1:.0f}C{bend:.1f} {y1:.0f} {bend:.1f} {y2:.0f} {x2:.1f} {y2:.0f}"
        lines.append(f'<path class="{hot}" d="{curve}"/>')
        heads.append(f'<span class="head {hot}" style="left: {x2 / 10:.2f}%; top: {y2:.0f}px"></span>')
    return "".join(lines), "".join(heads)


def _middle(card: Card) -> float:
    return card.top + _LEVEL


def _card(card: Card, cards: Cards) -> str:
    place = card.first
    kind = {"changed": "changed", "follows": "", "equal": "equal"}.get(place.state, "one")
    stack = " stack" if len(card.places) > 1 else ""
    box = (
        f"left: {100 * _left(card.column, cards):.2f}%; width: {100 * _CARD / cards.columns:.2f}%; "
        f"top: {card.top:.0f}px; height: {card.height:.0f}px"
    )
    return f'<div class="card {kind}{stack}" style="{box}">{"".join(_inside(card))}</div>'


def _inside(card: Card) -> Iterator[str]:
    place = card.first
    several = len(card.places) > 1
    number = f'<span class="no">{place.number}</span>' if place.number else ""
    if several and place.number:
        last = card.places[-1].number
        number = f'<span class="no">{place.number}–{last}</span>'
    name = f"{len(card.places):,} equal" if several and place.state == "equal" else _name(card)
    yield f'<span class="name" title="{_text(place.keys)}">{number}<b>{name}</b></span>'
    yield f'<span class="ids">{_ids(card)}</span>'
    for change in card.rows:
        yield f'<span class="row" title="{_text(str(change))}">{_row(change)}</span>'
    if card.more:
        yield f'<span class="row"><i>and {card.more:,} more</i></span>'
    if place.follows and place.state in ("changed", "follows"):
        shown = [f'<span class="no hollow">{number}</span>' for number in place.follows[:_NUMBERS]]
        more = f"+{len(place.follows) - _NUMBERS}" if len(place.follows) > _NUMBERS else ""
        yield f'<span class="follows">follows from {"".join(shown)}{more}</span>'


def _name(card: Card) -> str:
    name = card.first.name.removeprefix("event ")
    mark = '<span class="event">★</span> ' if card.first.name.startswith("event ") else ""
    count = f" ×{len(card.places):,}" if len(card.places) > 1 else ""
    return f"{mark}{_text(name)}{count}"


def _ids(card: Card) -> str:
    place = card.first
    if len(card.places) > 1:
        names = list(dict.fromkeys(place.name.removeprefix("event ") for place in card.places))
        if place.state == "equal":
            return _text(", ".join(names))
        return _text(_STATES[place.state])
    if place.state == "equal":
        return "the same run" if place.a == place.b and "event:" not in str(place.a) else "equal"
    if place.state in ("only a", "only b", "unknown"):
        return _text(f"{_STATES[place.state]}: {_id(place.a or place.b)}")
    return _text(f"A {_id(place.a)} · B {_id(place.b)}")


_STATES = {
    "changed": "each changed by itself",
    "follows": "each follows",
    "only a": "only in A",
    "only b": "only in B",
    "unknown": "cannot be read",
}


def _row(change: Change) -> str:
    name = _text(label(change.name))
    if change.before is ABSENT or change.after is ABSENT:
        return f"<i>{name}</i> <mark>only in {'A' if change.after is ABSENT else 'B'}</mark>"
    if isinstance(change.before, Unloaded) or isinstance(change.after, Unloaded):
        what = "value" if change.kind == "parameter" else "content"
        return f"<i>{name}</i> <mark>other {what}</mark>"
    name = "took" if change.kind == "duration" else name
    before, after = (_text(change.text(value)) for value in (change.before, change.after))
    return f"<i>{name}</i> <s>{before}</s> → <mark>{after}</mark>"


def _rest(difference: Difference) -> str:
    """The equal places by name, which the picture only counts, and notes on what could not be compared."""
    parts = []
    equal = [place.keys for place in difference.in_state("equal")]
    if len(equal) > 1:
        names = "".join(f"<li>{_text(key)}</li>" for key in equal)
        parts.append(f"<details><summary>Show the {len(equal):,} equal</summary><ul>{names}</ul></details>")
    if difference.notes:
        notes = "".join(f"<p>{escape(legible(note, 400))}</p>" for note in difference.notes)
        parts.append(f'<div class="notes">{notes}</div>')
    return "".join(parts)


def _id(key: str | None) -> str:
    return _short(key).partition("/")[2] or _short(key)


def _short(key: str | None) -> str:
    if key is None:
        return "—"
    flow, _, run_id = key.partition("/")
    return label(key) if key.startswith("event:") else f"{flow}/{short_run_id(run_id)}"


def _text(text: str) -> str:
    return escape(legible(text), quote=True)
