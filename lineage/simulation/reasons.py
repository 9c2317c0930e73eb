"""Explain in one sentence why a flow fires, or why it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lineage.flow_map.declarations import FlowDeclaration, Listening, short_name
from lineage.flow_map.switches import taken
from lineage.format import format_count
from lineage.simulation.events import SimEvent, SimRun

_Arrival = tuple[str | None, str | None, str | None]  # flow, event, its cause


@dataclass(frozen=True)
class Course:
    """The events of a simulation by flow, from which the sentences are made."""

    declarations: Mapping[str, FlowDeclaration]
    runs: Mapping[str, Sequence[SimRun]]  # flow -> its runs, in order
    by_flow: Mapping[str, Sequence[SimEvent]]
    came: Mapping[_Arrival, Sequence[datetime]]  # in order
    clock: Callable[[datetime], str]  # formats a time
    stopped: bool  # at the limit on runs: something more would have happened


def reasons(
    declarations: Mapping[str, FlowDeclaration],
    events: Sequence[SimEvent],
    runs: Iterable[SimRun],
    clock: Callable[[datetime], str],
    stopped: bool,
) -> dict[str, str]:
    """Explain each flow in one sentence, by key.

    Parameters
    ----------
    clock
        Formats a time.
    stopped
        Whether the simulation stopped before the horizon.
    """
    runs_by_flow: dict[str, list[SimRun]] = {}
    for run in runs:
        runs_by_flow.setdefault(run.flow, []).append(run)
    by_flow: dict[str, list[SimEvent]] = {}
    came: dict[_Arrival, list[datetime]] = {}
    for event in events:
        if event.flow:
            by_flow.setdefault(event.flow, []).append(event)
        if event.kind == "arrived":
            came.setdefault((event.flow, event.event, event.node), []).append(event.at)
    course = Course(declarations, runs_by_flow, by_flow, came, clock, stopped)
    return {key: _sentence(key, course) for key in declarations}


def _sentence(key: str, course: Course) -> str:
    if course.runs.get(key):
        return _fires(key, course)
    if any(event.kind == "happened" for event in course.by_flow.get(key, ())):
        return _finished_before(key, course)
    if not course.declarations[key].listens:
        if course.stopped:
            return "does not run before the simulation stops"
        return f"does not run: nothing here starts it, and {_without_listening(course.declarations[key])}"
    return _discarded(key, course) or _was_reset(key, course) or _waits(key, course)


def _without_listening(declared: FlowDeclaration) -> str:
    if declared.refused:
        return "what it declares is refused at deployment"
    return "no time of its schedule is simulated" if declared.schedule else "it listens to nothing"


def _fires(key: str, course: Course) -> str:
    runs = course.runs[key]
    first = runs[0]
    started = next(e for e in course.by_flow[key] if e.kind == "started")
    when = course.clock(first.started)
    if started.got:
        sentence = f"fires at {when}, because {_causes(started.got, key, course, started.at)}"
    else:
        sentence = f"runs at {when}, because it was started"
    if first.outcome == "failed" and len(runs) == 1 and first.finished:
        sentence += f"; fails at {course.clock(first.finished)}"
    if len(runs) > 1:
        last = course.clock(runs[-1].started)
        sentence += f"; {format_count(len(runs), 'run')} in all, the last at {last}"
    rest = _state(key, course)
    if rest and rest.kind == "arrived":
        got = _got(rest.got, key, course, rest.at)
        waits = f"waits for {_labels(rest.missing, key, course)}" if rest.missing else _stops(rest, course)
        sentence += f"; then {waits} (got {got})"
    return sentence


def _stops(complete: SimEvent, course: Course) -> str:
    """Explain a group that is complete without a run: the limit on runs is reached."""
    return f"would fire at {course.clock(complete.at)}, where the simulation stops"


def _finished_before(key: str, course: Course) -> str:
    event = next(e for e in course.by_flow[key] if e.kind == "happened")
    return f"finishes at {course.clock(event.at)}, as given"


def _causes(got: Mapping[str, str], key: str, course: Course, until: datetime) -> str:
    parts = []
    for event, node in got.items():
        verb = "finished" if _listening(event, key, course).sender else "arrived"
        doubt = _doubt(_listening(event, key, course), course)
        parts.append(f"{_label(event, key, course)} {verb} {_when(event, node, key, course, until)}{doubt}")
    return " and ".join(parts)


def _doubt(listening: Listening, course: Course) -> str:
    """In brackets, how often past runs took a step that depends on a switch."""
    if listening.sender is None or listening.sender[0] not in course.declarations:
        return ""
    sender, step = listening.sender
    words = taken(course.declarations[sender], step)
    return f" ({words})" if words else ""


def _when(event: str, node: str, key: str, course: Course, until: datetime) -> str:
    """When an event arrived last, until a moment: a recursive step sends it once a turn."""
    # by timestamp, because an hour may come twice
    times = [at for at in course.came[key, event, node] if at.timestamp() <= until.timestamp()]
    return f"at {course.clock(times[-1])}"


def _state(key: str, course: Course) -> SimEvent | None:
    """The last event that changed the contents of the flow's group."""
    kinds = ("arrived", "reset", "started")
    changes = [e for e in course.by_flow.get(key, ()) if e.kind in kinds and e.got]
    return changes[-1] if changes else None


def _discarded(key: str, course: Course) -> str | None:
    events = course.by_flow.get(key, ())
    last = next((e for e in reversed(events) if e.kind == "discarded"), None)
    if last is None or any(e.kind == "arrived" and e.event == last.event for e in events):
        return None
    fields = " and ".join(last.missing)
    when = course.clock(last.at)
    return f"does not fire: event {last.event} at {when} has no {fields}, which a parameter of it requires"


def _was_reset(key: str, course: Course) -> str | None:
    """Explain a flow whose events all arrived, but not between two resets."""
    events = course.by_flow.get(key, ())
    arrivals = [e for e in events if e.kind == "arrived"]
    resets = [e for e in events if e.kind == "reset"]
    group = {w.event for w in course.declarations[key].listens}
    first: dict[str | None, SimEvent] = {}  # the first arrival of each event, in order
    for event in arrivals:
        first.setdefault(event.event, event)
    if set(first) != group:
        return None
    would = list(first.values())[-1]
    before = [e for e in resets if e.at.timestamp() <= would.at.timestamp()]
    lost = next((e for e in reversed(before) if set(e.got) & set(would.missing)), None)
    if lost is None:
        return None
    when, wiped = course.clock(would.at), course.clock(lost.at)
    missed = {event: node for event, node in lost.got.items() if event in would.missing}
    got = _got(missed, key, course, lost.at)
    verb = "was" if len(missed) == 1 else "were"
    return f"would have fired at {when}, but {got} {verb} reset at {wiped}"


def _waits(key: str, course: Course) -> str:
    """Name the events that never arrived and those that did, even if a reset discarded them later."""
    state = _state(key, course)
    missing = [w for w in course.declarations[key].listens if not state or w.event not in state.got]
    arrived = f" ({_has(state, key, course)})" if state else ""
    failed = [text for text in (_failure(w, course) for w in missing) if text]
    if failed:
        return f"does not fire: {' and '.join(failed)}{arrived}"
    if state is None:
        return f"does not fire: {' and '.join(_absence(w, course) for w in missing)}"
    waits = f"waits for {' and '.join(w.label for w in missing)}" if missing else _stops(state, course)
    return f"{waits}{arrived}"


def _has(state: SimEvent, key: str, course: Course) -> str:
    reset = f", reset at {course.clock(state.at)}" if state.kind == "reset" else ""
    return f"got {_got(state.got, key, course, state.at)}{reset}"


def _absence(listening: Listening, course: Course) -> str:
    sender = listening.sender
    if sender is None:
        return f"event {listening.label} does not arrive"
    if sender[0] not in course.declarations:
        return f"{short_name(sender[0])} is not in the map"
    if course.runs.get(sender[0]):
        doubt = _doubt(listening, course)
        return (
            f"{listening.label} is not taken{doubt}" if doubt else f"{listening.label} does not end in time"
        )
    return f"{short_name(sender[0])} does not run"


def _failure(listening: Listening, course: Course) -> str | None:
    if listening.sender is None:
        return None
    flow = listening.sender[0]
    # in the expected case the runs of a flow all end alike
    failures = [e for e in course.by_flow.get(flow, ()) if e.kind == "failed"]
    return f"{short_name(flow)} failed at {course.clock(failures[-1].at)}" if failures else None


def _got(got: Mapping[str, str], key: str, course: Course, until: datetime) -> str:
    parts = (f"{_label(e, key, course)} {_when(e, node, key, course, until)}" for e, node in got.items())
    return " and ".join(parts)


def _labels(events: Iterable[str], key: str, course: Course) -> str:
    return " and ".join(_label(event, key, course) for event in events)


def _label(event: str, key: str, course: Course) -> str:
    return _listening(event, key, course).label


def _listening(event: str, key: str, course: Course) -> Listening:
    return next(w for w in course.declarations[key].listens if w.event == event)
