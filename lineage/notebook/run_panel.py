"""The panel beside the graph: facts, triggers and artifacts of the selected node."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets as widgets

from lineage.api.lineages import Lineage
from lineage.client.artifacts import Artifact, RunDetails, artifact_value, run_details
from lineage.client.values import value_html, value_text
from lineage.errors import LineageError
from lineage.format import format_count, format_duration, format_size, format_time, legible
from lineage.style import status_style
from lineage.text import encode_json, escape_message

_LENGTH = 500  # characters of one fact
_NEIGHBOURS = 50  # causes, and effects, that are named
_NOTHING = "Select a run to see its details."

# Jupyter and VS Code mark the body if their theme is dark
_CSS = """<style>
.lineage-panel { overflow-wrap: anywhere; line-height: 1.45; font-size: 13px; }
.lineage-panel .name { font-size: 15px; font-weight: 600; }
.lineage-panel .soft { opacity: .72; }
.lineage-panel code { font-size: 12px; user-select: all; }
.lineage-panel .mark { color: var(--light); font-weight: 600; margin: 2px 0 10px; }
[data-jp-theme-light="false"] .lineage-panel .mark, .vscode-dark .lineage-panel .mark { color: var(--dark); }
.lineage-panel .facts { display: grid; grid-template-columns: max-content 1fr; gap: 3px 14px; }
.lineage-panel pre { font-size: 12px; max-height: 240px; overflow: auto; white-space: pre-wrap; }
.lineage-panel .wrong { color: #c62a2f; }
[data-jp-theme-light="false"] .lineage-panel .wrong, .vscode-dark .lineage-panel .wrong { color: #ff8589; }
</style>"""


def facts_html(lineage: Lineage, key: str, details: RunDetails | None = None) -> str:
    """Format the facts of a node as HTML, with every recorded text escaped.

    Parameters
    ----------
    lineage, key
        The node.
    details
        Details of the run, once they have been read.
    """
    node = lineage.graph.nodes[key]
    style = status_style(node)
    rows = _event_rows(node) if node["kind"] == "event" else _run_rows(node)
    rows += _neighbour_rows(lineage, key)
    if details:
        rows += [(name, value) for name, value in details.code.items()]
        rows += [
            (f"parameter {name}", _format_parameter(value)) for name, value in details.parameters.items()
        ]
    facts = "".join(_fact(name, value) for name, value in rows if value and value != "—")
    colours = f"--light:{style.light};--dark:{style.dark}"
    return (
        f'{_CSS}<div class="lineage-panel">{_heading(key, node)}'
        f'<div class="mark" style="{colours}">{style.glyph} {style.word}</div>'
        f'<div class="facts">{facts}</div></div>'
    )


def _heading(key: str, node: dict[str, Any]) -> str:
    name = node["name"] if node["kind"] == "event" else node["flow"]
    heading = f'<div class="name" title="{html.escape(legible(key))}">{html.escape(legible(name))}</div>'
    if node["kind"] == "event":
        return heading
    # one click selects all of it for copying
    return f"{heading}<code>{html.escape(f'Run({encode_json(key)})')}</code>"


def _fact(name: str, value: str) -> str:
    shown = escape_message(value, _LENGTH)
    return f'<span class="soft">{html.escape(legible(name, 80))}</span><span>{html.escape(shown)}</span>'


def _neighbour_rows(lineage: Lineage, key: str) -> Iterator[tuple[str, str]]:
    """The causes of a node, then its effects; of very many the first, and how many more there are."""
    graph = lineage.graph
    causes = [(_cause_word(edge), cause) for cause, _, edge in graph.in_edges(key, data=True)]
    for rows in (causes, [("set off", effect) for effect in graph.successors(key)]):
        yield from ((word, _title(lineage, other)) for word, other in rows[:_NEIGHBOURS])
        if len(rows) > _NEIGHBOURS:
            yield rows[_NEIGHBOURS][0], f"{len(rows) - _NEIGHBOURS:,} more"


def _cause_word(edge: dict[str, Any]) -> str:
    return "resumes" if edge["kind"] == "resume" else "triggered by"


def _title(lineage: Lineage, key: str) -> str:
    node = lineage.graph.nodes[key]
    return f"event {node['name']}" if node["kind"] == "event" else key


def _run_rows(node: dict[str, Any]) -> list[tuple[str, str]]:
    began, ended = node["created_at"], node["finished_at"]
    return [
        ("started", format_time(began)),
        ("finished", format_time(ended)),
        ("took", _took(node) if began and ended else ""),
        ("user", node["user"] or ""),
        ("tags", ", ".join(node["tags"])),
        ("project", "/".join(filter(None, (node["project"], node["branch"])))),
        ("not shown", format_count(node["more_upstream"], "cause") if node.get("more_upstream") else ""),
    ]


def _took(node: dict[str, Any]) -> str:
    words = format_duration((node["finished_at"] - node["created_at"]).total_seconds())
    usual = node.get("usual_duration")
    if not usual:
        return words
    return f"{words} (usually {format_duration(usual)}, of {format_count(node.get('usual_of', 0), 'run')})"


def _event_rows(node: dict[str, Any]) -> list[tuple[str, str]]:
    payload = node["payload"] or {}
    rows = [("at", format_time(node["timestamp"])), ("id", node["event_id"] or "")]
    return rows + [(f"payload {name}", value_text(value, _LENGTH)) for name, value in payload.items()]


def _format_parameter(value: Any) -> str:
    """Text in quotes, which tell `'5'` from `5`."""
    return repr(value) if isinstance(value, str) else value_text(value, _LENGTH)


def _format_artifact(artifact: Artifact) -> str:
    known = [artifact.type] if artifact.type else []
    known += [format_size(artifact.size)] if artifact.size is not None else []
    name = legible(artifact.name, 80)
    return f"{name}  ({', '.join(known)})" if known else name


class Panel(widgets.HBox):
    """Follows a selection; reads artifact names in a thread, and a value on request."""

    def __init__(self) -> None:
        side = {"flex": "1 1 300px", "min_width": "0"}
        self._facts = widgets.HTML(_NOTHING, layout=side)
        self._names = widgets.Select(description="Artifacts", rows=5, layout={"width": "auto"})
        self._load = widgets.Button(description="Load value", tooltip="Load the selected artifact")
        self._value = widgets.HTML()
        self._error = widgets.HTML()
        held = [self._names, self._load, self._value]
        self._artifacts = widgets.VBox(held, layout={"flex": "1 1 300px", "max_width": "560px"})
        self._lineage: Lineage | None = None
        self._key: str | None = None
        self._load.on_click(lambda _: self.load_value())
        self._artifacts.layout.display = "none"
        layout = {"flex": "1 1 300px", "min_width": "0", "flex_flow": "row wrap", "grid_gap": "8px 24px"}
        super().__init__([self._facts, self._artifacts, self._error], layout={"display": "flex", **layout})

    def show(self, lineage: Lineage, key: str | None) -> threading.Thread | None:
        """Show a node; the returned thread reads the names of its artifacts."""
        self._lineage, self._key = lineage, key
        self._value.value, self._error.value = "", ""
        self._artifacts.layout.display = "none"
        if key is None or key not in lineage.graph:
            self._facts.value = _NOTHING
            return None
        self._facts.value = facts_html(lineage, key)
        node = lineage.graph.nodes[key]
        if node["kind"] == "event" or node["status"] == "missing":
            return None
        return self._in_thread(lambda: self._show_details(lineage, key))

    def _show_details(self, lineage: Lineage, key: str) -> None:
        details = run_details(lineage[key])
        if key == self._key:  # the selection may have changed meanwhile
            self._facts.value = facts_html(lineage, key, details)
            on_a_click = (*details.artifacts, *details.loadable)
            self._names.options = [(_format_artifact(artifact), artifact.name) for artifact in on_a_click]
            self._artifacts.layout.display = "" if on_a_click else "none"

    def load_value(self) -> threading.Thread | None:
        """Load and show the value of the artifact selected in the list."""
        lineage, key, name = self._lineage, self._key, self._names.value
        if lineage is None or key is None or name is None:
            return None
        self._value.value, self._error.value = "Loading …", ""
        return self._in_thread(lambda: self._show_value(lineage, key, name))

    def _show_value(self, lineage: Lineage, key: str, name: str) -> None:
        try:
            shown = value_html(artifact_value(lineage[key], name))
        except LineageError:
            self._value.value = ""
            raise
        if key == self._key:
            self._value.value = f'<div class="lineage-panel">{shown}</div>'

    def _in_thread(self, work: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                work()
            except Exception as exc:  # an error is shown under the widget instead of in a log
                self.show_error(exc)

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        return thread

    def show_error(self, error: Exception) -> None:
        """Show an error in the panel."""
        words = escape_message(
            error if isinstance(error, LineageError) else f"{type(error).__name__}: {error}"
        )
        self._error.value = (
            f'<div class="lineage-panel"><div class="wrong" role="alert">✖ {html.escape(words)}</div></div>'
        )
