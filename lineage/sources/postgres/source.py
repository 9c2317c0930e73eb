"""Read the database of Metaflow's metadata service directly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone

from lineage.errors import SourceDenied
from lineage.records.contents import RunContents
from lineage.records.model import RunRecord, split_pathspec
from lineage.records.resumed import Raw, RawRun, resolved_records
from lineage.sources.changes import batches, in_turn, listed_changes
from lineage.sources.postgres.queries import CERTAIN, DIGESTS, EVERYTHING, FLOWS, LATEST, LISTING
from lineage.sources.postgres.run_contents import postgres_contents
from lineage.sources.postgres.session import Session
from lineage.sources.postgres.slim_run import SlimRun
from lineage.sources.protocol import Cancel, Changes, Known, KnownRun, PlainRun, Stamped

_BATCH = 2000  # runs
_TIMEOUT = 600.0  # seconds for one statement; a first refresh reads a whole table


class PostgresSource:
    """The runs in the database of a metadata service, which is never written to.

    Parameters
    ----------
    address
        A `postgresql://` URL. A user and password in it are used but never shown.
    timeout
        Maximum time for one statement, in seconds.
    """

    def __init__(self, address: str, timeout: float = _TIMEOUT) -> None:
        self._session = Session(address, timeout)

    @property
    def label(self) -> str:
        """Host and name of the database."""
        return f"Metaflow database at {self._session.place}"

    @property
    def key(self) -> str:
        """Host and name of the database."""
        return f"postgresql:{self._session.place}"

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""
        return resolved_records(pathspecs, lambda wanted: self._stored(wanted, cancel), _now())

    def contents(
        self, end_steps: Mapping[str, str], cancel: Cancel | None = None
    ) -> Mapping[str, RunContents]:
        """The contents of these runs by hash, given with their last steps: three statements for all."""
        try:
            return postgres_contents(self._session, end_steps, cancel)
        except SourceDenied as exc:  # an account may be allowed to read all but the table of artifacts
            return dict.fromkeys(end_steps, RunContents(unread=str(exc)))

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of the flow's run that was created last."""
        limit = 2**62 if before is None else int(before.timestamp() * 1000)
        values = {"flow": flow, "before": limit}
        return next((f"{flow}/{row[0]}" for row in self._session.rows(LATEST, values, cancel)), None)

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        return sorted(row[0] for row in self._session.rows(FLOWS, {}))

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow."""
        for changes in self._everything(cancel, whole=True):
            yield from (run.record for run in changes.read)

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """New runs, runs with other tags or heartbeats, and unfinished runs.

        A digest of each flow shows whether its runs have to be listed. All runs of an empty catalog come
        from one statement.
        """
        digests = {flow: (count, digest) for flow, count, digest in self._session.rows(DIGESTS, {}, cancel)}
        stamps = {flow: f"{count}|{digest}" for flow, (count, digest) in digests.items()}
        if known.flows():

            def listing(flow: str, had: Mapping[str, KnownRun], only: bool) -> Mapping[str, str]:
                if only:
                    return {run_id: run.stamp for run_id, run in had.items()}
                return dict(self._session.rows(LISTING, {"flow": flow}, cancel))

            read = in_turn(self.read, cancel)
            yield from listed_changes(known, stamps, listing, read, _BATCH, cancel)
            return
        total = sum(count for count, _ in digests.values())
        for changes in self._everything(cancel):
            yield replace(changes, total=total)
        yield Changes(listed=stamps, total=total)

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Nothing, because the listing shows every change."""
        return iter(())

    def _everything(self, cancel: Cancel | None, whole: bool = False) -> Iterator[Changes]:
        """All runs, as records only if `whole`.

        Those that resumed others come last: their origins cannot be read before all have arrived.
        """
        resumed: list[SlimRun] = []
        for rows in batches(self._session.copied(EVERYTHING, cancel), _BATCH):
            now = _now()
            read: list[Stamped] = []
            plain: list[PlainRun] = []
            for run in map(SlimRun._make, rows):
                if not whole and (brief := run.plain()) is not None:
                    plain.append(brief)
                    continue
                stored = run.stored()
                record = stored.record(now) if isinstance(stored, RawRun) else stored
                if record.origin:
                    resumed.append(run)
                else:
                    read.append(Stamped(record, run.stamp))
            yield Changes(tuple(read), plain=tuple(plain))
        for runs in batches(resumed, _BATCH):
            yield Changes(tuple(self._resolved(runs, cancel)))

    def _resolved(self, runs: Iterable[SlimRun], cancel: Cancel | None) -> list[Stamped]:
        """The records of runs that resumed others, completed from their origins."""
        known = {run.pathspec: run for run in runs}

        def fetch(wanted: Collection[str]) -> Mapping[str, Raw]:
            further = [pathspec for pathspec in wanted if pathspec not in known]
            read = {p: known[p].stored() for p in wanted if p in known}
            return read | dict(self._stored(further, cancel)) if further else read

        records = resolved_records(known, fetch, _now())
        return [Stamped(record, known[pathspec].stamp) for pathspec, record in records.items()]

    def _stored(self, pathspecs: Collection[str], cancel: Cancel | None) -> Mapping[str, Raw]:
        named = [split for pathspec in pathspecs if (split := split_pathspec(pathspec))]
        if not named:
            return {}
        values = {"flows": [flow for flow, _ in named], "ids": [run_id for _, run_id in named]}
        runs = (SlimRun(*row) for row in self._session.rows(CERTAIN, values, cancel))
        return {run.pathspec: run.stored() for run in runs}


def _now() -> datetime:
    return datetime.now(timezone.utc)
