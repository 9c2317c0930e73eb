"""`Recent`, and `recent`, which returns one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from lineage.records.cascades import RecentCascades
from lineage.tracing.recent import recent_cascades

if TYPE_CHECKING:
    from typing_extensions import Self

    from lineage.progress import OnProgress
    from lineage.records.cascades import Cascade
    from lineage.sources import Cancel, Source
    from lineage.tracing.recent import Since

# As in lineages.py, methods import what they need when called.


class Recent(RecentCascades):
    """The cascades of a time window, the newest first: each a run or an event, with all that it set off.

    It can be iterated, has a length, and may be given to `lineage.trace` and `show_lineage`, as may each of
    its cascades: they trace the runs that failed in it, or else its root.

    Attributes
    ----------
    cascades
        The cascades; each has `root`, `status`, `runs`, `failed`, `user`, `project`, `started_at` and
        `duration`.
    since, read_at
        Start of the window, and when it was read (aware UTC).
    source
        The place it was read from, as text.
    problems
        Why it may be incomplete; empty if it is complete.
    """

    @classmethod
    def of(cls, cascades: RecentCascades) -> Recent:
        """Wrap cascades in the class with the methods to draw them."""
        return cls(**{field.name: getattr(cascades, field.name) for field in fields(RecentCascades)})

    @property
    def failed(self) -> Self:
        """Only the cascades with a failed run that no later run resumed."""
        return self._of_status("failed")

    @property
    def running(self) -> Self:
        """Only the cascades with a run that has not ended and none that failed."""
        return self._of_status("running")

    def _of_status(self, status: str) -> Self:
        return replace(self, cascades=tuple(c for c in self.cascades if c.status == status))

    def __iter__(self) -> Iterator[Cascade]:
        return iter(self.cascades)

    def __len__(self) -> int:
        return len(self.cascades)

    def __getitem__(self, index: int) -> Cascade:
        return self.cascades[index]

    def __repr__(self) -> str:
        from lineage.format import format_count
        from lineage.render.recent_rows import title

        failed = f", {len(self.failed):,} failed" if len(self.failed) else ""
        return f"<{type(self).__name__}: {title(self)}, {format_count(len(self), 'cascade')}{failed}>"

    def __str__(self) -> str:
        from lineage.render.recent_text import recent_text

        return recent_text(self)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The cascades as plain values, for JSON or a table: times are ISO 8601 in UTC, durations seconds."""
        return [_plain(cascade) for cascade in self]

    def _repr_html_(self) -> str:
        from lineage.render.recent_page import recent_html

        return recent_html(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """The outputs for a notebook: a table, or the same as text."""
        return {"text/html": self._repr_html_(), "text/plain": str(self)}


def _plain(cascade: Cascade) -> dict[str, Any]:
    end = cascade.finished_at
    return {
        "root": cascade.root,
        "status": cascade.status,
        "runs": len(cascade),
        "failed": cascade.failed,
        "failed_step": cascade.failed_step,
        "running": cascade.running,
        "user": cascade.user,
        "project": cascade.project,
        "branch": cascade.branch,
        "after": cascade.after,
        "started_at": cascade.started_at.isoformat(),
        "finished_at": None if end is None else end.isoformat(),
        "duration": cascade.duration,
    }


def recent(
    since: Since = "7d",
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Recent:
    """List the cascades that began since a time: where to begin to look.

    Parameters
    ----------
    since
        How far back: a text like `"90s"`, `"6h"` or `"7d"`, a `datetime.timedelta`, or the time itself, a
        `datetime` or ISO 8601 text (one without a time zone is local, as Metaflow's are).
    source, progress, cancel
        As in `lineage.trace`. The answer comes from the catalog, which is refreshed first.

    Returns
    -------
    Recent
        The cascades, the newest first. A root is a run that nothing within the window started, or the event
        that triggered such a run; its cascade is all that it triggered, resumed, spawned or published, and
        so on. A run with several roots belongs to the cascade of each. A run that only read artifacts of
        another was not started by it, so it begins a cascade of its own.

    Raises
    ------
    InvalidArgument
        If `since` is neither a duration nor a time.
    SourceError
        If the source cannot be read.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> from lineage.sources import MemorySource
    >>> recent("1d", source=MemorySource([]))
    <Recent: Last day, 0 cascades>
    """
    return Recent.of(recent_cascades(since, source, progress, cancel))
