"""The facts of a flow on a map, as HTML for a panel with every text escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from statistics import median

from lineage.flow_map import FlowDeclaration, FlowMap
from lineage.flow_map.declarations import short_name
from lineage.format import format_count, format_duration
from lineage.scene.flow_map_scene import EVENT, MAP_STYLES, still_look, warnings_of

# Jupyter, VS Code and marimo mark the body if their theme is dark
FACTS_CSS = """<style>
.lineage-facts { overflow-wrap: anywhere; line-height: 1.45; font-size: 13px; }
.lineage-facts .title { font-size: 15px; font-weight: 650; line-height: 1.3; }
.lineage-facts .name { font-size: 17px; font-weight: 650; line-height: 1.3; margin: 1px 0 8px; }
.lineage-facts .soft, .lineage-facts.soft { opacity: .72; }
.lineage-facts .mark { color: var(--light); font-size: 12px; font-weight: 600; }
.lineage-facts .facts { display: grid; grid-template-columns: max-content 1fr; gap: 3px 14px; }
.lineage-facts .warnings { background: #fff6e0; border: 1px solid #e6c97a; border-radius: 8px; color: #1b1d21;
  margin: 6px 0 2px; padding: 6px 12px; }
.lineage-facts summary { cursor: pointer; font-weight: 600; }
.lineage-facts ul { list-style: disc; margin: 2px 0; padding-left: 20px; }
.lineage-facts ul.runs { list-style: none; padding: 0; }
.lineage-facts pre { font-size: 12px; line-height: 1.5; margin: 4px 0; max-height: 220px; overflow: auto;
  white-space: pre-wrap; }
.lineage-facts .wrong { color: #c62a2f; }
:is([data-jp-theme-light="false"], .vscode-dark, [data-theme="dark"]) .lineage-facts {
  .mark { color: var(--dark); }
  .wrong { color: #ff8589; }
  .warnings { background: #2d2613; border-color: #6b5820; color: #e9ebee; }
}
</style>"""

FactRows = Iterator[tuple[str, str]]
ENOUGH = 3  # completed runs that it takes to say what is usual


def facts_html(
    flows: FlowMap, key: str, more: Iterable[tuple[str, str]] = (), look: tuple[str, str] | None = None
) -> str:
    """Format a flow or an event: its name and its declaration.

    Parameters
    ----------
    more
        Further rows, each with a title and a text; they come first.
    look
        The name of a style and a word, in place of those of a map on which nothing happens.
    """
    name_of_style, word = look or (still_look(flows, key)[0], "")
    style = MAP_STYLES[name_of_style]
    name = key.removeprefix(EVENT) if key.startswith(EVENT) else short_name(key)
    declared = flows.declarations.get(key)
    rows = _flow_rows(flows, declared) if declared else _other_rows(flows, key)
    facts = "".join(
        f'<span class="soft">{html.escape(title)}</span><span>{_breakable(value)}</span>'
        for title, value in (*more, *rows)
    )
    colours = f"--light:{style.light};--dark:{style.dark}"
    return (
        f'{FACTS_CSS}<div class="lineage-facts">'
        f'<div class="mark" style="{colours}">{style.glyph} {word or style.word}</div>'
        f'<div class="name">{html.escape(name)}</div><div class="facts">{facts}</div></div>'
    )


def _breakable(text: str) -> str:
    """Text as HTML; a long path breaks behind its slashes."""
    words = (html.escape(word).replace("/", "/<wbr>" if len(word) > 24 else "/") for word in text.split(" "))
    return " ".join(words)


def hint_html(words: str) -> str:
    """A line for a panel that has nothing to show."""
    return f'{FACTS_CSS}<div class="lineage-facts soft">{html.escape(words)}</div>'


def headline_html(flows: FlowMap, title: str = "Flow map", *more: str) -> str:
    """The size of a map and its warnings, shown above it.

    Parameters
    ----------
    title
        The heading.
    more
        Words behind the size.
    """
    counts = [format_count(len(flows), "flow")]
    if flows.events:
        counts.append(format_count(len(flows.events), "event"))
    counts.append(format_count(flows.graph.number_of_edges(), "trigger"))
    return (
        f'{FACTS_CSS}<div class="lineage-facts">'
        f'<div class="title" role="heading" aria-level="2">{title}</div>'
        f'<div class="soft">{" · ".join([*counts, *more])}</div>{_warnings(warnings_of(flows))}</div>'
    )


def _warnings(sentences: list[str]) -> str:
    if not sentences:
        return ""
    lines = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences[:50])
    more = f"<li>and {format_count(len(sentences) - 50, 'more warning')}</li>" if len(sentences) > 50 else ""
    opened = "open" if len(sentences) < 6 else ""
    return (
        f'<details class="warnings" {opened}><summary>⚠ {format_count(len(sentences), "warning")}</summary>'
        f"<ul>{lines}{more}</ul></details>"
    )


def _flow_rows(flows: FlowMap, declared: FlowDeclaration) -> FactRows:
    if declared.project:
        yield "project", f"{declared.project} / {declared.branch}"
    listens = [f"{w.label}{' (assumed)' if w.assumed else ''}" for w in declared.listens]
    if listens:
        yield ("fires after all of" if len(listens) > 1 else "fires after"), ", ".join(listens)
    yield from _effects(flows, declared.key)
    if declared.schedule:
        yield "scheduled", f"{declared.schedule.cron} ({declared.schedule.timezone})"
    if declared.reset_at:
        yield "forgets at", f"{declared.reset_at.cron} ({declared.reset_at.timezone})"
    if declared.durations:
        count = len(declared.durations)
        name = "usually takes" if count >= ENOUGH else "took so far"
        yield name, f"{format_duration(median(declared.durations))}, of {format_count(count, 'run')}"
    if declared.failure_rate:
        yield "failed so far", f"{declared.failure_rate:.0%}"
    yield "known from", declared.declared_by
    if declared.notes:
        yield "note", "; ".join(declared.notes)
    if declared.refused:
        yield "refused", "; ".join(declared.refused)
    if declared.assumed:
        yield "assumed", declared.assumed


def _other_rows(flows: FlowMap, key: str) -> FactRows:
    if key.startswith(EVENT):
        senders = flows.graph.predecessors(key)
        yield from _listed("sent by", map(short_name, senders))
    yield from _effects(flows, key)


def _effects(flows: FlowMap, key: str) -> FactRows:
    yield from _listed("sets off", (short_name(n).removeprefix(EVENT) for n in flows.graph.successors(key)))


def _listed(title: str, names: Iterable[str]) -> FactRows:
    listed = list(names)
    if listed:
        more = f" and {len(listed) - 30:,} more" if len(listed) > 30 else ""
        yield title, ", ".join(listed[:30]) + more
