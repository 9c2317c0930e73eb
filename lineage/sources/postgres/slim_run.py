"""A row of the postgres source's queries, and the record that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lineage.records.fast_json import decode_json
from lineage.records.metadata import Row, id_time, owner_of, texts
from lineage.records.recorded_triggers import recorded_triggers
from lineage.records.resumed import Raw, RawRun
from lineage.sources.protocol import PlainRun
from metaflow_extensions.lineage.plugins.metadata.causes import TRIGGERS_FIELD

_TIME_DIGITS = 13  # of a time in milliseconds since 1970, from 2001 to 2286


class SlimRun(NamedTuple):
    """One run, with the columns of `queries.EVERYTHING`; values as text, NULL as "" or None."""

    flow: str
    run_id: str
    stamp: str
    user: str | None
    tags: str | None  # JSON
    system_tags: str | None  # JSON
    created: str  # or when it first wrote, if that was earlier; milliseconds since 1970, as `ended`
    heartbeat: str | None  # seconds since 1970
    ended: str | None  # if the run completed, and `triggers` is all that is told of it besides
    triggers: str | None
    rows: str | None  # of its metadata, otherwise; JSON

    @property
    def pathspec(self) -> str:
        """`Flow/run_id`."""
        return f"{self.flow}/{self.run_id}"

    def plain(self) -> PlainRun | None:
        """The run without a record of its own, if nothing about it is unusual; None for any other."""
        usual = len(self.created) == _TIME_DIGITS == len(self.ended or "") and id_time(self.run_id) is None
        if not usual or "/" in self.flow:
            return None
        problems: list[str] = []
        triggers = recorded_triggers(self.triggers, None, problems) if self.triggers else ()
        if problems:
            return None
        system_tags = _tags(self.system_tags)
        return PlainRun(
            self.pathspec,
            int(self.created) * 1000,
            int(self.ended or 0) * 1000,
            owner_of(self.user, system_tags),
            _tags(self.tags),
            system_tags,
            triggers,
            self.stamp,
        )

    def stored(self) -> Raw:
        """The run's record; or what it is made of, if it depends on the time or on another run."""
        if (plain := self.plain()) is not None:
            return plain.record()
        run = {
            "flow_id": self.flow,
            "run_id": self.run_id,
            "user_name": self.user,
            "ts_epoch": int(self.created),
            "tags": _tags(self.tags),
            "system_tags": _tags(self.system_tags),
            "last_heartbeat_ts": int(self.heartbeat) if self.heartbeat else None,
        }
        return RawRun(run, list(self._metadata()))

    def _metadata(self) -> Iterator[Row]:
        if self.ended:
            yield _row("end", 0, "attempt_ok", "True", int(self.ended))
        if self.triggers:
            yield _row("start", 0, TRIGGERS_FIELD, self.triggers, int(self.created))
        if self.rows:
            yield from (_row(*row) for row in decode_json(self.rows))


def _row(step: str, task: int, field: str, value: str, written: int) -> Row:
    return {"step_name": step, "task_id": task, "field_name": field, "value": value, "ts_epoch": written}


@lru_cache(maxsize=1024)  # most runs have the tags of others
def _tags(text: str | None) -> tuple[str, ...]:
    return texts(decode_json(text)) if text else ()
