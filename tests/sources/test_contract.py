"""Every source answers the same about the same runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lineage.records.causes import causes
from lineage.sources import Source
from tests.support.planted_lineages import DAY, small_lineage

RUNS = small_lineage()
TRUTH = {run.record.pathspec: run.record for run in RUNS}


@pytest.mark.parametrize("pathspec", TRUTH)
def test_a_record_is_read_as_it_was_planted(any_source: Source, pathspec: str) -> None:
    assert any_source.read([pathspec]) == {pathspec: TRUTH[pathspec]}


def test_a_batch_has_what_exists_and_leaves_out_what_does_not(any_source: Source) -> None:
    absent = [
        "ETLFlow/" + "9" * 300,
        "ETLFlow/404",
        "NoFlow/1",
        "GoneFlow/77",
        "../1",
        "ETLFlow/..",
        "ETLFlow/",
        "ETLFlow",
    ]
    assert any_source.read([*absent, *TRUTH]) == TRUTH
    assert any_source.read([]) == {}


def test_a_scan_meets_every_run_once(any_source: Source) -> None:
    records = list(any_source.scan())
    assert len(records) == len(TRUTH)
    assert {record.pathspec: record for record in records} == TRUTH


def test_flows_are_sorted_and_each_there_once(any_source: Source) -> None:
    assert any_source.flows() == sorted({record.flow for record in TRUTH.values()})


def test_the_latest_run_is_the_one_that_was_created_last(any_source: Source) -> None:
    assert any_source.latest("CustomFlow") == "CustomFlow/9"
    assert any_source.latest("NoFlow") is None
    assert any_source.latest("../x") is None


def test_the_latest_run_before_a_time_is_the_one_that_was_there_then(any_source: Source) -> None:
    assert any_source.latest("CustomFlow", DAY + timedelta(hours=2)) == "CustomFlow/2"
    assert any_source.latest("CustomFlow", DAY + timedelta(hours=1)) is None


def test_an_empty_catalog_is_told_everything(any_source: Source) -> None:
    changes = list(any_source.changes(Nothing()))
    told = {s.record.pathspec: s.record for change in changes for s in change.read}
    told |= {run.pathspec: run.record() for change in changes for run in change.plain}
    assert {key: causes(record, {}) for key, record in told.items()} == {
        key: causes(record, {}) for key, record in TRUTH.items()
    }
    unread = [key for key, record in told.items() if record.status == "unread"]
    for change in any_source.updates(dict.fromkeys(unread, "")):
        told.update({one.record.pathspec: one.record for one in change.read})
    assert told == TRUTH
    assert not [gone for change in changes for gone in change.gone]
    assert max(change.total or 0 for change in changes) == len(TRUTH)


def test_a_label_and_a_key_are_stable(any_source: Source) -> None:
    assert any_source.label == any_source.label
    assert any_source.key == any_source.key
    assert "secret" not in any_source.label + str(any_source.key)


class Nothing:
    """A catalog without runs."""

    def flows(self) -> list[str]:
        return []

    def runs(self, flow: str) -> dict[str, object]:
        return {}

    def listed(self) -> dict[str, str]:
        return {}

    def unsettled(self) -> dict[str, object]:
        return {}


def test_records_differ_where_it_matters() -> None:
    """The planted lineage has every status and every kind of trigger in it, or it would prove little."""
    records = list(TRUTH.values())
    assert {"completed", "failed", "running", "unknown"} == {record.status for record in records}
    assert any(record.origin and record.triggers and not record.inherited for record in records)
    assert any(replace(record, tags=()) != record for record in records)
