"""Draw a scene as static SVG in the viewer's look, for places where scripts are disabled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from lineage.format import format_count, format_duration, legible
from lineage.scene.lineage_scene import Scene
from lineage.viewer import stylesheet

__all__ = ["svg"]

Box = tuple[float, float]  # the top left corner of a card, in pixels
Theme = Literal["light", "dark"]

# The viewer's measures, in pixels: viewer/src/drawing/pictures.js draws the same cards.
_WIDTH, _HEIGHT = 180, 46
_COLUMN, _ROW = 262, 66
_MARGIN = 24
_FONT = "system-ui, 'Segoe UI', Roboto, Arial, sans-serif"

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
    boxes = _boxes(scene["nodes"], shown)
    width = max((x for x, _ in boxes.values()), default=0) + _WIDTH + _MARGIN
    height = max((y for _, y in boxes.values()), default=0) + _HEIGHT + _MARGIN + 22
    parts = [
        *_links(scene, boxes, colours),
        *(
            part
            for i in shown
            for part in _card(scene, scene["nodes"][i], boxes[i], colours, theme, i in scene.get("focus", ()))
        ),
        _text(_MARGIN, height - 14, _caption(scene, shown), 11.5, colours["muted"]),
    ]
    title = f"Lineage of {legible(scene.get('title') or 'a run')}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_px(width)}" height="{_px(height)}" '
        f'viewBox="0 0 {_px(width)} {_px(height)}" font-family="{_FONT}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="100%" height="100%" fill="{colours["back"]}"/>{"".join(parts)}</svg>'
    )


@cache
def _palette(theme: Theme) -> dict[str, str]:
    """The colours, read from the stylesheet, which alone defines them."""
    light, dark = re.findall(r"\.lineage(?:\[data-theme=dark\])?\{(.*?)\}", stylesheet())[:2]
    rules = light if theme == "light" else light + dark
    return dict(re.findall(r"--(\w+): ?(#[0-9a-f]{6})", rules))


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


def _boxes(nodes: list[Scene], shown: list[int]) -> dict[int, Box]:
    """The cards' corners, without gaps for empty rows and columns."""
    columns = _closed(nodes[i]["x"] for i in shown)
    rows = _closed(nodes[i]["y"] for i in shown)
    return {
        i: (_MARGIN + columns[nodes[i]["x"]] * _COLUMN, _MARGIN + rows[nodes[i]["y"]] * _ROW) for i in shown
    }


def _closed(values: Iterable[float]) -> dict[float, float]:
    closed: dict[float, float] = {}
    at, before = 0.0, None
    for value in sorted(set(values)):
        at += 0.0 if before is None else min(value - before, 1.0)
        closed[value], before = at, value
    return closed


def _links(scene: Scene, boxes: Mapping[int, Box], colours: Mapping[str, str]) -> Iterator[str]:
    for edge in scene["edges"]:
        if edge["source"] not in boxes or edge["target"] not in boxes:
            continue
        x, y = boxes[edge["source"]]
        x, y = x + _WIDTH, y + _HEIGHT / 2
        to_x, to_y = boxes[edge["target"]][0] - 8, boxes[edge["target"]][1] + _HEIGHT / 2
        reach = max(30, abs(to_x - x) / 2)
        curve = f"M{_px(x)} {_px(y)}C{_px(x + reach)} {_px(y)} {_px(to_x - reach)} {_px(to_y)}"
        yield from _line(scene, edge["kind"], f"{curve} {_px(to_x)} {_px(to_y)}", colours)
        yield _head(edge["kind"], to_x + 7, to_y, colours)
        if edge["kind"] == "publish":
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


def _head(kind: str, x: float, y: float, colours: Mapping[str, str]) -> str:
    """The head of an arrow; hollow where something was read."""
    hollow = f'fill="{colours["back"]}" stroke="{colours["edge"]}" stroke-width="1.2"'
    paint = hollow if kind == "read" else f'fill="{colours["edge"]}"'
    return f'<path d="M{_px(x)} {_px(y)}l-8 -4.2v8.4z" {paint}/>'


def _card(
    scene: Scene, node: Scene, box: Box, colours: Mapping[str, str], theme: Theme, focus: bool
) -> Iterator[str]:
    x, y = box
    event = node["kind"] == "event"
    style = _style(scene, node)
    ink = style[theme]
    missing = node.get("status") == "missing"
    border = colours["text"] if focus else ink if missing else colours["line"]
    dash = ' stroke-dasharray="4 3"' if missing else ""
    yield (
        f'<rect x="{_px(x)}" y="{_px(y)}" width="{_WIDTH}" height="{_HEIGHT}" rx="{23 if event else 10}" '
        f'fill="{colours["card"]}" stroke="{border}" stroke-width="{2 if focus else 1}"{dash}/>'
        f'<rect x="{_px(x + 9)}" y="{_px(y + 9)}" width="28" height="28" rx="{14 if event else 7}" '
        f'fill="{ink}" opacity="0.13"/>'
    )
    yield _mark(style, x + 23, y + 23, 6.5, ink)
    head = legible(node["name"] if event else node["flow"])
    yield _text(x + 46, y + 20.5, _cut(head, 18), 13, colours["text"], 600, full=_full_name(node))
    yield _text(x + 46, y + 35.5, _cut(_fact(node, style), 24), 11.5, colours["muted"])


def _full_name(node: Scene) -> str:
    """The full name of a node, for a title."""
    return legible(node["name"] if node["kind"] == "event" else node["id"])


def _fact(node: Scene, style: Scene) -> str:
    """The second line of a card."""
    if node["kind"] == "event":
        return f"event · {str(node.get('timestamp') or '0000-no time')[5:16].replace('T', ' ')}"
    duration = node.get("duration")
    known = node.get("status") == "completed" and duration is not None
    return f"{legible(node.get('label') or node['run_id'], 14)} · " + (
        format_duration(duration) if known else _word(node, style)
    )


def _word(node: Scene, style: Scene) -> str:
    """The word of a run's status; a run that failed says where."""
    step = node.get("failed_step")
    return legible(f"{style['word']} at {step}" if step else style["word"])


def _caption(scene: Scene, shown: list[int]) -> str:
    runs = sum(node["kind"] != "event" for node in scene["nodes"])
    drawn = sum(scene["nodes"][i]["kind"] != "event" for i in shown)
    counted = format_count(runs, scene.get("noun", "run"))
    return counted if drawn == runs else f"{drawn:,} of {counted} shown"


def _style(scene: Scene, node: Scene) -> Scene:
    styles: Scene = scene["styles"]
    style: Scene = styles.get("event" if node["kind"] == "event" else node["status"]) or styles["unknown"]
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


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
