"""What sets a simulation going: flows that run or finish, and external events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from lineage.errors import FlowNotFound, InvalidArgument, nearest
from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import Listening, short_name
from lineage.simulation.cron import parse_cron

Kind = Literal["run", "finish", "event"]
KINDS: tuple[Kind, ...] = ("run", "finish", "event")
_KEYS = ("name", "kind", "payload", "fields", "at", "cron", "timezone", "run_id")


@dataclass(frozen=True)
class Stimulus:
    """One thing that happens from outside, once or again and again.

    Attributes
    ----------
    name
        A flow's name or an event's.
    kind
        `"run"`: the flow starts. `"finish"`: a run of it, started before, ends well. `"event"`: an
        external event arrives. None takes what the map knows under that name, a flow first.
    payload
        What the event carries, or the parameters that the run is started with.
    at
        When: an aware `datetime`, or a `timedelta` after the start. None is the start itself.
    cron, timezone
        Instead of `at`: five cron fields, in an IANA time zone.
    run_id
        Of the run that finishes, if it is a real one.
    """

    name: str
    kind: Kind | None = None
    payload: Mapping[str, Any] | None = field(default=None, hash=False)
    at: datetime | timedelta | None = None
    cron: str | None = None
    timezone: str = "UTC"
    run_id: str | None = None


StimulusLike = str | Stimulus | Mapping[str, Any]


def read_stimuli(given: StimulusLike | Iterable[StimulusLike], flows: FlowMap) -> list[Stimulus]:
    """Stimuli as people write them, each checked against the map and with its kind and full name.

    Parameters
    ----------
    given
        One or several of: a flow's name, a run or its pathspec (it finishes), an event's name, a mapping
        or JSON object with `name` and `payload` (or `fields`, as after `--trigger`), a `Stimulus`.
    flows
        What they must be known in.

    Raises
    ------
    InvalidArgument
        If one is malformed, or names what the map does not know; the nearest names are given.
    """
    # a metaflow.Run is iterable, too
    single = isinstance(given, (str, Stimulus, Mapping)) or hasattr(given, "pathspec")
    listed: Any = [given] if single else given
    try:
        found = [_known(_read(one), flows) for one in listed]
    except TypeError:
        raise InvalidArgument(f"stimuli must be a list of flow and event names, not {given!r}") from None
    if not found:
        raise InvalidArgument("a simulation needs at least one stimulus: a flow that runs, or an event")
    return found


def scheduled(flows: FlowMap) -> list[Stimulus]:
    """What `@schedule` starts: a stimulus for each flow that has one.

    Examples
    --------
    >>> from lineage.flow_map import Clock, declare
    >>> flows = FlowMap.of([declare("ETLFlow", schedule=Clock("0 6 * * *", "Asia/Tokyo"))])
    >>> [(one.name, one.kind, one.cron, one.timezone) for one in scheduled(flows)]
    [('ETLFlow', 'run', '0 6 * * *', 'Asia/Tokyo')]
    """
    return [
        Stimulus(key, "run", cron=one.schedule.cron, timezone=one.schedule.timezone)
        for key, one in flows.declarations.items()
        if one.schedule
    ]


def _read(one: object) -> Stimulus:
    if isinstance(one, Stimulus):
        return one
    if isinstance(one, str) and one.lstrip().startswith("{"):
        try:
            one = json.loads(one)
        except ValueError as exc:
            raise InvalidArgument(f"the stimulus {one!r} is no JSON object: {exc}") from None
    one = getattr(one, "pathspec", one)  # a metaflow.Run
    if isinstance(one, str):
        flow, slash, run_id = one.partition("/")
        return Stimulus(flow, "finish", run_id=run_id) if slash else Stimulus(one)
    if isinstance(one, Mapping):
        return _from_mapping(one)
    raise InvalidArgument(f"a stimulus is a flow's name, an event's, or a Stimulus, not {one!r}")


def _from_mapping(one: Mapping[str, Any]) -> Stimulus:
    for key in one:
        if key not in _KEYS:
            raise InvalidArgument(f"a stimulus has no {key!r}{nearest(str(key), _KEYS)}")
    if "name" not in one:
        raise InvalidArgument(f"the stimulus {dict(one)!r} has no name")
    values = dict(one)
    if "fields" in values:
        values["payload"] = values.pop("fields")
    return Stimulus(**values)


def _known(one: Stimulus, flows: FlowMap) -> Stimulus:
    _check(one)
    if one.kind == "event":
        return _event(one, flows)
    if one.name in flows:
        return replace(one, name=flows.key(one.name), kind=one.kind or "run")
    sender = Listening(one.name).sender
    if sender and sender[0] in flows and sender[1] == "end":  # metaflow.TrainingFlow.end
        return replace(one, name=flows.key(sender[0]), kind="finish")
    if one.kind is None:
        return _event(one, flows)
    raise FlowNotFound(f"The flow map has no flow {one.name!r}{_nearest(one.name, flows)}{flows.unread}")


def _event(one: Stimulus, flows: FlowMap) -> Stimulus:
    listened = {w.event for d in flows.declarations.values() for w in d.listens if w.kind == "event"}
    if one.name not in listened:
        raise InvalidArgument(
            f"Nothing in the flow map is called {one.name!r}, and nothing waits for an event of that "
            f"name{_nearest(one.name, flows)}{flows.unread}"
        )
    return replace(one, kind="event")


def _nearest(name: str, flows: FlowMap) -> str:
    return nearest(name, sorted({*flows, *map(short_name, flows), *flows.events}))


def _check(one: Stimulus) -> None:
    if not isinstance(one.name, str) or not one.name:
        raise InvalidArgument(f"a stimulus is called by a flow's or an event's name, not {one.name!r}")
    if one.kind not in (None, *KINDS):
        raise InvalidArgument(f"the kind of {one.name} is {', '.join(KINDS)} or None, not {one.kind!r}")
    if one.payload is not None and not isinstance(one.payload, Mapping):
        raise InvalidArgument(
            f"the payload of {one.name} is a mapping of names to values, not {one.payload!r}"
        )
    if one.cron is not None and one.at is not None:
        raise InvalidArgument(f"{one.name} has both a time and a cron; give one of them")
    if one.cron is not None:
        parse_cron(one.cron, one.timezone)
    elif isinstance(one.at, datetime):
        aware(one.at, f"the time of {one.name}")
    elif one.at is not None and not isinstance(one.at, timedelta):
        raise InvalidArgument(f"the time of {one.name} is a datetime or a timedelta, not {one.at!r}")


def aware(moment: object, what: str) -> datetime:
    """`moment`, if it is an aware datetime.

    Raises
    ------
    InvalidArgument
        Otherwise; `what` names it.
    """
    if not isinstance(moment, datetime):
        raise InvalidArgument(f"{what} is a datetime with a time zone, not {moment!r}")
    if moment.utcoffset() is None:
        raise InvalidArgument(f"{what} has no time zone; write datetime(…, tzinfo=timezone.utc)")
    return moment


def occurrences(one: Stimulus, start: datetime, end: datetime) -> list[datetime]:
    """When a stimulus happens within the simulated time (UTC): both ends included.

    Raises
    ------
    InvalidArgument
        If its time lies before the start.
    """
    if one.cron is not None:
        # a cron time at the very start counts
        return parse_cron(one.cron, one.timezone).between(start - timedelta(microseconds=1), end)
    at = one.at.astimezone(start.tzinfo) if isinstance(one.at, datetime) else start + (one.at or timedelta())
    if at < start:
        raise InvalidArgument(f"{one.name} at {at.isoformat()} lies before the start, {start.isoformat()}")
    return [at] if at <= end else []
