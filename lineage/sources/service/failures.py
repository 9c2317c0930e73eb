"""The runs that a server failed on: they are read again, and each refresh says that it lacks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lineage.records.model import Problem
from lineage.sources.protocol import Changes

_NAMED = 5  # runs of one batch; more are counted


class Failures:
    """The runs that could not be read at the last attempt, with the reasons."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}

    def add(self, pathspec: str, reason: str) -> None:
        """Note that a run could not be read."""
        self._reasons[pathspec] = reason

    def remove(self, pathspec: str) -> None:
        """Note that a run was read."""
        self._reasons.pop(pathspec, None)

    def marked(self, changes: Changes) -> Changes:
        """These changes, with the runs that could not be read among them as problems, to be read again.

        What such a run was triggered by is unknown, so it is missing among the effects of other runs.
        """
        failed = {
            stamped.record.pathspec: self._reasons[stamped.record.pathspec]
            for stamped in changes.read
            if stamped.record.pathspec in self._reasons
        }
        if not failed:
            return changes
        return Changes(
            tuple(
                stamped._replace(again=stamped.again or stamped.record.pathspec in failed)
                for stamped in changes.read
            ),
            changes.gone,
            changes.total,
            changes.listed,
            (*changes.problems, *_problems(failed)),
        )


def _problems(failed: Mapping[str, str]) -> Iterator[Problem]:
    for number, (pathspec, reason) in enumerate(failed.items(), start=1):
        left = len(failed) - number
        if number == _NAMED and left:
            yield Problem(pathspec, f"{reason} (the same of {left:,} more runs)")
            return
        yield Problem(pathspec, reason)
