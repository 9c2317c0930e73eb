"""The HTML pages of a lineage: the report, and the frame in a notebook cell."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from lineage.comparing.difference import Difference
from lineage.format import legible
from lineage.render.comparison.page import comparison_section, comparison_stylesheet
from lineage.render.notebook_theme import following_style
from lineage.render.still import svg
from lineage.scene.lineage_scene import Scene
from lineage.text import encode_json, pack_json
from lineage.viewer import page_stylesheet, player, script, stylesheet

__all__ = ["embed", "page"]


_DEFLATE_FROM = 50_000  # characters of JSON; up to this the page stays readable in a text editor
EMBED_HEIGHT = 640  # pixels, of the view without a kernel


def page(
    scene: Scene,
    *,
    title: str | None = None,
    playbacks: Sequence[Scene] = (),
    compared: Difference | None = None,
) -> str:
    """Write a scene as one HTML document: the viewer, its details and the table of runs.

    Parameters
    ----------
    scene
        The document that docs/reference/scene.md describes.
    title
        Title of the page; by default the names of the runs in focus.
    playbacks
        Simulations to play below it, as `lineage.scene.playback` writes them.
    compared
        A comparison to show below it.

    Returns
    -------
    str
        The page. Everything is inlined and a content security policy allows no network at all; the
        same scene gives the same bytes.
    """
    named = {**scene, "title": title} if title is not None else scene
    return _document(named, {"level": 1, "permalink": True}, playbacks, compared=compared)


def embed(
    scene: Scene,
    *,
    uid: str | None = None,
    playback: Scene | None = None,
    table: bool = False,
    text: str = "",
) -> str:
    """Write a scene as the first output of a notebook cell, which is visible without a kernel.

    A still picture, covered by the viewer in a sandboxed frame. If frames are stripped (on GitHub, in an
    untrusted notebook), the picture remains; if pictures are, too, the text; with a kernel, the widget with
    the same `uid` hides all of it.

    Parameters
    ----------
    scene
        The document that docs/reference/scene.md describes.
    uid
        The widget's trait `uid`; by default one made from the scene.
    playback
        A simulation to play in the frame, instead of the scene, which is then the still picture of it.
    table
        Whether to show the table of runs below the graph. It has no downloads: the frame may not save files.
    text
        The same in plain text.

    Returns
    -------
    str
        One `<div class="lineage-still" data-lineage="<uid>">`, on one line: a blank line would end it in
        Markdown.
    """
    options = {"details": True, "table": table, "wheel": False, "downloads": False, "level": 2}
    document = _document(scene, options, packed=True) if playback is None else _played(playback)
    name = uid if uid is not None else hashlib.sha256(document.encode()).hexdigest()[:16]
    picture = base64.b64encode(svg(scene).encode()).decode("ascii")
    title = escape(f"Lineage of {legible(scene.get('title') or 'a run')}")
    frame = (
        f'<iframe title="{title}" sandbox="allow-scripts" style="{_PLACE};border:0;width:100%;height:100%;'
        f'min-height:{EMBED_HEIGHT}px" srcdoc="{_one_line(document)}"></iframe>'
    )
    image = f'<img alt="{title}" style="{_PLACE};max-width:100%" src="data:image/svg+xml;base64,{picture}">'
    words = f'<pre style="display:none">{_one_line(text)}</pre>' if text else ""
    return (
        f'<div class="lineage-still" data-lineage="{escape(name)}">'
        f'<div class="{_HIDDEN_BY_NBCONVERT}" style="display:grid">'
        f"<style>{_FOLLOW_THE_NOTEBOOK}</style>{image}{frame}</div>{words}</div>"
    )


_PLACE = "grid-area:1/1"  # both in the same cell of a grid, which is as high as what is left in it
# `nbconvert` with `sanitize_html` escapes the picture and the frame to text, and drops all styles: then
# its own rule for this class hides that text, and the plain text appears
_HIDDEN_BY_NBCONVERT = "jp-FileSize-hidden"


def _one_line(text: str) -> str:
    """Text for an attribute or an element, without line breaks."""
    return escape(text).replace("\n", "&#10;")


_FOLLOW_THE_NOTEBOOK = following_style(".lineage-still :is(img,iframe)")


def _document(
    scene: Scene,
    options: Mapping[str, Any],
    playbacks: Sequence[Scene] = (),
    packed: bool = False,
    compared: Difference | None = None,
) -> str:
    title = f"{legible(scene.get('title') or 'Lineage')} · lineage"
    start = f"{_READ}{_DRAW.replace('OPTIONS', _json(options))}"
    if not playbacks:
        write = _packed_html if packed else partial(_html, compared=compared)
        return write(title, f"{script()}\n{start}", stylesheet(), _data("scene", scene, packed))
    start += _PLAY.replace("OPTIONS", _json({"heading": "What would fire", "level": 3}))
    data = _data("scene", scene) + _data("playbacks", list(playbacks))
    return _html(title, f"{player.script()}\n{start}", player.stylesheet(), data, compared)


def _played(playback: Scene) -> str:
    """A page that contains only one simulation to play."""
    start = f"{_READ}{_PLAY.replace('OPTIONS', _json({'level': 2}))}"
    data = _data("playbacks", [playback], deflated=True)
    return _packed_html("What would fire · lineage", f"{player.script()}\n{start}", player.stylesheet(), data)


def _packed_html(title: str, code: str, viewer_style: str, data: str) -> str:
    """The page with code and style deflated, to a third: each cell of a notebook has its own."""
    style = viewer_style + page_stylesheet()
    parts = _data("parts", {"style": style, "code": code}, deflated=True)
    return _written(title, f"{_READ}{_UNPACK}", "", data + parts, unpacked=(code, style))


def _html(title: str, code: str, viewer_style: str, data: str, compared: Difference | None = None) -> str:
    return _written(title, code, viewer_style + page_stylesheet(), data, compared=compared)


def _written(
    title: str,
    code: str,
    style: str,
    data: str,
    unpacked: tuple[str, ...] = (),
    compared: Difference | None = None,
) -> str:
    for text, end in ((code, "</script"), (style, "</style")):
        if end in text.lower():
            raise RuntimeError(f"the viewer's code must not contain {end}")
    allowed = " ".join(f"'{_digest(text)}'" for text in (code, *unpacked[:1]))
    styles = " ".join(f"'{_digest(text)}'" for text in (style, *unpacked[1:]))
    below = ""
    if compared is not None:
        # its frame inherits the policy of this page; its cards have places and sizes of their own
        below = comparison_section(compared)
        styles += f" '{_digest(comparison_stylesheet())}'; style-src-attr 'unsafe-inline'"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {allowed}",
            f"style-src {styles}",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body class="lineage-page">
<main id="lineage"></main>
<noscript><p>This page draws the lineage with a script, which is switched off here.</p></noscript>
{below}{data}
<script type="module">{code}</script>
</body>
</html>
"""


# Reads the data of the page, and draws it.
_READ = """
const carried = async (id) => {
  const data = document.getElementById(id);
  if (data.type === "application/json") return JSON.parse(data.textContent);
  const bytes = Uint8Array.from(atob(data.textContent), (c) => c.charCodeAt(0)); // pack_json
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
};
"""
# While one types, rows leave the table: the page stays as long, or its end would pull all of it down.
_DRAW = """
const place = document.getElementById("lineage");
mount(place, await carried("scene"), OPTIONS);
const [field, table] = ["input[type=search]", ".ln-table"].map((part) => place.querySelector(part));
if (table) field.addEventListener("focus", () => {
  if (field.value) return;
  table.style.minHeight = "";
  table.style.minHeight = `${table.offsetHeight}px`;
});
"""
_UNPACK = """
for (const [name, text] of Object.entries(await carried("parts"))) {
  const part = document.createElement(name === "style" ? name : "script");
  if (name === "code") part.type = "module";
  part.textContent = text;
  document.body.append(part);
}
"""
_PLAY = """
const cascade = document.createElement("section");
cascade.ariaLabel = "What would fire";
document.getElementById("lineage").after(cascade);
mountPlayers(cascade, await carried("playbacks"), OPTIONS);
"""


def _data(name: str, content: Any, deflated: bool = False) -> str:
    """A block of data, deflated if it is large."""
    if not deflated and len(text := _json(content)) < _DEFLATE_FROM:
        return f'<script type="application/json" id="{name}">{text}</script>'
    return f'<script type="application/deflated-json" id="{name}">{pack_json(content)}</script>'


def _json(value: Any) -> str:
    """JSON that is safe inside a script element: ASCII, without `<`, `>` and `&`."""
    text = encode_json(value, ensure_ascii=True, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(text: str) -> str:
    """The hash of an inline script or style for a content security policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
