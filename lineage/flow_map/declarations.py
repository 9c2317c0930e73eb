"""The triggers that a flow declares, as frozen dataclasses, wherever they were read.

An event's name says who sends it. Metaflow's own are `metaflow.<Flow>.<step>`, with
`<project>.<branch>.` before the flow under `@project`; the end step also sends `….end`, whatever its
name (plugins/argo/argo_workflows_decorator.py). Every other name is an external event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lineage.errors import InvalidArgument

Info = Mapping[str, Any]  # a flow's `_graph_info`, or a part of it
PREFIX = "metaflow."


@dataclass(frozen=True)
class Listening:
    """One event that a flow waits for: a member of its AND group."""

    event: str  # the full name
    kind: Literal["run", "event"] = "event"  # "run" for @trigger_on_finish
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)  # parameter -> payload field
    required: frozenset[str] = frozenset()  # payload fields without which Argo does not accept the event
    assumed: str | None = None  # why this is not certain; None where it is

    @property
    def sender(self) -> tuple[str, str] | None:
        """Key of the flow and name of the step that send it; None for an external event."""
        if not self.event.startswith(PREFIX) or "." not in self.event[len(PREFIX) :]:
            return None
        key, step = self.event[len(PREFIX) :].rsplit(".", 1)
        return key, step

    @property
    def label(self) -> str:
        """The awaited flow, flow and step, or event, as short text."""
        if self.sender is None:
            return self.event
        key, step = self.sender
        return short_name(key) if step == "end" else f"step {step} of {short_name(key)}"


@dataclass(frozen=True)
class Clock:
    """A recurring time: five cron fields in an IANA time zone."""

    cron: str
    timezone: str = "UTC"


@dataclass(frozen=True)
class FlowDeclaration:
    """A flow as it is deployed on one branch: what it listens to, and what it sends."""

    flow: str
    listens: tuple[Listening, ...] = ()
    project: str | None = None
    branch: str | None = None
    reset_at: Clock | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    declared_by: str = "declared by hand"
    file: str | None = None  # path, or the base name where only that is recorded
    steps: tuple[str, ...] | None = None  # causes before effects; None where they are not known
    foreach_steps: frozenset[str] = frozenset()  # those that run once for each item
    optional_steps: frozenset[str] = frozenset()  # those that a switch leaves out in some runs
    repeated_steps: frozenset[str] = frozenset()  # those that a switch can lead back to
    # step -> how often it was taken, for these two kinds: of each past run, and as the switches would allow
    paths: tuple[Mapping[str, int], ...] = field(default=(), hash=False)
    possible_paths: tuple[Mapping[str, int], ...] = field(default=(), hash=False)
    end_step: str = "end"
    schedule: Clock | None = None
    publishes: tuple[str, ...] = ()  # external events that its code seems to send
    durations: tuple[float, ...] = ()  # seconds; of past runs that completed
    failure_rate: float | None = None  # share of past runs that failed, 0 to 1
    notes: tuple[str, ...] = ()  # what could not be worked out about it, each a sentence without its subject
    refused: tuple[str, ...] = ()  # what Metaflow or Argo refuses about it, likewise
    assumed: str | None = None  # why the declaration as a whole is not certain; None where it is

    @property
    def key(self) -> str:
        """The flow's name, under `@project` with project and branch: Metaflow's `project_flow_name`."""
        return ".".join(part for part in (self.project, self.branch, self.flow) if part)

    def sends(self, step: str) -> bool:
        """Whether it sends the event of this step; True where its steps are not known."""
        return step == "end" or self.steps is None or step in self.steps


def short_name(key: str) -> str:
    """The flow's own name in a key.

    Examples
    --------
    >>> short_name("shop.prod.TrainingFlow")
    'TrainingFlow'
    """
    return key.rsplit(".", 1)[-1]


def finish_event(key: str, step: str = "end") -> str:
    """Name of the event that a flow sends when a step succeeds.

    Examples
    --------
    >>> finish_event("shop.prod.TrainingFlow")
    'metaflow.shop.prod.TrainingFlow.end'
    """
    return f"{PREFIX}{key}.{step}"


def declare(
    flow: str,
    *,
    on_finish: Iterable[str] = (),
    on: Iterable[str | Listening] = (),
    reset_at: Clock | None = None,
    project: str | None = None,
    branch: str | None = None,
    **facts: Any,
) -> FlowDeclaration:
    """Declare a flow by hand, for a what-if map.

    Parameters
    ----------
    flow
        Its name.
    on_finish
        Flows whose successful end it waits for; a short name means the same project and branch.
    on
        Events that it waits for, by name.
    reset_at
        When the flow forgets which events have arrived so far.
    project, branch
        As `@project` would set them.
    **facts
        Other fields of `FlowDeclaration`, such as `steps` or `durations` (in seconds).

    Returns
    -------
    FlowDeclaration
        Marked as declared by hand; `FlowMap.of` makes a map of several.

    Raises
    ------
    InvalidArgument
        If the name has a slash or a dot, or is empty.

    Examples
    --------
    >>> declared = declare("ScoreFlow", on_finish=["TrainingFlow"], on=["first"])
    >>> [listening.event for listening in declared.listens]
    ['metaflow.TrainingFlow.end', 'first']
    """
    if not flow or "/" in flow or "." in flow:
        raise InvalidArgument(f"a flow's name is a plain word such as TrainingFlow, not {flow!r}")
    scope = ".".join(part for part in (project, branch) if part)
    finishes = (finish_event(f"{scope}.{name}" if scope and "." not in name else name) for name in on_finish)
    listens = [Listening(event, "run") for event in finishes]
    listens += [event if isinstance(event, Listening) else Listening(event) for event in on]
    return FlowDeclaration(flow, tuple(listens), project=project, branch=branch, reset_at=reset_at, **facts)
