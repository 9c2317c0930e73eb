"""Draw a scene as static SVG in the viewer's look, for places where scripts are disabled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import inf
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from lineage.format import format_count, format_duration, legible
from lineage.render.ways import CARD, Grid, grid, way
from lineage.scene.lineage_scene import Scene
from lineage.scene.part import counted_runs
from lineage.viewer import stylesheet

__all__ = ["svg"]

Box = tuple[float, float]  # the top left corner of a card, in pixels
Theme = Literal["light", "dark"]

# The viewer's measures, in pixels: viewer/src/drawing/strokes.js draws the same cards.
_WIDTH, _HEIGHT = CARD
_MARGIN = 24
_TEXT = _WIDTH - 22  # of a line on a card
_FONT = "system-ui, 'Segoe UI', Roboto, Arial, sans-serif"

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_HOPS = 2  # around the focus, when the whole lineage is more than a picture can hold
_SMALL = 30  # nodes
_MOST = 80  # nodes; a still picture cannot be zoomed


def svg(scene: Scene, theme: Theme = "light") -> str:
    """Draw a scene as a static SVG picture.

    Parameters
    ----------
    scene
        The document that docs/reference/scene.md describes.
    theme
        Colours for a light or a dark page.

    Returns
    -------
    str
        One `<svg>` element. The same scene gives the same text; every string of the scene is escaped.
        A lineage of more than thirty nodes is drawn two hops around its focus, and says so.
    """
    colours = _palette(theme)
    shown = _shown(scene)
    drawn = set(shown)
    edges = [edge for edge in scene["edges"] if edge["source"] in drawn and edge["target"] in drawn]
    places = grid([scene["nodes"][i] for i in shown], edges)
    boxes = {i: places.spot(scene["nodes"][i]["x"], scene["nodes"][i]["y"]) for i in shown}
    lanes = [places.spot(x, y) for edge in edges for x, y in edge.get("route", ())]
    low = max((y for _, y in boxes.values()), default=0) + _HEIGHT
    low = max(low, max((y for _, y in lanes), default=0) + _HEIGHT / 2)
    top = min(
        min((y for _, y in boxes.values()), default=0), min((y for _, y in lanes), default=inf) + _HEIGHT / 2
    )
    width = max((x for x, _ in boxes.values()), default=0) + _WIDTH + 2 * _MARGIN
    height = low - top + 2 * _MARGIN + 22
    parts = [
        *(part for edge in edges for part in _edge(scene, edge, places, colours)),
        *(
            part
            for i in shown
            for part in _card(scene, scene["nodes"][i], boxes[i], colours, theme, i in scene.get("focus", ()))
        ),
    ]
    caption = _text(_MARGIN, height - 14, _caption(scene, shown), 11.5, colours["muted"])
    title = f"Lineage of {legible(scene.get('title') or 'a run')}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_px(width)}" height="{_px(height)}" '
        f'viewBox="0 0 {_px(width)} {_px(height)}" font-family="{_FONT}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="100%" height="100%" fill="{colours["back"]}"/>'
        f'<g transform="translate({_MARGIN} {_px(_MARGIN - top)})">{"".join(parts)}</g>{caption}</svg>'
    )


@cache
def _palette(theme: Theme) -> dict[str, str]:
    """The colours, read from the stylesheet, which alone defines them."""
    light, dark = re.findall(r"\.lineage(?:\[data-theme=dark\])?\{(.*?)\}", stylesheet())[:2]
    rules = light if theme == "light" else light + dark
    colours = dict(re.findall(r"--(\w+): ?(#[0-9a-f]{6})", rules))
    return {**colours, "back": colours["stage"]}


def _shown(scene: Scene) -> list[int]:
    """Indexes of the nodes to draw: all of a small lineage, else those near the focus."""
    every = list(range(len(scene["nodes"])))
    focus = list(scene.get("focus", ()))
    if len(every) <= _SMALL:
        return every
    if not focus:
        return every[:_MOST]
    near = dict.fromkeys(focus, 0)
    for ends in (("source", "target"), ("target", "source")):
        ring = set(focus)
        for hop in range(1, _HOPS + 1):
            ring = {edge[ends[1]] for edge in scene["edges"] if edge[ends[0]] in ring}
            for i in ring:
                near.setdefault(i, hop)
    return sorted(sorted(near, key=lambda i: (near[i], i))[:_MOST])


def _edge(scene: Scene, edge: Scene, places: Grid, colours: Mapping[str, str]) -> Iterator[str]:
    """An edge on its way, with its head, and a dot where it begins if it publishes."""
    path = way(edge, scene["nodes"][edge["source"]], scene["nodes"][edge["target"]], places)
    yield from _line(scene, edge["kind"], path.d, colours)
    yield _head(edge["kind"], path.head, colours)
    if edge["kind"] == "publish":
        x, y = path.start
        yield f'<circle cx="{_px(x)}" cy="{_px(y)}" r="3.5" fill="{colours["edge"]}"/>'


def _line(scene: Scene, kind: str, d: str, colours: Mapping[str, str]) -> Iterator[str]:
    """A line as the viewer draws its kind; a spawned run's is double."""
    dash = scene.get("kinds", {}).get(kind, {}).get("dash")
    style = f' stroke-dasharray="{dash}"' if dash else ""
    if kind == "read":
        style += ' stroke-linecap="round"'
    widths = [("edge", 4.5), ("back", 1.5)] if kind == "spawn" else [("edge", 1.5)]
    for ink, width in widths:
        yield f'<path d="{d}" fill="none" stroke="{colours[ink]}" stroke-width="{width}"{style}/>'


def _head(kind: str, outline: str, colours: Mapping[str, str]) -> str:
    """The head of an arrow; hollow where something was read."""
    hollow = f'fill="{colours["back"]}" stroke="{colours["edge"]}" stroke-width="1.2"'
    paint = hollow if kind == "read" else f'fill="{colours["edge"]}"'
    return f'<path d="{outline}" {paint}/>'


def _card(
    scene: Scene, node: Scene, box: Box, colours: Mapping[str, str], theme: Theme, focus: bool
) -> Iterator[str]:
    x, y = box
    event = _is_event(node)
    style = _style(scene, node)
    ink = style[theme]
    missing, failed = (node.get("status") == status for status in ("missing", "failed"))
    border = colours["text"] if focus else ink if missing or failed else colours["line"]
    dash = ' stroke-dasharray="4 3"' if missing else ""
    frame = (
        f'x="{_px(x)}" y="{_px(y)}" width="{_px(_WIDTH)}" height="{_px(_HEIGHT)}" rx="{22 if event else 9}"'
    )
    yield (
        f'<rect {frame} fill="{colours["back" if missing else "card"]}" stroke="{border}" '
        f'stroke-width="{2 if focus else 1}"{dash}/>'
    )
    if failed:
        yield f'<rect {frame} fill="{ink}" opacity="0.07"/>'
    left, room = (x + 18, _TEXT - 14) if event else (x + 11, _TEXT)
    yield _mark(style, left + 5, y + 16.5, 4.5, ink)
    word = legible(style["word"]) if event else _word(node, style)
    yield _text(left + 15, y + 20.5, _cut(word, room - 15, 11), 11, ink, 600)
    name = legible(_name(node))
    yield _text(left, y + 37.5, _cut(name, room, 13), 13, colours["text"], 650, full=_full_name(node))
    yield _text(left, y + 53.5, _cut(_fact(node, room), room, 11), 11, colours["muted"])


def _full_name(node: Scene) -> str:
    """The full name of a node, for a title."""
    return legible(_name(node) if _is_event(node) else node["id"])


def _is_event(node: Scene) -> bool:
    """Whether a node is an event, of a lineage or of a flow map."""
    return str(node["id"]).startswith("event:")


def _name(node: Scene) -> str:
    """The name on a card; an event of a flow map has it where a flow has its own."""
    return str(node["name"] if "name" in node and _is_event(node) else node["flow"])


def _fact(node: Scene, room: float) -> str:
    """The last line of a card; where there is little room, the id gives way to the duration."""
    if node["kind"] == "event":
        return _moment(node.get("timestamp"))
    label = legible(node.get("label") or node["run_id"], 14)
    if (duration := node.get("duration")) is None:
        return label
    took = format_duration(duration)
    facts = [f"{name} · {took}" for name in (label, f"…{label[-4:]}")]
    return next((fact for fact in facts if _fits(fact, room, 11)), took)


def _moment(iso: str | None) -> str:
    """A time as the viewer writes it, in UTC."""
    if not iso:
        return "no time"
    return f"{int(iso[8:10])} {_MONTHS[int(iso[5:7]) - 1]} {iso[11:16]}"


def _word(node: Scene, style: Scene) -> str:
    """The word of a run's status; a run that failed says where, one on outdated inputs that it is stale."""
    step = node.get("failed_step")
    word = f"{style['word']} at {step}" if step else style["word"]
    return legible(f"{word}, stale" if node.get("stale") else word)


def _caption(scene: Scene, shown: list[int]) -> str:
    _, runs = counted_runs(scene)
    drawn = sum(not _is_event(scene["nodes"][i]) for i in shown)
    counted = format_count(runs, scene.get("noun", "run"))
    return counted if drawn == runs else f"{drawn:,} of {counted} shown"


def _style(scene: Scene, node: Scene) -> Scene:
    styles: Scene = scene["styles"]
    style: Scene = styles.get("event" if _is_event(node) else node["status"]) or styles["unknown"]
    return style


def _mark(style: Scene, x: float, y: float, r: float, ink: str) -> str:
    if not style.get("corners"):
        hollow = style["symbol"].endswith("-open")
        paint = f'fill="none" stroke="{ink}" stroke-width="{_px(r * 0.35)}"' if hollow else f'fill="{ink}"'
        return f'<circle cx="{_px(x)}" cy="{_px(y)}" r="{_px(r * 0.85 if hollow else r)}" {paint}/>'
    points = " ".join(f"{_px(x + dx * r)},{_px(y + dy * r)}" for dx, dy in style["corners"])
    return f'<polygon points="{points}" fill="{ink}"/>'


def _text(
    x: float, y: float, text: str, size: float, ink: str, weight: int = 400, full: str | None = None
) -> str:
    title = f"<title>{escape(full)}</title>" if full else ""
    return (
        f'<text x="{_px(x)}" y="{_px(y)}" font-size="{size}" font-weight="{weight}" '
        f"fill={quoteattr(ink)}>{escape(text)}{title}</text>"
    )


def _cut(text: str, room: float, size: float) -> str:
    """A text that fits; the name of a flow first without the word with which such names end."""
    if not _fits(text, room, size):
        text = re.sub("(?<=.)Flow$", "", text)
    return text if _fits(text, room, size) else f"{text[: _letters(room, size) - 1]}…"


def _fits(text: str, room: float, size: float) -> bool:
    return len(text) <= _letters(room, size)


def _letters(room: float, size: float) -> int:
    """How many letters have room, judged by the width of an average one: a still cannot measure."""
    return int(room / (0.58 * size))


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
