"""A million runs, told one batch at a time, and the same in a database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import psycopg

from lineage.records.model import ArtifactRead, RunRecord, TriggerEvent
from lineage.sources import Cancel, Changes, Known, MemorySource, Stamped
from tests.support.planted import system_tags
from tests.support.postgres import INDEXES, SCHEMA

BLOCK = 1000  # runs that hang together
FLOWS = 50
READERS = 50  # runs of a block that read the model of its first run
_BORN = datetime(2025, 1, 1, tzinfo=timezone.utc)
_TAGS = system_tags("ann", "shop", "prod")


def run_name(number: int) -> str:
    """Pathspec of the run of a number."""
    return f"Flow{number % FLOWS:02}/{number}"


def row_name(number: int) -> str:
    """Pathspec of the same run in a database that was filled: there, run numbers begin at 1."""
    return f"Flow{number % FLOWS:02}/{number + 1}"


def causes(number: int) -> list[int]:
    """Numbers of the runs that triggered a run: one or two of those before it in its block."""
    place = number % BLOCK
    if place == 0:
        return []
    near = number - 1 - min(place - 1, number * 7 % 5)
    return [near] if number % 10 < 7 or place < 9 else [near, near - 3]


def record(number: int) -> RunRecord:
    """The record of the run of a number."""
    born = _BORN + timedelta(seconds=20 * number)
    events = tuple(
        TriggerEvent(f"metaflow.Flow{cause % FLOWS:02}.end", f"{run_name(cause)}/end/3", born, "run")
        for cause in causes(number)
    )
    flow, run_id = run_name(number).split("/")
    took = timedelta(minutes=3 + number % 7)
    place, first = number % BLOCK, run_name(number - number % BLOCK)
    read = (ArtifactRead(f"{first}/end/3", "model", "ab" * 20, "start"),) if 0 < place <= READERS else ()
    return RunRecord(
        flow, run_id, "completed", born, born + took, "ann", ("nightly",), _TAGS, triggers=events, reads=read
    )


class ManyRuns(MemorySource):
    """So many runs, none of them held in memory."""

    def __init__(self, count: int) -> None:
        super().__init__([])
        self.count, self.key = count, f"many:{count}"

    def at_hand(self, pathspec: str) -> None:
        """Let this run be read."""
        found = record(int(pathspec.partition("/")[2]))
        self._records = {found.pathspec: found}

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """Everything for an empty catalog, and nothing later."""
        if known.flows():
            return
        for first in range(0, self.count, 2000):
            numbers = range(first, min(first + 2000, self.count))
            yield Changes(tuple(Stamped(record(number), "") for number in numbers), total=self.count)


# A run of three tasks as the service stores it: 41 metadata rows, of which five to seven matter.
_FILL = """
INSERT INTO flows_v3 SELECT 'Flow' || lpad(n::text, 2, '0'), 'ann', 0 FROM generate_series(0, 49) n;
INSERT INTO runs_v3 (flow_id, run_number, user_name, ts_epoch, tags, system_tags)
SELECT 'Flow' || lpad((n % 50)::text, 2, '0'), n + 1, 'ann', 1735689600000 + n::bigint * 20000, '["nightly"]',
  '["metaflow_version:2.19.39", "project:shop", "project_branch:prod", "runtime:dev", "user:ann"]'
FROM generate_series(0, %(runs)s - 1) n;
INSERT INTO metadata_v3
  (flow_id, run_number, step_name, task_id, field_name, value, type, user_name, ts_epoch)
SELECT r.flow_id, r.run_number, s.step, r.run_number * 4 + s.place, f.field, f.value, f.field, 'ann',
  r.ts_epoch + s.place * 60000
FROM runs_v3 r
CROSS JOIN (VALUES ('_parameters', 0), ('start', 1), ('work', 2), ('end', 3)) s (step, place)
CROSS JOIN (VALUES ('attempt', '0', 1, 3), ('origin-run-id', 'None', 1, 3), ('attempt_ok', 'True', 1, 3),
  ('attempt-done', '0', 0, 3), ('ds-type', 's3', 1, 3), ('ds-root', 's3://bucket/metaflow', 1, 3),
  ('user', 'ann', 0, 3), ('runtime', 'dev', 0, 3), ('python_version', '3.11.7', 0, 3),
  ('metaflow_version', '2.19.39', 0, 3), ('script-name', 'flow.py', 0, 3), ('start_step', 'start', 0, 0),
  ('end_step', 'end', 0, 0)) f (field, value, first, last)
WHERE s.place BETWEEN f.first AND f.last;
INSERT INTO metadata_v3
  (flow_id, run_number, step_name, task_id, field_name, value, type, user_name, ts_epoch)
SELECT r.flow_id, r.run_number, 'start', r.run_number * 4 + 1, 'execution-triggers',
  '[{"name": "metaflow.Flow.end", "id": "Flow' || lpad(((r.run_number - 2) % 50)::text, 2, '0') || '/' ||
  (r.run_number - 1) || '/end/3", "timestamp": 1735689600, "type": "run"}]', 'x', 'ann', r.ts_epoch
FROM runs_v3 r WHERE r.run_number % 10 > 1;
"""


def fill(address: str, runs: int) -> None:
    """Put so many runs into an empty database."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(SCHEMA)
        for statement in _FILL.replace("%(runs)s", str(runs)).split(";\n"):
            connection.execute(statement.encode())
        for statement in INDEXES.split(";"):
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")
