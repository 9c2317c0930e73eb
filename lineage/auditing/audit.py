"""The audit as a value and as text: for each flow, what fired, what did not, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from lineage.auditing.past import AuditedTime
from lineage.auditing.playing import Firing, Held
from lineage.comparing.readable import Line, Part, Readable, RowsPart
from lineage.comparing.reasons import label, named
from lineage.errors import FlowNotFound, nearest
from lineage.flow_map.declarations import short_name
from lineage.format import format_clock, format_count, format_duration, format_time

_LISTED = 5  # of one kind in a flow's sentence


@dataclass(frozen=True)
class Unexplained:
    """A run that fired for a reason that its flow does not declare."""

    run: str
    reason: str  # half a sentence


@dataclass(frozen=True)
class FlowAudit:
    """The audit of one flow.

    Attributes
    ----------
    flow
        Its key: the name, under `@project` with project and branch before it.
    fired
        Pathspecs of runs that fired as expected.
    missed
        Firings that should have happened and did not.
    unexplained
        Runs that fired without a declared reason.
    waiting
        What its group has and what it lacks at the end; None if it holds nothing.
    others
        Number of runs that nothing triggered: by hand, by another run, resumed.
    notes
        What could not be judged.
    listens
        What it waits for, in words.
    schedule
        Its cron expression and time zone; None without one.
    schedule_judged
        Whether runs at its times show that it is deployed.
    known
        Whether what it declares is known, and not concluded from what triggered it.
    zone, until
        For the text: the time zone, and the end of the audited time.
    """

    flow: str
    fired: tuple[str, ...]
    missed: tuple[Firing, ...]
    unexplained: tuple[Unexplained, ...]
    waiting: Held | None
    others: int
    notes: tuple[str, ...]
    listens: tuple[str, ...]
    schedule: str | None
    schedule_judged: bool
    known: bool
    zone: tzinfo
    until: datetime

    @property
    def sentence(self) -> str:
        """The row as one sentence, without its subject."""
        parts = [*self._missed(), *self._unexplained(), *self._waiting()]
        if self.fired:
            parts.append(f"fired as expected {_times(len(self.fired))}")
        if not parts:
            parts.append(self._quiet())
        if self.others:
            parts.append(f"{format_count(self.others, 'run')} by hand, by another run or resumed")
        return "; ".join([*parts, *self.notes])

    def _quiet(self) -> str:
        if self.listens:
            return f"did not fire: nothing that it waits for ({named(self.listens)}) arrived"
        if self.schedule:
            return f"declares the schedule {self.schedule}"
        return "declares no trigger" if self.known else "nothing triggered it"

    def _missed(self) -> Iterator[str]:
        for firing in self.missed[:_LISTED]:
            had = f"{named([label(key) for key in firing.causes])} had arrived" if firing.causes else ""
            yield f"should have fired at {self._when(firing.at)} ({had or 'by its schedule'}) and did not"
        if len(self.missed) > _LISTED:
            yield f"and {_times(len(self.missed) - _LISTED)} more"

    def _unexplained(self) -> Iterator[str]:
        for entry in self.unexplained[:_LISTED]:
            yield f"{entry.run} fired without a declared reason: {entry.reason}"
        if len(self.unexplained) > _LISTED:
            yield f"so did {format_count(len(self.unexplained) - _LISTED, 'more run')}"

    def _waiting(self) -> Iterator[str]:
        if self.waiting is not None:
            lasts = format_duration((self.until - self.waiting.since).total_seconds())
            got = named([label(key) for key in self.waiting.got])
            yield f"waits for {named(self.waiting.missing)} since {lasts} (got {got})"

    def _when(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone).replace(microsecond=0)
        return format_clock(local, self.until.astimezone(self.zone))

    @property
    def verdict(self) -> str:
        """The sentence in one word or two."""
        if self.missed:
            return "missed"
        if self.unexplained:
            return "unexplained"
        if self.waiting is not None:
            return "waits"
        return "fired" if self.fired else "quiet"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


@dataclass(frozen=True, repr=False)
class Audit(Readable):
    """The result of an audit; printed, a table with a row for each flow that listens.

    Attributes
    ----------
    window
        The audited time.
    rows
        One for each flow, those that missed a firing first.
    notes
        What the records cannot tell, one sentence each.
    zone
        The time zone of the text.
    """

    window: AuditedTime
    rows: tuple[FlowAudit, ...]
    notes: tuple[str, ...]
    zone: tzinfo

    @property
    def passed(self) -> bool:
        """Whether nothing should have fired that did not."""
        return not self.missed

    @property
    def missed(self) -> list[FlowAudit]:
        """The flows that should have fired and did not."""
        return [row for row in self.rows if row.missed]

    def __getitem__(self, flow: str) -> FlowAudit:
        """The row of a flow, by key, or by name if only one branch has it.

        Raises
        ------
        FlowNotFound
        """
        rows = [row for row in self.rows if flow in (row.flow, short_name(row.flow))]
        if len(rows) != 1:
            keys = [row.flow for row in rows or self.rows]
            several = f"; say which of {', '.join(keys)}" if rows else nearest(flow, keys)
            raise FlowNotFound(f"The audit has {'several flows' if rows else 'no flow'} {flow!r}{several}")
        return rows[0]

    def parts(self) -> Iterator[Part]:
        """A heading, the rows of flows that listen or fired, and notes on what the records cannot tell."""
        since, until = (format_time(t, self.zone) for t in (self.window.since, self.window.until))
        yield Line(f"{self._heading()} from {since} to {until}.", strong=True)
        shown = [row for row in self.rows if row.listens or row.schedule or row.verdict != "quiet"]
        if shown:
            yield RowsPart(
                ("flow", "", "what happened"), [(row.flow, row.verdict, row.sentence) for row in shown]
            )
        if rest := len(self.rows) - len(shown):
            yield Line(f"{format_count(rest, 'flow')} without a trigger")
        yield from (Line(f"! {note}") for note in self.notes)

    def _heading(self) -> str:
        missed = self.missed
        if not missed:
            return f"{format_count(len(self.rows), 'flow')}: nothing should have fired that did not,"
        names: Sequence[str] = [row.flow for row in missed]
        return f"{named(names)} should have fired and did not,"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, with times in ISO 8601."""
        return {
            "since": self.window.since.isoformat(),
            "until": self.window.until.isoformat(),
            "passed": self.passed,
            "flows": [_as_dict(row) for row in self.rows],
            "notes": list(self.notes),
        }


def _as_dict(row: FlowAudit) -> dict[str, Any]:
    held = row.waiting
    return {
        "flow": row.flow,
        "verdict": row.verdict,
        "sentence": row.sentence,
        "fired": list(row.fired),
        "missed": [{"at": firing.at.isoformat(), "causes": list(firing.causes)} for firing in row.missed],
        "unexplained": [{"run": entry.run, "reason": entry.reason} for entry in row.unexplained],
        "waiting": held
        and {"since": held.since.isoformat(), "got": list(held.got), "missing": list(held.missing)},
        "others": row.others,
        "schedule": row.schedule,
        "notes": list(row.notes),
    }
