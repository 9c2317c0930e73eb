"""The card without a picture: a few sentences, with nothing but Metaflow and the standard library."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_STYLE = "font:15px/1.6 system-ui,sans-serif;max-width:60em;margin:2em;overflow-wrap:anywhere"


def text_page(heading: str, lines: Iterable[str]) -> str:
    """A document with a heading and a paragraph for each line, in ASCII: right in whatever encoding."""
    heading = _visible(heading)
    paragraphs = "\n".join(f"<p>{escape(_visible(line))}</p>" for line in lines)
    page = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(heading)}</title></head>
<body style="{_STYLE}">
<h1 style="font-size:1.3em">{escape(heading)}</h1>
{paragraphs}
</body>
</html>
"""
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _visible(text: str) -> str:
    """The text with control characters as escapes: `card get` prints the page on a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def trigger_lines(pathspec: str) -> list[str]:
    """The triggers of a run from Metaflow's client, one sentence each."""
    from metaflow import Run  # Metaflow imports its cards before its client

    try:
        trigger = Run(pathspec, _namespace_check=False).trigger
        causes = [_cause(event) for event in trigger.events] if trigger else []
    except Exception as exc:  # whatever a provider, or a broken record, may raise: the card says so
        return [f"What triggered this run could not be read ({type(exc).__name__}: {exc})."]
    return causes or ["Nothing triggered this run."]


def _cause(event: object) -> str:
    """One triggering event as `MetaflowEvent` has it; that of a run has the end task's pathspec as its id."""
    name, identity, kind, when = (getattr(event, field) for field in ("name", "id", "type", "timestamp"))
    what = "/".join(str(identity).split("/")[:2]) if kind == "run" else f"the event {name}"
    return f"Triggered by {what}" + (f" at {when:%Y-%m-%d %H:%M:%S}." if when else ".")
