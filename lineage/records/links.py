"""Links to other runs that a run's tasks recorded: reads, spawned runs, published events.

The recorder in the extension writes it; `provenance/record.py` there has the format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lineage.records.model import ArtifactRead, CountedReads, RunRecord, event_key, run_of
from metaflow_extensions.lineage.plugins.provenance.record import (
    PUBLISHED_FIELD,
    READS_FIELD,
    SPAWNED_BY_FIELD,
    SPAWNED_FIELD,
    decode_published,
    decode_reads,
    decode_spawned,
    decode_spawned_by,
)

FIELDS = frozenset({READS_FIELD, SPAWNED_FIELD, PUBLISHED_FIELD, SPAWNED_BY_FIELD})
# Every attempt of a task counts: an event stays published even if the attempt failed.
OF_EVERY_ATTEMPT = frozenset({SPAWNED_FIELD, PUBLISHED_FIELD})

Values = Mapping[tuple[str, str], str]  # by step and task


class Links(NamedTuple):
    """The fields of a `RunRecord` that link to other runs, apart from its triggers and its origin."""

    reads: tuple[ArtifactRead, ...] = ()
    counted_reads: tuple[CountedReads, ...] = ()
    copied_reads: tuple[ArtifactRead, ...] = ()
    spawned_by: str | None = None
    spawned: tuple[str, ...] = ()
    published: tuple[str, ...] = ()


def links_of(
    pathspec: str,
    reads: Values,
    every_attempt: Mapping[str, Iterable[str]],
    spawned_by: str | None,
    copied_steps: Iterable[str],
    origin: RunRecord | None,
    problems: list[str],
) -> Links:
    """Decode the links that a run's tasks recorded.

    Parameters
    ----------
    pathspec
        The run.
    reads
        The values of `lineage-reads` of each task's last attempt.
    every_attempt
        The values of the fields in `OF_EVERY_ATTEMPT`.
    spawned_by
        The value of `lineage-spawned-by` on the start task.
    copied_steps
        Steps with tasks that a resume copied from `origin`.
    problems
        A list; a sentence is appended for each value that cannot be read.
    """
    named, counted = _reads(pathspec, reads, problems)
    parent = None
    if spawned_by is not None:
        parent, faults = decode_spawned_by(spawned_by)
        problems += _about_it(faults)
    if parent and run_of(parent) == pathspec:
        problems.append("recorded as started by a task of its own; that link is left out")
        parent = None
    copied = set(copied_steps)
    before = (*origin.reads, *origin.copied_reads) if origin else ()
    return Links(
        reads=named,
        counted_reads=counted,
        copied_reads=tuple(read for read in before if read.step in copied),
        spawned_by=parent,
        spawned=tuple(_spawned(every_attempt.get(SPAWNED_FIELD, ()), problems)),
        published=tuple(_published(every_attempt.get(PUBLISHED_FIELD, ()), problems)),
    )


def _reads(
    pathspec: str, values: Values, problems: list[str]
) -> tuple[tuple[ArtifactRead, ...], tuple[CountedReads, ...]]:
    named: list[ArtifactRead] = []
    counted: list[CountedReads] = []
    for (step, _), value in sorted(values.items()):
        record, faults = decode_reads(value)
        problems += _about_it(faults)
        for read in record.reads:
            if _is_drawn(pathspec, run_of(read.task), read.store, problems):
                named.append(ArtifactRead(read.task, read.artifact, read.sha, step))
        for more in record.more:
            if _is_drawn(pathspec, more.run, more.store, problems):
                counted.append(CountedReads(more.run, more.artifacts, step))
        if record.rest_runs:
            problems.append(
                f"its step {step} read {record.rest_artifacts:,} artifacts of {record.rest_runs:,} "
                "more runs, which had no room in the record"
            )
    return tuple(dict.fromkeys(named)), tuple(counted)


def _is_drawn(pathspec: str, run: str, store: str | None, problems: list[str]) -> bool:
    if run == pathspec:
        problems.append("recorded as reading its own artifacts; that link is left out")
    elif store is not None:
        problems.append(f"it read artifacts of {run} in {store}, which is not part of this source")
    return run != pathspec and store is None


def _spawned(values: Iterable[str], problems: list[str]) -> Iterable[str]:
    runs: dict[str, None] = {}
    for value in values:
        started, rest, faults = decode_spawned(value)
        runs.update(dict.fromkeys(started))
        problems += _about_it(faults)
        if rest:
            problems.append(f"it started {rest:,} more runs, which had no room in the record")
    return runs


def _published(values: Iterable[str], problems: list[str]) -> Iterable[str]:
    keys: dict[str, None] = {}
    for value in values:
        events, rest, faults = decode_published(value)
        keys.update(dict.fromkeys(event_key(event.name, event.id) for event in events))
        problems += _about_it(faults)
        if rest:
            problems.append(f"it published {rest:,} more events, which had no room in the record")
    return keys


def _about_it(faults: Iterable[str]) -> list[str]:
    return [f"its record {fault}" for fault in faults]
