"""The replay panel below a simulator: show the plan, ask, run it, and allow stopping it."""

from __future__ import annotations

import html
import shlex
from collections.abc import Callable
from dataclasses import replace

import ipywidgets as widgets

from lineage.errors import LineageError
from lineage.format import format_count, format_duration, legible
from lineage.notebook.flow_panel import FACTS_CSS
from lineage.replaying import Engine, Plan, ReplayProgress, ReplayResult, RunState, configured_engines
from lineage.replaying.argo.event import EventPlan
from lineage.replaying.argo.plan import ArgoPlan
from lineage.replaying.engines import NAMES
from lineage.replaying.job import ReplayJob
from lineage.replaying.plan import PlannedRun, parameter_words
from lineage.sources import Source
from lineage.style import STATUS_STYLES

_GLYPHS = {"waiting": "○", "skipped": "○"} | {
    name: STATUS_STYLES[name].glyph for name in ("running", "completed", "failed")
}
_HIDDEN, _SHOWN = "none", ""


class ReplayPanel(widgets.VBox):
    """A button at first, then the plan with a question, then the progress.

    Parameters
    ----------
    plan
        Returns the plan for an engine; called when the button is pressed.
    changed
        Called with the replay on each change, and with None when the panel is closed.
    source
        Where runs are recorded.
    """

    def __init__(
        self,
        plan: Callable[[Engine], Plan],
        changed: Callable[[ReplayResult | None], None],
        source: Source | str | None = None,
    ) -> None:
        self._ask_plan, self._changed, self._source = plan, changed, source
        self._plan: Plan | None = None
        self.job: ReplayJob | None = None
        self._open = widgets.Button(
            description="Replay for real …",
            tooltip="Show what would be run, and ask",
        )
        engines = configured_engines()
        self._where = widgets.Dropdown(
            options=[(NAMES[engine], engine) for engine in engines],
            description="on",
            style={"description_width": "initial"},
            layout={"width": "auto", "display": _SHOWN if len(engines) > 1 else _HIDDEN},
        )
        self._run = widgets.Button(button_style="primary")
        self._close = widgets.Button(description="Not now")
        self._cancel = widgets.Button(description="Cancel the replay")
        self._words = widgets.HTML()
        self._open.on_click(lambda _: self._offer())
        self._run.on_click(lambda _: self._start())
        self._close.on_click(lambda _: self._put_away())
        self._cancel.on_click(lambda _: self._stop())
        buttons = widgets.HBox([self._where, self._open, self._close, self._cancel, self._run])
        super().__init__([self._words, buttons])
        self.add_class("ln-sim-replay")
        self._reveal(self._open)

    def _offer(self) -> None:
        try:
            self._plan = self._ask_plan(self._where.value)
        except Exception as error:  # shown under the widget instead of in a log
            self._words.value = _framed(_wrong(error))
            return
        self._run.description = _question(self._plan)
        self._words.value = _framed(offer_html(self._plan))
        self._close.description = "Not now"
        self._reveal(self._run, self._close)

    def _start(self) -> None:
        if self._plan is None:
            return
        self._reveal(self._cancel)
        self._cancel.disabled = False
        self.show(ReplayResult(self._plan, dict.fromkeys(self._plan.runs, RunState())))
        self.job = ReplayJob(self._plan, self._progress, self._ended, source=self._source)

    def _progress(self, change: ReplayProgress) -> None:
        self.show(change.replay)

    def show(self, replay: ReplayResult, headline: str = "Running …") -> None:
        """Show the progress of a replay."""
        self._words.value = _framed(progress_html(replay, headline))
        self._changed(replay)

    def _stop(self) -> None:
        if self.job:
            self._cancel.disabled = True
            self.job.cancel()

    def _ended(self, result: ReplayResult | Exception) -> None:
        if isinstance(result, Exception):
            self._words.value = _framed(_wrong(result))
        else:
            cancelled = self.job is not None and self.job.cancelled
            self.show(result, _headline(result, cancelled))
        self._close.description = "Back to the simulation"
        self._reveal(self._close)

    def _put_away(self) -> None:
        self._words.value = ""
        self._reveal(self._open)
        self._changed(None)

    def _reveal(self, *shown: widgets.Button) -> None:
        for button in (self._open, self._run, self._close, self._cancel):
            button.layout.display = _SHOWN if button in shown else _HIDDEN
        chosen = self._open in shown and len(self._where.options) > 1
        self._where.layout.display = _SHOWN if chosen else _HIDDEN


def _question(plan: Plan) -> str:
    count = len(plan.runs)
    if isinstance(plan, EventPlan):
        return "Publish it now"
    return f"Run {'it' if count == 1 else f'these {count}'} now"


def _headline(result: ReplayResult, cancelled: bool) -> str:
    if isinstance(result.plan, EventPlan):
        return "Published"
    if cancelled and isinstance(result.plan, ArgoPlan):
        return "Cancelled; what was submitted is terminated"
    if cancelled:
        return "Cancelled; nothing is left running"
    return "All completed" if result.succeeded else "Not all of it completed"


def offer_html(plan: Plan) -> str:
    """The plan of a replay, as HTML, for the user to confirm."""
    lines = "".join(f"<li>{_offer(run, plan)}</li>" for run in plan.runs.values())
    remarks = "".join(f"<p>! {html.escape(remark)}</p>" for remark in plan.remarks)
    commands = f"<details><summary>Commands</summary><pre>{html.escape(plan.script())}</pre></details>"
    return f'<div class="name">{_what(plan)}</div><ol>{lines}</ol>{remarks}{commands}'


def _what(plan: Plan) -> str:
    flows = format_count(len(plan.runs), "flow")
    if isinstance(plan, EventPlan):
        return f"This publishes the event {html.escape(plan.name)}"
    if isinstance(plan, ArgoPlan):
        return f"This runs {flows} on Argo Workflows, with the deployed code"
    return f"This runs {flows} on this machine, with today’s code"


def _offer(run: PlannedRun, plan: Plan) -> str:
    """A flow, where its code is, and the parameters that it is given, as HTML."""
    place = str(run.file)
    if isinstance(plan, ArgoPlan):
        submission = plan.submissions[run.key]
        place = f"{'starts by itself' if submission.arrives else 'is submitted'}: {submission.template.name}"
        run = replace(run, parameters=submission.parameters)
    given = legible(shlex.join(parameter_words(run)))
    words = f"{html.escape(run.flow)} <span class='soft'>{html.escape(place)}</span>"
    return f"{words} <code>{html.escape(given)}</code>" if given else words


def progress_html(replay: ReplayResult, headline: str) -> str:
    """The state of each run of a replay, as HTML."""
    lines = "".join(_line(replay, key, state) for key, state in replay.states.items())
    return f'<div class="name" role="status">{html.escape(headline)}</div><ul class="runs">{lines}</ul>'


def _line(replay: ReplayResult, key: str, state: RunState) -> str:
    name = state.pathspec or replay.plan.runs[key].flow
    took = f" in {format_duration(state.seconds)}" if state.seconds is not None else ""
    style = STATUS_STYLES.get(state.status, STATUS_STYLES["unknown"])
    log = f"<pre>{html.escape(state.log)}</pre>" if state.log else ""
    colours = f"--light:{style.light};--dark:{style.dark}"
    return (
        f'<li><span class="mark" style="{colours}">{_GLYPHS[state.status]}</span> {html.escape(name)} '
        f'<span class="soft">{state.status}{took}</span>{log}</li>'
    )


def _wrong(error: Exception) -> str:
    words = str(error) if isinstance(error, LineageError) else f"{type(error).__name__}: {error}"
    return f'<div class="wrong" role="alert">✖ {html.escape(words)}</div>'


def _framed(content: str) -> str:
    return f'{FACTS_CSS}<div class="lineage-facts">{content}</div>'
