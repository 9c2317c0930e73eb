"""Newer versions of a run, and how little is read to find them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lineage.comparing.versions import ScannedRuns, Versions
from lineage.records.model import RunRecord
from tests.support.drawn import START, drawn_record


class Counted(ScannedRuns):
    """Runs that note from which minute on they were listed, and of how many the outcome was read."""

    def __init__(self, records: Iterable[RunRecord]) -> None:
        super().__init__(records)
        self.listed: list[int] = []
        self.read: list[int] = []

    def after(self, flow: str, moment: datetime) -> list[RunRecord]:
        self.listed.append((moment - START) // timedelta(minutes=1))
        return super().after(flow, moment)

    def ended(self, records: Iterable[RunRecord]) -> list[RunRecord]:
        some = super().ended(records)
        self.read.append(len(some))
        return some


def node(minute: int) -> dict[str, Any]:
    return {"flow": "AFlow", "created_at": START + timedelta(minutes=minute)}


def test_the_later_runs_of_a_flow_are_listed_once_from_the_first_use_on() -> None:
    runs = Counted([drawn_record(f"AFlow/{n}") for n in range(10)])
    versions = Versions(runs)
    newer = [versions.newer(node(minute)) for minute in (4, 4, 7, 2, 9)]
    assert [(n.newest, n.runs) if n else None for n in newer] == [
        ("AFlow/9", 5),
        ("AFlow/9", 5),
        ("AFlow/9", 2),
        ("AFlow/9", 7),
        None,
    ]
    assert runs.listed == [4, 2]


def test_outcomes_are_read_of_the_newest_runs_until_one_succeeded() -> None:
    runs = Counted([drawn_record(f"AFlow/{n}") for n in range(100)])
    assert Versions(runs).newer(node(0)) is not None
    assert runs.read == [30]


def test_in_the_past_a_run_that_had_not_ended_is_not_counted() -> None:
    slow = replace(drawn_record("AFlow/5"), finished_at=START + timedelta(minutes=90))
    runs = ScannedRuns([drawn_record("AFlow/1"), slow, drawn_record("AFlow/6")])
    found = [Versions(runs, moment).newer(node(1)) for moment in (START + timedelta(minutes=30), None)]
    assert [(n.newest, n.runs) for n in found if n] == [("AFlow/6", 1), ("AFlow/6", 2)]


def test_a_run_that_began_at_the_same_moment_is_no_later_one() -> None:
    runs = ScannedRuns([drawn_record("AFlow/1"), drawn_record("AFlow/2"), drawn_record("BFlow/2")])
    assert [run.pathspec for run in runs.after("AFlow", START + timedelta(minutes=1))] == ["AFlow/2"]
