"""A flow of a project has one name: that of the flow map."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from lineage import trace
from lineage.client.run_names import resolve
from lineage.errors import FlowNotFound, RunNotFound
from lineage.records.model import RunRecord
from lineage.sources import MemorySource

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def run(run_id: int, project: str | None = None, branch: str | None = None) -> RunRecord:
    tags = (f"project:{project}", f"project_branch:{branch}") if project else ()
    created = NOON + timedelta(hours=run_id)
    return RunRecord("ETLFlow", str(run_id), status="completed", created_at=created, system_tags=tags)


SOURCE = MemorySource(
    [run(1, "shop", "prod"), run(2, "shop", "prod"), run(3, "shop", "user.ann"), run(4)],
)


def test_the_latest_run_of_a_branch() -> None:
    assert resolve(["shop.prod.ETLFlow"], SOURCE) == ["ETLFlow/2"]
    assert resolve(["shop.user.ann.ETLFlow"], SOURCE) == ["ETLFlow/3"]
    assert resolve(["ETLFlow"], SOURCE) == ["ETLFlow/4"]
    assert resolve(["shop.prod.ETLFlow"], SOURCE, before=NOON + timedelta(hours=1, minutes=30)) == [
        "ETLFlow/1"
    ]
    assert list(trace("shop.prod.ETLFlow", source=SOURCE).graph) == ["ETLFlow/2"]


def test_a_run_with_its_branch() -> None:
    assert resolve(["shop.prod.ETLFlow/1"], SOURCE) == ["ETLFlow/1"]
    with pytest.raises(RunNotFound, match=r"ETLFlow/3 is not a run of shop\.prod, but of shop\.user\.ann"):
        resolve(["shop.prod.ETLFlow/3"], SOURCE)
    with pytest.raises(RunNotFound, match="but of no project"):
        resolve(["shop.prod.ETLFlow/4"], SOURCE)


def test_a_branch_without_runs_names_those_that_have_some() -> None:
    with pytest.raises(
        RunNotFound, match=r"is of shop\.test, but of no project, shop\.user\.ann, shop\.prod"
    ):
        resolve(["shop.test.ETLFlow"], SOURCE)
    with pytest.raises(FlowNotFound, match="There is no flow 'NoFlow'"):
        resolve(["shop.prod.NoFlow"], SOURCE)
