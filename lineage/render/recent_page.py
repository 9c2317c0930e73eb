"""Recent cascades as a table of HTML, for notebooks: it takes the colours of the page that it stands in."""

from __future__ import annotations

from html import escape

from lineage.format import format_count, format_duration, format_time
from lineage.records.cascades import Cascade, RecentCascades
from lineage.render import recent_rows
from lineage.render.recent_strip import strip
from lineage.style import STATUS_STYLES

ROWS = 50  # cascades in the table of a cell
_HEADINGS = ("Began with", "Now", "Its runs over time", "Runs", "Owner", "Began, UTC", "Took")


def recent_html(recent: RecentCascades, uid: str = "", rows: int = ROWS) -> str:
    """Draw the cascades that failed first, and the others by day.

    Parameters
    ----------
    recent
        The cascades.
    uid
        Marks the table, so that a widget can hide it; a table with a mark has no buttons.
    rows
        Cascades to show; the rest is counted.
    """
    mark = f' data-lineage="{escape(uid)}"' if uid else ""
    kind = "lineage-recent lineage-still" if uid else "lineage-recent"
    return f'<div class="{kind}"{mark}>{table(recent, rows)}</div>'


def table(recent: RecentCascades, rows: int = ROWS, buttons: bool = False) -> str:
    """The heading and the table, with the name of each root as a button if a widget listens."""
    head = f"<p class='lr-title'>{escape(recent_rows.title(recent))}</p>"
    if not recent.cascades:
        return f"{_style()}{head}<p class='lr-muted'>{escape(recent_rows.nothing(recent))}</p>"
    head += (
        f"<p class='lr-muted'>{escape(recent_rows.summary(recent))}, read {format_time(recent.read_at)}</p>"
    )
    usual = recent_rows.usual(recent.cascades)
    body, left = [], rows
    for heading, cascades in recent_rows.sections(recent):
        shown = cascades[:left]
        left -= len(shown)
        if shown:
            body.append(
                f'<tr class="lr-section"><th scope="rowgroup" colspan="7">{escape(heading)}</th></tr>'
            )
            body += [_row(cascade, recent, usual.get(cascade.name), buttons) for cascade in shown]
    columns = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    more = len(recent.cascades) - rows
    foot = f"<p class='lr-muted'>{format_count(more, 'more cascade')} not shown</p>" if more > 0 else ""
    rowed = "".join(body)
    return f"{_style()}{head}<table><thead><tr>{columns}</tr></thead><tbody>{rowed}</tbody></table>{foot}"


def _row(cascade: Cascade, recent: RecentCascades, usual: float | None, buttons: bool) -> str:
    style = STATUS_STYLES[cascade.status]
    name, word = map(escape, recent_rows.root(cascade))
    title = f"<b>{name}</b> {word}"
    if buttons:
        title = f'<button type="button" data-root="{escape(cascade.root)}">{title}</button>'
    user, project = map(escape, recent_rows.owner(cascade))
    now = round(recent.read_at.timestamp() * 1e6)
    ordinary = f"usual {format_duration(usual)}" if usual is not None else ""
    status = f'<span class="lr-text-{cascade.status}">{style.glyph} {escape(style.word)}</span>'
    cells = (
        _two(title, escape(recent_rows.origin(cascade))),
        _two(status, escape(recent_rows.state(cascade))),
        strip(cascade, now),
        f"{len(cascade):,}",
        _two(user, project),
        f"{cascade.started_at:%a %d %b %H:%M}",
        _two(recent_rows.took(cascade, recent.read_at), ordinary),
    )
    cells_html = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr class="lr-row-{cascade.status}">{cells_html}</tr>'


def _two(first: str, second: str) -> str:
    """A cell of two lines; both are HTML."""
    return f'{first}<br><span class="lr-muted">{second}</span>' if second else first


def _style() -> str:
    """The colours of statuses in both themes; all others are those of the page, or mixed from them."""
    light, dark = (
        "".join(f"--lr-{name}:{getattr(style, theme)};" for name, style in STATUS_STYLES.items())
        for theme in ("light", "dark")
    )
    names = [name for name in STATUS_STYLES if name not in ("event", "simulated")]
    bars = "".join(f".lineage-recent .lr-{name}{{fill:var(--lr-{name})}}" for name in names)
    texts = "".join(f".lineage-recent .lr-text-{name}{{color:var(--lr-{name})}}" for name in names)
    return (
        f"<style>.lineage-recent{{{light}}}"
        f"@media (prefers-color-scheme:dark){{body:not([data-jp-theme-light]) .lineage-recent{{{dark}}}}}"
        f'[data-jp-theme-light="false"] .lineage-recent,.vscode-dark .lineage-recent{{{dark}}}'
        f"{bars}{texts}{_RULES}</style>"
    )


_RULES = """
.lineage-recent{font:13px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;max-width:1100px;
overflow-x:auto}
.lineage-recent .lr-title{font-size:17px;font-weight:650;margin:0}
.lineage-recent .lr-muted{font-size:12px;opacity:.8;margin:0 0 8px}
.lineage-recent table{border-collapse:collapse;width:100%;font-size:13px;border:0}
.lineage-recent tr,.lineage-recent tbody tr:nth-child(n),.lineage-recent tbody tr:hover{background:none}
.lineage-recent th,.lineage-recent td{text-align:left;padding:6px 10px;white-space:nowrap;vertical-align:top;
border:0;border-top:1px solid rgba(128,128,128,.3)}
.lineage-recent th{font-size:12px;font-weight:600}
.lineage-recent td:nth-child(n+4),.lineage-recent thead th:nth-child(n+4){text-align:right}
.lineage-recent td:nth-child(5),.lineage-recent thead th:nth-child(5){text-align:left}
.lineage-recent td span[class^=lr-text]{font-weight:650}
.lineage-recent tbody tr.lr-section:nth-child(n){background:rgba(128,128,128,.1)}
.lineage-recent tbody tr.lr-row-failed:nth-child(n){background:rgba(220,60,60,.1)}
.lineage-recent tbody tr.lr-row-failed td:first-child{box-shadow:inset 3px 0 var(--lr-failed)}
.lineage-recent button{all:unset;cursor:pointer}
.lineage-recent button:hover{text-decoration:underline}
.lineage-recent button:focus-visible{outline:2px solid;outline-offset:2px}
.lineage-recent tr:has(button):hover{background:rgba(128,128,128,.12)!important}
"""
