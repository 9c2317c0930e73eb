"""Strategies for records: whatever a run's record can hold."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import strategies as st

from lineage.records.model import (
    STATUSES,
    ArtifactRead,
    CountedReads,
    RunRecord,
    TriggerEvent,
    event_key,
)

NAMES = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="/\0"), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))
TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
TIMES = st.datetimes(
    datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(timezone.utc), allow_imaginary=False
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def events(draw: st.DrawFn) -> TriggerEvent:
    """A trigger entry, of a run or from outside."""
    when = draw(st.none() | TIMES)
    if draw(st.booleans()):
        parts = [draw(NAMES) for _ in range(4)]
        return TriggerEvent(draw(NAMES), "/".join(parts), when, "run")
    payload = draw(st.none() | st.dictionaries(TEXTS, JSON, max_size=3))
    return TriggerEvent(draw(NAMES), draw(st.none() | NAMES), when, "event", payload)


TASKS = st.lists(NAMES, min_size=4, max_size=4).map("/".join)
READS = st.lists(st.builds(ArtifactRead, TASKS, NAMES, st.none() | TEXTS, NAMES), max_size=2).map(tuple)
COUNTED = st.lists(st.builds(CountedReads, NAMES.map("F/{}".format), st.integers(1, 99), NAMES), max_size=1)
EVENT_KEYS = st.builds(event_key, NAMES, NAMES)


@st.composite
def records(draw: st.DrawFn) -> RunRecord:
    """A record with anything in it that the types allow."""
    flow = draw(NAMES)
    return RunRecord(
        flow=flow,
        run_id=draw(NAMES),
        status=draw(st.sampled_from(STATUSES)),
        created_at=draw(st.none() | TIMES),
        finished_at=draw(st.none() | TIMES),
        user=draw(st.none() | TEXTS),
        tags=tuple(draw(st.lists(TEXTS, max_size=3))),
        system_tags=tuple(draw(st.lists(TEXTS, max_size=3))),
        origin=draw(st.none() | NAMES.map(lambda run: f"{flow}/{run}")),
        start_step=draw(NAMES),
        end_step=draw(NAMES),
        failed_step=draw(st.none() | NAMES),
        triggers=tuple(draw(st.lists(events(), max_size=3))),
        inherited=draw(st.booleans()),
        problems=tuple(draw(st.lists(TEXTS, max_size=2))),
        reads=draw(READS),
        counted_reads=tuple(draw(COUNTED)),
        copied_reads=draw(READS),
        spawned_by=draw(st.none() | TASKS),
        spawned=tuple(draw(st.lists(NAMES.map("F/{}".format), max_size=2))),
        published=tuple(draw(st.lists(EVENT_KEYS, max_size=2))),
    )
