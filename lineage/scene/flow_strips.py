"""The runs of a flow over time: a strip of statuses, and what it says in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from lineage.format import format_day
from lineage.scene.times import began, iso

Runs = Sequence[dict[str, Any]]  # attributes of nodes, the earliest first
Facts = dict[str, Any]

FITTING = 50  # bars of 2 px that fit on a card, with gaps between them
_YEAR = 300  # days; from here on, the same day of another year could be meant
_BINS = 44  # at most, where a bar is a stretch of time
_RECENT = 6  # runs that say whether a flow fails now

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS = {  # seconds of a bar, and its name
    **{n * _MINUTE: (f"{n} minutes" if n > 1 else "minute") for n in (1, 5, 15, 30)},
    **{n * _HOUR: (f"{n} hours" if n > 1 else "hour") for n in (1, 3, 6, 12)},
    **{n * _DAY: (f"{n} days" if n > 1 else "day") for n in (1, 2)},
    **{n * _DAY: (f"{n // 7} weeks" if n > 7 else "week") for n in (7, 28, 91, 364)},
}


@dataclass(frozen=True)
class Axis:
    """The time that all strips share, cut into bars."""

    start: datetime | None  # where the first bar begins; None if no run has a time
    end: datetime | None  # when the last run began
    step: int = _DAY  # seconds
    bars: int = 1

    def described(self) -> Facts:
        """Its facts for the document."""
        if self.start is None or self.end is None:
            return {}
        return {
            "start": iso(self.start),
            "end": iso(self.end),
            "step": self.step,
            "bars": self.bars,
            "unit": self.unit,
        }

    @property
    def unit(self) -> str:
        """The time that a bar covers, in words."""
        return _STEPS.get(self.step) or f"{self.step // _DAY:,} days"

    def bar(self, moment: datetime) -> int:
        """The bar in which a time lies, of those from which the axis was made."""
        return 0 if self.start is None else int((moment - self.start).total_seconds() // self.step)

    def words(self, moment: datetime) -> str:
        """A time, as exactly as the axis asks for."""
        at = moment.astimezone(timezone.utc)
        days = (self.end - self.start).days if self.start and self.end else 0
        year = f" {at.year}" if days >= _YEAR else ""
        day = f"{format_day(at)}{year}"
        return day if days > 1 else f"{day} {at:%H:%M}"

    def one_by_one(self, counts: Iterable[int]) -> bool:
        """Whether each run can have a bar of its own."""
        return max(counts, default=0) <= FITTING


def axis_of(moments: Sequence[datetime]) -> Axis:
    """The axis of these times: at most 44 bars of a round length."""
    if not moments:
        return Axis(None, None)
    first, last = min(moments), max(moments)
    for step in _STEPS:
        start = _rounded(first, step)
        bars = int((last - start).total_seconds() // step) + 1
        if bars <= _BINS:
            return Axis(start, last, step, bars)
    step = _DAY * (1 + (last - first).days // (_BINS - 1))
    start = _rounded(first, step)
    return Axis(start, last, step, int((last - start).total_seconds() // step) + 1)


def _rounded(moment: datetime, step: int) -> datetime:
    """The last round time up to a moment: of a day from midnight, of longer from its own midnight."""
    midnight = moment.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    into = (moment - midnight).total_seconds()
    return midnight + timedelta(seconds=into // step * step)


def strip(runs: Runs, axis: Axis, one_by_one: bool) -> Facts:
    """The bars of a flow.

    Returns
    -------
    dict
        `bars`: by status, the number of runs in each bar of the axis, from its bar `first` on. If each run
        can have a bar of its own, `strip`: the statuses of the runs in order of time.
    """
    by_status: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for run in runs:
        moment = began(run)
        if moment:
            by_status[_status(run)][axis.bar(moment)] += 1
    bars = {
        status: {"first": min(counts), "counts": [counts[i] for i in range(min(counts), max(counts) + 1)]}
        for status, counts in by_status.items()
    }
    return {"bars": bars, **({"strip": [_status(run) for run in runs]} if one_by_one else {})}


def says(runs: Runs, axis: Axis) -> Facts:
    """Sum up a flow's runs in words; `failing` has the details if the flow fails now.

    A flow fails now if its latest run that has ended failed, or half of the last six did.

    Examples
    --------
    >>> good, bad = {"status": "completed"}, {"status": "failed", "failed_step": "fit"}
    >>> says([good, good, bad], axis_of([]))
    {'says': 'the last run failed', 'failing': 'its last run, in step fit'}
    >>> says([good, bad, good, good, good, good], axis_of([]))
    {'says': '1 failed'}
    """
    if runs[0].get("kind") == "event":
        return {"says": "event"}
    recent = [run for run in runs if run["status"] in ("completed", "failed")][-_RECENT:]
    failed = [run for run in recent if run["status"] == "failed"]
    if recent and (recent[-1]["status"] == "failed" or 2 * len(failed) >= _RECENT):
        return _failing(failed, recent, axis)
    counts = Counter(map(_status, runs))
    others = [f"{count:,} {status}" for status, count in counts.most_common() if status != "completed"]
    if not others:
        return {"says": "all completed" if len(runs) > 1 else "completed"}
    times = counts["failed"]
    when = next((began(run) for run in reversed(runs) if run["status"] == "failed"), None)
    if when:
        text = f"{times:,} failed"
        dated = f"{text}{', last' if times > 1 else ''} on {axis.words(when)}"
        others[others.index(text)] = dated
    return {"says": ", ".join(others)}


def _failing(failed: Runs, recent: Runs, axis: Axis) -> Facts:
    if len(failed) == 1:
        text, detail = "the last run failed", "its last run"
    elif len(failed) == len(recent):
        text, detail = f"the last {len(failed)} failed", f"its last {len(failed)} runs"
    else:
        text = f"{len(failed)} of last {len(recent)} failed"
        detail = f"{len(failed)} of the last {len(recent)}"
    since = began(failed[0])
    if since:
        detail += f", {'since' if len(failed) > 1 else 'on'} {axis.words(since)}"
    steps = {run.get("failed_step") for run in failed}
    if len(steps) == 1 and (step := steps.pop()):
        detail += f", {'each ' if len(failed) > 1 else ''}in step {step}"
    return {"says": text, "failing": detail}


def _status(run: dict[str, Any]) -> str:
    return "event" if run.get("kind") == "event" else str(run["status"])
