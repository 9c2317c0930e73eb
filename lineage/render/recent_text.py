"""Draw recent cascades as a table of text, for terminals, logs and notebooks without JavaScript."""

from __future__ import annotations

from lineage.format import format_count
from lineage.records.cascades import Cascade, RecentCascades
from lineage.render import recent_rows
from lineage.style import STATUS_STYLES
from lineage.text import encodable

WIDTH = 120  # characters of a line, unless the terminal is narrower
_NARROW = 80  # characters; a narrower table leaves the owner out
_LEAST = 8  # characters that a column keeps


def recent_text(
    recent: RecentCascades, width: int = WIDTH, rows: int = recent_rows.ROWS, encoding: str | None = None
) -> str:
    """Draw a line for each cascade: those that failed first, the others by day.

    Parameters
    ----------
    recent
        The cascades.
    width
        Characters of a line; the table fits from about 60 on.
    rows
        Cascades to show; the rest is counted.
    encoding
        Of the terminal: characters that it lacks are replaced before the columns are measured.
    """
    if not recent.cascades:
        return recent_rows.nothing(recent)
    lines = [f"{recent_rows.title(recent)}: {recent_rows.summary(recent)}"]
    sections = list(recent_rows.sections(recent))

    def cells_of(cascade: Cascade) -> tuple[str, ...]:
        return tuple(encodable(cell, encoding) for cell in _cells(cascade, recent, width >= _NARROW))

    cells = [cells_of(cascade) for _, cascades in sections for cascade in cascades][:rows]
    widths = _fitted([max(map(len, column)) for column in zip(*cells, strict=True)], width)
    left = rows
    for heading, cascades in sections:
        shown = cascades[:left]
        if not shown:
            break
        left -= len(shown)
        lines += ["", heading]
        lines += [_line(cells_of(cascade), widths, encodable("…", encoding)) for cascade in shown]
    if len(recent.cascades) > rows:
        lines += ["", f"… and {format_count(len(recent.cascades) - rows, 'more cascade')}"]
    return "\n".join(lines)


def _cells(cascade: Cascade, recent: RecentCascades, wide: bool) -> tuple[str, ...]:
    style = STATUS_STYLES[cascade.status]
    user, project = recent_rows.owner(cascade)
    state = recent_rows.state(cascade)
    words = (
        f"{style.glyph} {' '.join(recent_rows.root(cascade))}",
        f"{style.word} {state}" if cascade.status == "failed" else f"{style.word}, {state}",
        f"{cascade.started_at:%m-%d %H:%M}",
        recent_rows.took(cascade, recent.read_at),
    )
    return (*words, f"{user}  {project}".strip()) if wide else words


def _fitted(widths: list[int], width: int) -> list[int]:
    """Column widths that fit in a line: the widest of the first two columns gives way, then the last."""
    widths = list(widths)
    while (over := sum(widths) + 2 * (len(widths) - 1) - width) > 0:
        column = max((0, 1, *((4,) if len(widths) > 4 else ())), key=lambda i: widths[i])
        if widths[column] <= _LEAST:
            break
        widths[column] -= min(over, max(1, widths[column] - sorted(widths)[-2]))
    return widths


def _line(cells: tuple[str, ...], widths: list[int], more: str) -> str:
    padded = (_cut(cell, width, more).ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _cut(text: str, width: int, more: str) -> str:
    return text if len(text) <= width else text[: width - len(more)] + more
