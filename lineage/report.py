"""The report: a lineage as one HTML page that needs nothing but a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from html import escape
from typing import Any

from lineage.still import legible, svg
from lineage.viewer import script, stylesheet

__all__ = ["embed", "page"]

Scene = Mapping[str, Any]

_DEFLATE_FROM = 300_000  # characters of JSON; below this the page stays readable with a text editor
_EMBED_HEIGHT = 640  # pixels, of the view without a kernel


def page(scene: Scene, *, title: str | None = None) -> str:
    """Write a scene as one HTML document: the viewer, its details and the table of runs.

    Parameters
    ----------
    scene
        The document that docs/scene.md describes.
    title
        What the page is called; by default what was asked for.

    Returns
    -------
    str
        The page. Everything is inlined and a content security policy allows no network at all; the
        same scene gives the same bytes.
    """
    named = {**scene, "title": title} if title is not None else scene
    return _document(named, {"level": 1, "permalink": True})


def embed(scene: Scene, *, uid: str | None = None) -> str:
    """Write a scene as the first output of a notebook cell: what is seen without a kernel.

    A still picture, covered by the viewer in a sandboxed frame. Where frames are stripped (GitHub, an
    untrusted notebook) the picture is left; where a kernel is alive the widget with the same `uid`
    hides both.

    Parameters
    ----------
    scene
        The document that docs/scene.md describes.
    uid
        The widget's trait `uid`; by default one made from the scene.

    Returns
    -------
    str
        One `<div class="lineage-still" data-lineage="<uid>">`.
    """
    options = {"details": True, "table": False, "wheel": False, "downloads": False, "level": 2}
    document = _document(scene, options)
    name = uid if uid is not None else hashlib.sha256(document.encode()).hexdigest()[:16]
    picture = base64.b64encode(svg(scene).encode()).decode("ascii")
    title = escape(f"Lineage of {legible(scene.get('title') or 'a run')}")
    return (
        f'<div class="lineage-still" data-lineage="{escape(name)}" '
        f'style="position:relative;min-height:{_EMBED_HEIGHT}px">'
        f'<img alt="{title}" style="max-width:100%" src="data:image/svg+xml;base64,{picture}">'
        f'<iframe title="{title}" sandbox="allow-scripts" '
        'style="position:absolute;left:0;top:0;width:100%;height:100%;border:0" '
        f'srcdoc="{escape(document)}"></iframe></div>'
    )


def _document(scene: Scene, options: Mapping[str, Any]) -> str:
    title = escape(f"{legible(scene.get('title') or 'Lineage')} · lineage")
    code = f"{script()}\n{_START.replace('OPTIONS', _json(options))}"
    style = stylesheet()
    for text, end in ((code, "</script"), (style, "</style")):
        assert end not in text.lower(), f"the viewer's code must not contain {end}"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(code)}'",
            f"style-src '{_digest(style)}'",
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
<title>{title}</title>
<style>{style}</style>
</head>
<body class="lineage-page">
<main id="lineage"></main>
<noscript><p>This page draws the lineage with a script, which is switched off here.</p></noscript>
{_data(scene)}
<script type="module">{code}</script>
</body>
</html>
"""


# Reads the scene that the page carries and draws it.
_START = """
const data = document.getElementById("scene");
const inflated = async (text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
};
const plain = data.type === "application/json";
const scene = plain ? JSON.parse(data.textContent) : await inflated(data.textContent);
mount(document.getElementById("lineage"), scene, OPTIONS);
"""


def _data(scene: Scene) -> str:
    """The scene as a block that no browser runs; a big one deflated."""
    text = _json(scene)
    if len(text) < _DEFLATE_FROM:
        return f'<script type="application/json" id="scene">{text}</script>'
    packed = base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")
    return f'<script type="application/deflated-json" id="scene">{packed}</script>'


def _json(value: Any) -> str:
    """JSON that is safe inside a script element: ASCII, without `<`, `>` and `&`."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False, default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(text: str) -> str:
    """How a content security policy names an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
