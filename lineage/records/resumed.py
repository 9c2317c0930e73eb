"""Complete the records of resumed runs from the runs that they resumed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lineage.records.metadata import Row, run_record
from lineage.records.model import RunRecord


@dataclass(frozen=True)
class RawRun:
    """A run as a source stores it, not yet parsed."""

    run: Row
    rows: Sequence[Row]
    problems: tuple[str, ...] = ()  # faults met while loading, one sentence each

    def record(self, now: datetime | None, origin: RunRecord | None = None) -> RunRecord:
        """The run's record, as `run_record` makes it."""
        record = run_record(self.run, self.rows, now, origin)
        return replace(record, problems=self.problems + record.problems) if self.problems else record


Raw = RawRun | RunRecord  # a record where nothing more can be known than that it is broken
Fetch = Callable[[Collection[str]], Mapping[str, Raw]]


def resolved_records(pathspecs: Collection[str], fetch: Fetch, now: datetime) -> dict[str, RunRecord]:
    """Return the records of these runs; those of resumed runs are completed from their origins.

    A resume writes neither the names of its first and last step nor, for tasks that it copied, what
    triggered the run and what they read. The stock client looks triggers up at the origin, and so do we.

    Takes one read for all the runs, and one more for each generation of origins.

    Parameters
    ----------
    pathspecs
        The runs.
    fetch
        Reads what is stored of runs; leaves out those that do not exist.
    now
        The time of reading, aware.
    """
    raw: dict[str, Raw] = {}
    plain: dict[str, RunRecord] = {}
    wanted = set(pathspecs)
    while wanted:
        fresh = fetch(sorted(wanted))
        raw.update(fresh)
        plain.update(
            {p: stored.record(now) if isinstance(stored, RawRun) else stored for p, stored in fresh.items()}
        )
        asked = wanted | set(raw)
        wanted = {origin for run in fresh if (origin := plain[run].origin) is not None} - asked
    done: dict[str, RunRecord] = {}
    for pathspec in plain:
        _resolve(pathspec, raw, plain, done, now)
    return {pathspec: done[pathspec] for pathspec in pathspecs if pathspec in done}


def _resolve(
    pathspec: str,
    raw: Mapping[str, Raw],
    plain: Mapping[str, RunRecord],
    done: dict[str, RunRecord],
    now: datetime,
) -> None:
    """Build the records of a chain of resumes, the oldest run first."""
    chain: dict[str, str | None] = {}  # run -> its origin; in a broken store this may be a cycle
    next_run: str | None = pathspec
    while next_run is not None and next_run in plain and next_run not in done and next_run not in chain:
        chain[next_run] = plain[next_run].origin
        next_run = chain[next_run]
    for run, origin in reversed(chain.items()):
        stored = raw[run]
        if origin is not None and origin in done and isinstance(stored, RawRun):
            done[run] = stored.record(now, done[origin])
        else:
            done[run] = plain[run]
