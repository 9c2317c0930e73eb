"""Stimuli of a simulation: flows that run or finish, and external events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from lineage.errors import FlowNotFound, InvalidArgument, nearest
from lineage.flow_map import FlowMap
from lineage.flow_map.clocks import schedule_problem
from lineage.flow_map.declarations import Listening, short_name
from lineage.simulation.cron import parse_cron
from lineage.simulation.times import LONGEST, read_time

StimulusKind = Literal["run", "finish", "event"]
STIMULUS_KINDS: tuple[StimulusKind, ...] = ("run", "finish", "event")
_NAMESPACED = "mfns"  # metaflow/plugins/events_decorator.py begins the full name of an event with it
_RUN_ID = re.compile(r"(?!\.\.?$)[^/\s]+")  # not a dot or two, which a path would take for a folder
_KEYS = ("name", "kind", "payload", "fields", "at", "cron", "timezone", "run_id")


@dataclass(frozen=True)
class Stimulus:
    """An event from outside the flow map, once or repeatedly.

    Attributes
    ----------
    name
        Name of a flow or an event.
    kind
        `"run"`: the flow starts. `"finish"`: a run of it, started before, succeeds. `"event"`: an
        external event arrives. None takes what the map knows under that name, a flow first.
    payload
        The payload of the event, or the parameters of the run.
    at
        When: a `datetime` or ISO 8601 text (local without a time zone), or a `timedelta` after the start.
        None is the start itself.
    cron, timezone
        Instead of `at`: five cron fields or `@hourly` and the like, in an IANA time zone.
    run_id
        Id of the run that finishes, if it is a real one.
    """

    name: str
    kind: StimulusKind | None = None
    payload: Mapping[str, Any] | None = field(default=None, hash=False)
    at: datetime | timedelta | str | None = None
    cron: str | None = None
    timezone: str = "UTC"
    run_id: str | None = None


StimulusLike = str | Stimulus | Mapping[str, Any]


def read_stimuli(given: StimulusLike | Iterable[StimulusLike], flows: FlowMap) -> list[Stimulus]:
    """Read stimuli in any accepted form, check them against the map, and complete kind and name.

    Parameters
    ----------
    given
        One or several of: a flow's name, a run or its pathspec (it finishes), an event's name, a mapping
        or JSON object with `name` and `payload` (or `fields`, as after `--trigger`), a `Stimulus`.
    flows
        The map that must contain their flows and events.

    Raises
    ------
    InvalidArgument
        If one is malformed or not in the map; the message suggests the nearest names.
    """
    # a metaflow.Run is iterable, too
    single = isinstance(given, (str, Stimulus, Mapping)) or hasattr(given, "pathspec")
    listed: Any = [given] if single else given
    try:
        known = [_known(_read(item), flows) for item in listed]
    except TypeError:
        raise InvalidArgument(f"stimuli must be a list of flow and event names, not {given!r}") from None
    if not known:
        raise InvalidArgument("a simulation needs at least one stimulus: a flow that runs, or an event")
    return known


def scheduled(flows: FlowMap) -> list[Stimulus]:
    """Return a stimulus for each flow with a `@schedule` that Argo Workflows takes.

    Parameters
    ----------
    flows
        The flow map; its `warnings` name the flows whose schedule Argo Workflows refuses.

    Returns
    -------
    list of Stimulus
        In the order of the map's keys, each with the cron expression and the time zone of its flow.

    Examples
    --------
    >>> from lineage.flow_map import Clock, declare
    >>> flows = FlowMap.of([declare("ETLFlow", schedule=Clock("0 6 * * *", "Asia/Tokyo"))])
    >>> [(stimulus.name, stimulus.kind, stimulus.cron, stimulus.timezone) for stimulus in scheduled(flows)]
    [('ETLFlow', 'run', '0 6 * * *', 'Asia/Tokyo')]
    """
    return [
        Stimulus(key, "run", cron=declaration.schedule.cron, timezone=declaration.schedule.timezone)
        for key, declaration in flows.declarations.items()
        if declaration.schedule and not schedule_problem(declaration.schedule)
    ]


def _read(given: object) -> Stimulus:
    if isinstance(given, Stimulus):
        return given
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            given = json.loads(given)
        except ValueError as exc:
            raise InvalidArgument(f"the stimulus {given!r} is not a JSON object: {exc}") from None
    given = getattr(given, "pathspec", given)  # a metaflow.Run
    if isinstance(given, str):
        flow, slash, run_id = given.partition("/")
        return Stimulus(flow, "finish", run_id=run_id) if slash else Stimulus(given)
    if isinstance(given, Mapping):
        return _from_mapping(given)
    raise InvalidArgument(f"a stimulus must be the name of a flow or an event, or a Stimulus, not {given!r}")


def _from_mapping(stimulus: Mapping[str, Any]) -> Stimulus:
    for key in stimulus:
        if key not in _KEYS:
            raise InvalidArgument(f"a stimulus has no key {key!r}{nearest(str(key), _KEYS)}")
    if "name" not in stimulus:
        raise InvalidArgument(f"the stimulus {dict(stimulus)!r} has no name")
    values = dict(stimulus)
    if "fields" in values:
        values["payload"] = values.pop("fields")
    return Stimulus(**values)


def _known(stimulus: Stimulus, flows: FlowMap) -> Stimulus:
    _check(stimulus)
    if stimulus.kind == "event":
        return _event(stimulus, flows)
    if stimulus.name in flows:
        return replace(stimulus, name=flows.key(stimulus.name), kind=stimulus.kind or "run")
    sender = Listening(stimulus.name).sender
    if sender and sender[0] in flows and sender[1] == "end":  # metaflow.TrainingFlow.end
        return replace(stimulus, name=flows.key(sender[0]), kind="finish")
    if stimulus.kind is None:
        return _event(stimulus, flows)
    if stimulus.name in flows.events:
        raise FlowNotFound(f"{stimulus.name!r} is an event and has no runs; give its name alone")
    raise FlowNotFound(
        f"The flow map has no flow {stimulus.name!r}{_nearest(stimulus.name, flows)}{flows.unread}"
    )


def _event(stimulus: Stimulus, flows: FlowMap) -> Stimulus:
    listened = {w.event for d in flows.declarations.values() for w in d.listens if w.kind == "event"}
    if stimulus.name in listened:
        return replace(stimulus, kind="event")
    full = sorted(event for event in listened if _logical_name(event, flows) == stimulus.name)
    if len(full) > 1:
        raise InvalidArgument(
            f"the event {stimulus.name} has several full names: say which of {', '.join(full)}"
        )
    if full:
        return replace(stimulus, kind="event", name=full[0])
    raise InvalidArgument(
        f"Nothing in the flow map is called {stimulus.name!r}, and nothing waits for an event of that "
        f"name{_nearest(stimulus.name, flows)}{flows.unread}"
    )


def _logical_name(event: str, flows: FlowMap) -> str:
    """The name that `namespaced_event_name` was given, or the event's own."""
    scopes = {
        ".".join(filter(None, (_NAMESPACED, declaration.project, declaration.branch)))
        for declaration in flows.declarations.values()
    }
    return min((event.removeprefix(f"{scope}.") for scope in scopes), key=len)


def _nearest(name: str, flows: FlowMap) -> str:
    logical = (_logical_name(event, flows) for event in flows.events)
    return nearest(name, sorted({*flows, *map(short_name, flows), *flows.events, *logical}))


def _check(stimulus: Stimulus) -> None:
    if not isinstance(stimulus.name, str) or not stimulus.name:
        raise InvalidArgument(
            f"the name of a stimulus must be that of a flow or an event, not {stimulus.name!r}"
        )
    if stimulus.kind not in (None, *STIMULUS_KINDS):
        raise InvalidArgument(
            f"the kind of {stimulus.name} must be {', '.join(STIMULUS_KINDS)} or None, not {stimulus.kind!r}"
        )
    if stimulus.payload is not None and not isinstance(stimulus.payload, Mapping):
        raise InvalidArgument(
            f"the payload of {stimulus.name} must be a mapping of names to values, not {stimulus.payload!r}"
        )
    if stimulus.run_id is not None and not _RUN_ID.fullmatch(str(stimulus.run_id)):
        named = f"{stimulus.name}/{stimulus.run_id}"
        raise InvalidArgument(f'a past run is named like "{stimulus.name}/34", not {named!r}')
    if stimulus.cron is not None and stimulus.at is not None:
        raise InvalidArgument(f"{stimulus.name} has both a time and a cron; give one of them")
    if stimulus.cron is not None:
        parse_cron(stimulus.cron, stimulus.timezone)
    _moment(stimulus)


def _moment(stimulus: Stimulus) -> datetime | timedelta:
    """When it happens, unless by a cron: a time, or how long after the start."""
    if stimulus.at is None:
        return timedelta()
    if not isinstance(stimulus.at, timedelta):
        return read_time(stimulus.at, f"the time of {stimulus.name}")
    if stimulus.at > LONGEST:
        raise InvalidArgument(f"the time of {stimulus.name} is more than a hundred years after the start")
    return stimulus.at


def occurrences(stimulus: Stimulus, start: datetime, end: datetime) -> Iterable[datetime]:
    """The times at which a stimulus happens, from `start` to `end` (UTC), both included.

    Raises
    ------
    InvalidArgument
        If its time lies before the start.
    """
    if stimulus.cron is not None:
        cron = parse_cron(stimulus.cron, stimulus.timezone)
        # a cron time at the very start counts
        return cron.times(start if cron.begins_at_start else start - timedelta(microseconds=1), end)
    moment = _moment(stimulus)
    after = moment if isinstance(moment, timedelta) else moment - start
    if after < timedelta():
        raise InvalidArgument(f"{stimulus.name} at {stimulus.at} is before the start, {start.isoformat()}")
    if after > end - start:  # not compared as times: it may be after the year 9999
        return []
    return [start + after]
