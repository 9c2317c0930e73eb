"""Resolve the values of `--trigger` into trigger entries, once, before the run starts."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from metaflow.exception import MetaflowNotFound

from ..metadata.causes import TriggerEntry
from ..near_names import nearest
from ..trigger.recorded import end_task, task_fields
from .declared import DeclaredEvent
from .refusal import TriggerRefused
from .specs import BadSpec, EventSpec, RunSpec, parse_spec, quote

if TYPE_CHECKING:
    from metaflow import Run, Task

# Number of tasks to check in order to tell a failed run from a running one.
TASKS_LOOKED_AT = 200


class Resolver:
    """Resolves `--trigger` values into trigger entries, or refuses them.

    Parameters
    ----------
    flow : str
        Name of the flow that is to run.
    events : sequence of DeclaredEvent
        The events of its @trigger or @trigger_on.
    flows : sequence of str
        The flows of its @trigger_on_finish.
    strict : bool
        Whether to refuse a run of another flow instead of printing a warning.
    warn : callable
        Prints one line.
    """

    def __init__(
        self,
        flow: str,
        events: Sequence[DeclaredEvent],
        flows: Sequence[str],
        strict: bool,
        warn: Callable[[str], None],
    ) -> None:
        self._flow = flow
        self._events = events
        self._flows = flows
        self._strict = strict
        self._warn = warn

    def entries(self, values: Sequence[str]) -> list[TriggerEntry]:
        """Resolve the values.

        Raises
        ------
        TriggerRefused
            If one of them cannot trigger the flow.
        """
        specs = [parse(value) for value in values]
        events = [spec for spec in specs if isinstance(spec, EventSpec)]
        declared = [self._declared(spec) for spec in events]
        self._refuse_duplicates(events, declared)
        now = int(time.time())
        entries = [_event(spec, to, now) for spec, to in zip(events, declared, strict=True)]
        for run in dict.fromkeys(spec for spec in specs if isinstance(spec, RunSpec)):
            self._refuse_flow(run)
            entries += run_entries(run.pathspec)
            self._warn_of_flow(run)
        return entries

    def _declared(self, spec: EventSpec) -> DeclaredEvent:
        for event in self._events:
            if event.answers_to(spec.name):
                return event
        if not self._events:
            what = f"{self._flow} does not listen to events, only to runs of {_list(self._flows)}"
            how = f"a run is written {self._flows[0]}/run-id" if self._flows else ""
            raise TriggerRefused(f"{quote(spec.name)} is an event, and {what}; {how}")
        names = [event.logical or event.name for event in self._events]
        raise TriggerRefused(
            f"{self._flow} does not listen to the event {quote(spec.name)}, only to "
            f"{_list(names)}{nearest(spec.name, names)}"
        )

    def _refuse_duplicates(self, specs: list[EventSpec], declared: list[DeclaredEvent]) -> None:
        for position, event in enumerate(declared):
            if event in declared[:position]:
                raise TriggerRefused(
                    f"the event {quote(specs[position].name)} is given twice; give each event once"
                )

    def _refuse_flow(self, spec: RunSpec) -> None:
        if spec.flow not in self._flows and (self._strict or not self._flows):
            raise TriggerRefused(f"{quote(spec.pathspec)}: {self._deaf_to(spec)}")

    def _warn_of_flow(self, spec: RunSpec) -> None:
        if spec.flow not in self._flows:
            self._warn(f"{self._deaf_to(spec)}; {spec.pathspec} would not trigger it in production")

    def _deaf_to(self, spec: RunSpec) -> str:
        events = [event.logical or event.name for event in self._events]
        heard = f"to runs of {_list(self._flows)}" if self._flows else f"to the events {_list(events)}"
        return f"{self._flow} does not listen to {spec.flow}, only {heard}"


def parse(value: str) -> RunSpec | EventSpec:
    """Parse a value as `parse_spec` does; refuse an invalid one."""
    try:
        return parse_spec(value)
    except BadSpec as error:
        raise TriggerRefused(str(error)) from error


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _event(spec: EventSpec, declared: DeclaredEvent, now: int) -> TriggerEntry:
    return TriggerEntry(
        name=declared.name,
        id=spec.id or str(uuid.uuid4()),
        timestamp=spec.timestamp or now,
        type="event",
        payload=spec.fields or None,
    )


def run_entries(pathspec: str) -> list[TriggerEntry]:
    """The events that a finished run emits; two if its end step has another name.

    They equal those of `metaflow.events.Trigger.from_runs`, with the time in whole seconds, as recorded.

    Raises
    ------
    TriggerRefused
        If the run does not exist, has not ended yet, or failed.
    """
    spec = RunSpec(*pathspec.split("/"))
    end: Any = _successful_end(spec)
    step = end.pathspec.split("/")[2]
    finished = int(end.finished_at.timestamp())
    return [
        TriggerEntry(f"metaflow.{spec.flow}.{name}", end.pathspec, finished, "run")
        for name in dict.fromkeys((step, "end"))
    ]


def _successful_end(spec: RunSpec) -> Task:
    """The last task of a run, which must have succeeded."""
    from metaflow import Run, get_metadata

    provider, _, address = get_metadata().partition("@")
    where = f"the {provider} store at {address}"
    try:
        run = Run(spec.pathspec, _namespace_check=False)
    except MetaflowNotFound as error:
        setting = "METAFLOW_DATASTORE_SYSROOT_LOCAL" if provider == "local" else "METAFLOW_PROFILE"
        raise TriggerRefused(
            f"{spec.pathspec} was not found in {where}; check the run id, or set another store in {setting}"
        ) from error
    end = end_task(run)
    if end is not None and end.successful:
        return end
    if _failed(run):
        raise TriggerRefused(
            f"{spec.pathspec} failed, and only a successful run triggers others ({where}); "
            "choose another run, or resume this one first"
        )
    raise TriggerRefused(
        f"{spec.pathspec} has not finished yet ({where}); wait until it has, or choose another run"
    )


def _failed(run: Run) -> bool:
    """Whether one of the latest tasks failed; otherwise the run may still be running."""
    tasks = (task for step in run for task in step)
    looked_at: list[Any] = [task for task, _ in zip(tasks, range(TASKS_LOOKED_AT), strict=False)]
    return any(task_fields(task).get("attempt_ok") == "False" for task in looked_at)
