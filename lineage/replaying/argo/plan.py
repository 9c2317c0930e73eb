"""The plan of a replay on Argo Workflows: what is submitted, and what its sensors start by themselves."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lineage.errors import ReplayError
from lineage.replaying.argo.templates import Template, template_of
from lineage.replaying.kept_parameters import PastParameters
from lineage.replaying.plan import EventTrigger, Plan, PlannedRun, RunTrigger, StepTrigger, parameter_words
from metaflow_extensions.lineage.plugins.option.event_parameters import EventParameter, unsafe_values

PastParametersOf = Callable[[str, Template], PastParameters]  # of the run of this pathspec


@dataclass(frozen=True)
class Submission:
    """How one planned run comes about."""

    template: Template
    arrives: bool  # its sensor starts it when the runs it needs have ended; otherwise it is submitted
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class ArgoPlan(Plan):
    """A plan whose runs are workflows."""

    submissions: Mapping[str, Submission] = field(default_factory=dict)  # by key

    def script(self) -> str:
        """One line for each run: whether it is submitted or arrives, and because of what."""
        lines = (self._line(run, self.submissions[run.key]) for run in self.runs.values())
        return "\n".join([*(f"# {remark}" for remark in self.remarks), *lines])

    def _line(self, run: PlannedRun, submission: Submission) -> str:
        how = "arrives" if submission.arrives else "submit "
        causes = ", ".join(self._cause(cause) for cause in run.causes) or "nothing"
        words = shlex.join(parameter_words(replace(run, parameters=submission.parameters)))
        return f"{how} {submission.template.name}, triggered by {causes}" + (f": {words}" if words else "")

    def _cause(self, cause: RunTrigger | StepTrigger | EventTrigger) -> str:
        if isinstance(cause, EventTrigger):
            return cause.name
        return f"the new run of {self.runs[cause.run].flow}" if cause.run in self.runs else cause.run


def plan_on_argo(base: Plan, templates: Iterable[Template], past: PastParametersOf | None) -> ArgoPlan:
    """Find the template of each planned run, and decide which of them start by themselves.

    A deployed flow sends its own events. So a run whose template waits for planned runs only is started by
    its sensor, and submitting it, too, would run it twice. Any other is submitted once its causes exist.

    Parameters
    ----------
    base
        The runs and their causes.
    templates
        What is deployed.
    past
        Reads the parameters of a past run; None for parameters of the plan and of events alone.

    Raises
    ------
    ReplayError
        If a flow is not deployed, or does not have a parameter.
    """
    deployed = list(templates)
    nodes = base.run_graph.graph.nodes
    chosen = {key: template_of(nodes[key], deployed) for key in base.runs}
    submissions, remarks = {}, list(base.remarks)
    for key, run in base.runs.items():
        template = chosen[key]
        arrives = _arrives(run, template, chosen)
        given = past(key, template) if past and not arrives else PastParameters({})
        values = {} if arrives else _values(run, template, given.given)
        submissions[key] = Submission(template, arrives, values)
        remarks += given.remarks
        remarks += _remarks(run, template, arrives, chosen, values)
    remarks += _listeners(chosen.values(), deployed)
    return ArgoPlan(base.runs, base.run_graph, tuple(dict.fromkeys(remarks)), submissions)


def _arrives(run: PlannedRun, template: Template, chosen: Mapping[str, Template]) -> bool:
    """Whether the planned runs that it needs send every event that its sensor waits for."""
    causes = [cause for cause in run.causes if not isinstance(cause, EventTrigger) and cause.run in chosen]
    return bool(template.events) and all(
        any(_sends(cause, event, chosen[cause.run]) for cause in causes) for event in template.events
    )


def _sends(cause: RunTrigger | StepTrigger, event: EventParameter, template: Template) -> bool:
    if not template.emits:
        return False
    if isinstance(cause, StepTrigger):
        return event.event == cause.event
    return event.type == "run" and event.event == f"metaflow.{template.declaration.key}.end"


def _values(run: PlannedRun, template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters to submit; those of an event are mapped as its sensor does."""
    values: dict[str, Any] = {}
    payloads = {c.name: c.payload or {} for c in run.causes if isinstance(c, EventTrigger)}
    for listening in template.declaration.listens:
        payload = payloads.get(listening.event, {})
        values |= {name: payload[field] for name, field in listening.parameters.items() if field in payload}
    names = {name.lower(): name for name in template.parameters}
    values |= {name.lower(): value for name, value in {**run.parameters, **given}.items()}
    if unknown := sorted(set(values) - set(names)):
        raise ReplayError(
            f"Nothing was submitted: the workflow template {template.name} has no parameter "
            f"{', '.join(unknown)}; deploy {run.flow} again if it has changed since"
        )
    # a null would become the text "null"; leaving it out gives the default
    return {names[name]: _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _remarks(
    run: PlannedRun,
    template: Template,
    arrives: bool,
    chosen: Mapping[str, Template],
    values: Mapping[str, str],
) -> Iterator[str]:
    needed = [chosen[key].declaration.flow for key in run.needs(chosen)]
    if arrives:
        yield f"{run.flow} starts by itself when {' and '.join(needed)} ended, with its deployed parameters"
    elif needed and template.events:
        heard = [e.event for e in template.events if any(_heard(c, e, chosen) for c in run.causes)]
        if heard:
            yield (
                f"{run.flow} is submitted, because not all that it waits for is repeated; its sensor keeps "
                f"{', '.join(heard)} for its next run"
            )
    for name in unsafe_values(values):
        yield f"the parameter {name} of {run.flow} has characters that Argo passes through a shell"


def _heard(
    cause: RunTrigger | StepTrigger | EventTrigger, event: EventParameter, chosen: Mapping[str, Template]
) -> bool:
    if isinstance(cause, EventTrigger) or cause.run not in chosen:
        return False
    return _sends(cause, event, chosen[cause.run])


def _listeners(chosen: Iterable[Template], deployed: Iterable[Template]) -> Iterator[str]:
    """Deployed flows outside the plan that hear of its runs."""
    planned = list(chosen)
    names = {template.name for template in planned}
    ends = {f"metaflow.{template.declaration.key}.end": template for template in planned if template.emits}
    for template in deployed:
        heard = [ends[event.event].declaration.flow for event in template.events if event.event in ends]
        if heard and template.name not in names:
            verb = "will start, too" if len(heard) == len(template.events) else "hears of it, too"
            yield f"{template.declaration.flow} is deployed to listen to {' and '.join(heard)}, and {verb}"
