"""Colour, symbol and wording of everything that is drawn: one place for all renderers.

Colours are AA against their background (contrast at least 3:1 for a mark, 4.5:1 for text) in the
light and in the dark theme. A status is never told by colour alone: each has a symbol and a word.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timezone

from lineage.records.model import Status


@dataclass(frozen=True)
class StatusStyle:
    """How one status looks and reads."""

    word: str
    symbol: str  # a shape that both renderers know (plotly's name)
    glyph: str  # the same in text
    light: str  # colour on a light background, #rrggbb
    dark: str  # colour on a dark background, #rrggbb


STATUS_STYLES: dict[Status | str, StatusStyle] = {
    "completed": StatusStyle("completed", "circle", "●", "#1a7f4b", "#4cc38a"),
    "failed": StatusStyle("failed", "x", "✖", "#c62a2f", "#ff8589"),
    "running": StatusStyle("running", "triangle-right", "▶", "#0b68cb", "#6cb6ff"),
    "unknown": StatusStyle("unknown", "diamond", "◆", "#6b6f76", "#a4a9b0"),
    "missing": StatusStyle("missing", "circle-open", "○", "#8a5a00", "#e0a63a"),
    "simulated": StatusStyle("simulated", "hexagon", "⬡", "#7a4fc9", "#b79bf2"),
    "event": StatusStyle("event", "star", "★", "#8250a8", "#c79df0"),
}


def status_style(node: dict[str, object]) -> StatusStyle:
    """The style of a node of a lineage graph, by its attributes."""
    if node.get("kind") == "event":
        return STATUS_STYLES["event"]
    return STATUS_STYLES.get(str(node.get("status")), STATUS_STYLES["unknown"])


def short_run_id(run_id: str) -> str:
    """A run id that fits a label; local run ids are microseconds since 1970, 16 digits.

    Examples
    --------
    >>> short_run_id("34"), short_run_id("1795556836029438"), short_run_id("argo-trainingflow-x7k2p")
    ('34', '…029438', 'argo-…-x7k2p')
    """
    if len(run_id) <= 12:
        return run_id
    if run_id.isdigit():
        return f"…{run_id[-6:]}"
    head, tail = run_id.split("-", 1)[0][:5], run_id.rsplit("-", 1)[-1][-6:]
    return f"{head}-…-{tail}"


def duration_words(seconds: float | None) -> str:
    """How long something took, as a person would say it.

    Examples
    --------
    >>> duration_words(0.4), duration_words(75), duration_words(7322), duration_words(200000)
    ('0.4 s', '1 min 15 s', '2 h 2 min', '2 d 7 h')
    """
    if seconds is None:
        return "—"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, unit, small, small_unit in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // small
            return f"{whole // size} {unit}" + (f" {rest} {small_unit}" if rest else "")
    raise AssertionError("every duration over a minute fits one of the units")


def size_words(size: float) -> str:
    """A number of bytes, as a person would say it.

    Examples
    --------
    >>> size_words(67), size_words(67_300), size_words(1_200_000_000)
    ('67 B', '67.3 kB', '1.2 GB')
    """
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def time_words(moment: datetime | None) -> str:
    """A point in time in UTC, to the second.

    Examples
    --------
    >>> time_words(datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    '2026-01-02 03:04:05 UTC'
    """
    return "—" if moment is None else f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def count_words(count: int, noun: str) -> str:
    """A number with its noun in the right form.

    Examples
    --------
    >>> count_words(1, "run"), count_words(1200, "run")
    ('1 run', '1,200 runs')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def legible(text: object, length: int = 200) -> str:
    """A string as it can be shown: what is invisible or turns the line around becomes an escape.

    Examples
    --------
    >>> legible("a\\u202eb\\n")
    'a\\\\u202eb\\\\u000a'
    """
    kept = str(text)[: length + 1]
    kept = kept if len(kept) <= length else f"{kept[: length - 1]}…"
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in hidden and c != "\u200d" else c for c in kept
    )
