"""Values that can be read as text, Markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from lineage.errors import InvalidArgument
from lineage.flow_map.cron_fields import zone_named
from lineage.text import clean_text, escape_hidden

# Characters that mean something in Markdown; an underscore within a word does not, but inside a name it may.
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_MENTION = re.compile(r"@(?=\w)")


@dataclass(frozen=True)
class Line:
    """A paragraph, or an item of a list if it is indented."""

    text: str
    depth: int = 0  # 0 for a paragraph, 1 for an item, 2 for an item of an item
    strong: bool = False


@dataclass(frozen=True)
class RowsPart:
    """Rows under headings."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


Part = Line | RowsPart


def readers_zone(name: str) -> ZoneInfo:
    """The time zone of the times in an answer.

    Raises
    ------
    InvalidArgument
        If it is not an IANA name; Argo's words for its own time, which a schedule may have, are none.
    """
    if name in ("", "Local"):
        raise InvalidArgument(f"the time zone {name!r} is not known; IANA names such as Europe/Berlin are")
    return zone_named(name)


class Readable:
    """A value that reads as text, Markdown and HTML; subclasses say which parts it has."""

    def parts(self) -> Iterable[Part]:
        """The paragraphs, lists and tables, from top to bottom."""
        raise NotImplementedError

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join(line for part in self.parts() for line in _text(part))

    def __repr__(self) -> str:
        return str(self)

    def to_markdown(self) -> str:
        """Return it as Markdown that fits the comment of a pull request."""
        lines: list[str] = []
        before: Part | None = None
        for part in self.parts():
            in_list = all(isinstance(p, Line) and p.depth for p in (before, part))
            if before is not None and not in_list:
                lines.append("")
            lines += _markdown(part)
            before = part
        return "\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        return f'<div class="lineage-answer">{"".join(_html(self.parts()))}</div>'


def _text(part: Part) -> Iterable[str]:
    if isinstance(part, Line):
        yield _shown(f"{'  ' * (part.depth - 1)}- {part.text}" if part.depth else part.text)
        return
    rows = [[_shown(cell) for cell in row] for row in (part.headings, *part.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def _markdown(part: Part) -> Iterable[str]:
    if isinstance(part, Line):
        text = f"**{_marked(part.text)}**" if part.strong else _marked(part.text)
        yield f"{'  ' * (part.depth - 1)}- {text}" if part.depth else text
        return
    yield f"| {' | '.join(map(_marked, part.headings))} |"
    yield f"|{' --- |' * len(part.headings)}"
    for row in part.rows:
        yield f"| {' | '.join(map(_marked, row))} |"


def _html(parts: Iterable[Part]) -> Iterable[str]:
    depth = 0
    for part in parts:
        wanted = part.depth if isinstance(part, Line) else 0
        yield "</ul>" * (depth - wanted) + "<ul>" * (wanted - depth)
        depth = wanted
        if isinstance(part, RowsPart):
            yield _html_table(part)
            continue
        text = escape(_shown(part.text))
        text = f"<strong>{text}</strong>" if part.strong else text
        yield f"<li>{text}</li>" if wanted else f"<p>{text}</p>"
    yield "</ul>" * depth


def _html_table(table: RowsPart) -> str:
    head = "".join(f"<th>{escape(_shown(cell))}</th>" for cell in table.headings)
    rows = ("".join(f"<td>{escape(_shown(cell))}</td>" for cell in row) for row in table.rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(text: str) -> str:
    """Escape control characters: names, payloads and messages come from a store."""
    return escape_hidden(clean_text(text))


def _marked(text: str) -> str:
    """Escape markup, and mentions that would notify a user of that name."""
    return _MENTION.sub("@<!-- -->", _MARKS.sub(r"\\\1", _shown(text)))
