"""Recent cascades as a table of HTML, for notebooks: it takes the colours of the page that it stands in."""

from __future__ import annotations

from html import escape

from lineage.format import format_count, format_duration, format_time
from lineage.records.cascades import Cascade, RecentCascades
from lineage.render import recent_rows
from lineage.render.recent_strip import strip
from lineage.style import STATUS_STYLES
from lineage.viewer import built

ROWS = 50  # cascades in the table of a cell
WINDOWS = {"1d": "24 h", "7d": "7 d", "30d": "30 d"}
_HEADINGS = ("Began with", "Now", "Its runs over time", "Runs", "Owner", "Began, UTC", "Took")
_NUMBERS = ("Runs", "Began, UTC", "Took")  # aligned to the right


def recent_html(recent: RecentCascades, uid: str = "", rows: int = ROWS) -> str:
    """Draw the cascades that failed first, and the others by day, for a page without a kernel.

    Parameters
    ----------
    recent
        The cascades.
    uid
        Marks the table, so that the widget which shows the same can hide it.
    rows
        Cascades to show; the rest is counted.
    """
    mark = f' data-lineage="{escape(uid)}"' if uid else ""
    kind = "lineage-recent lineage-still" if uid else "lineage-recent"
    style = f"<style>{built('recent.min.css')}</style>"
    return f'<div class="{kind}"{mark}>{style}{recent_table(recent, rows)}</div>'


def recent_table(recent: RecentCascades, rows: int = ROWS, buttons: bool = False) -> str:
    """The headings and the table; with buttons if a widget listens. All text from a store is escaped."""
    if recent.cascades:
        facts = f"{recent_rows.summary(recent)}, read {format_time(recent.read_at)}"
    else:
        facts = recent_rows.nothing(recent)
    parts = [f'<p class="lr-title">{escape(recent_rows.title(recent))}</p>', _muted("p", facts)]
    if buttons:
        parts.append(_bar(recent))
    if recent.cascades:
        parts.append(_table(recent, rows, buttons))
    if (more := len(recent.cascades) - rows) > 0:
        parts.append(_muted("p", f"{format_count(more, 'more cascade')} not shown"))
    return "".join(parts)


def _muted(tag: str, text: str) -> str:
    return f'<{tag} class="lr-muted">{escape(text)}</{tag}>'


def _bar(recent: RecentCascades) -> str:
    """Buttons that choose a status and a window."""
    counts = {name: sum(c.status == name for c in recent.cascades) for name in ("failed", "running")}
    labels = {"all": f"All {len(recent.cascades):,}"}
    labels |= {n: f"{STATUS_STYLES[n].glyph} {n.title()} {count:,}" for n, count in counts.items() if count}
    statuses = (f'<button type="button" data-status="{n}">{text}</button>' for n, text in labels.items())
    windows = (f'<button type="button" data-since="{n}">{text}</button>' for n, text in WINDOWS.items())
    return f'<div class="lr-bar"><span>{"".join(statuses)}</span><span>{"".join(windows)}</span></div>'


def _table(recent: RecentCascades, rows: int, buttons: bool) -> str:
    usual = recent_rows.usual(recent.cascades)
    body, left = [], rows
    for heading, cascades in recent_rows.sections(recent):
        shown = cascades[:left]
        left -= len(shown)
        if shown:
            head = f'<th scope="rowgroup" colspan="{len(_HEADINGS)}">{escape(heading)}</th>'
            body.append(f'<tr class="lr-section">{head}</tr>')
            body += [_row(cascade, recent, usual.get(cascade.name), buttons) for cascade in shown]
    columns = "".join(f'<th scope="col"{_class(name)}>{name}</th>' for name in _HEADINGS)
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _row(cascade: Cascade, recent: RecentCascades, usual: float | None, buttons: bool) -> str:
    style = STATUS_STYLES[cascade.status]
    name, word = map(escape, recent_rows.root(cascade))
    title = f"<b>{name}</b> {word}"
    if buttons:
        title = f'<button type="button" data-cascade="{escape(cascade.root)}">{title}</button>'
    user, project = recent_rows.owner(cascade)
    ordinary = f"usual {format_duration(usual)}" if usual is not None else ""
    status = f'<span class="lr-text-{cascade.status}">{style.glyph} {style.word}</span>'
    cells = (
        _two(title, recent_rows.origin(cascade)),
        _two(status, recent_rows.state(cascade)),
        strip(cascade, round(recent.read_at.timestamp() * 1e6)),
        f"{len(cascade):,}",
        _two(escape(user), project),
        f"{cascade.started_at:%a %d %b %H:%M}",
        _two(recent_rows.took(cascade, recent.read_at), ordinary),
    )
    row = "".join(f"<td{_class(n)}>{cell}</td>" for n, cell in zip(_HEADINGS, cells, strict=True))
    return f'<tr data-status="{cascade.status}">{row}</tr>'


def _two(first: str, second: str) -> str:
    """A cell of two lines: HTML, and a text."""
    return f"{first}<br>{_muted('span', second)}" if second else first


def _class(heading: str) -> str:
    return ' class="lr-number"' if heading in _NUMBERS else ""
