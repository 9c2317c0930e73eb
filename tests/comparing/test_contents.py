"""Which contents and values are read for a comparison, through the source or through Metaflow's client."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import lineage
from lineage.client.artifacts import Unread
from lineage.comparing import contents
from lineage.comparing.contents import contents_of
from lineage.comparing.difference import Difference
from lineage.errors import ArtifactUnavailable, Cancelled, LineageError, RunNotFound
from lineage.records.contents import RunContents
from lineage.sources import Cancel, MemorySource
from tests.support.drawn import START, drawn_record, drawn_records

CODE = {"commit": "3f2a"}
TEXT = "ETLFlow/1 > TrainingFlow/2\nETLFlow/11 > TrainingFlow/12"
A, B = "TrainingFlow/2", "TrainingFlow/12"


class Bare:
    """A source that cannot tell contents; they are read through Metaflow's client."""

    label = "a bare source"
    key = None


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Stands for Metaflow's client; notes which runs are read, from where."""
    asked: list[tuple[Any, ...]] = []

    def recorded_run(key: str, read_from: str, created_at: object) -> tuple[Any, ...]:
        asked.append((key, read_from, created_at))
        return asked[-1]

    monkeypatch.setattr(contents, "recorded_run", recorded_run)
    return asked


def test_contents_are_read_through_the_client_in_batches_where_the_source_cannot_tell(
    client: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {
        "A/1": RunNotFound("gone"),
        "A/2": LineageError("no access"),
        "A/3": ValueError("half"),
    }

    def client_contents(run: tuple[Any, ...]) -> RunContents:
        if fault := faults.get(run[0]):
            raise fault
        return RunContents({"alpha": run[0]})

    monkeypatch.setattr(contents, "client_contents", client_contents)
    nodes = {f"A/{n}": {"created_at": START + timedelta(minutes=n)} for n in range(150)}
    told: list[tuple[int, int | None]] = []
    read = contents_of(nodes, "the store", Bare(), lambda *words: told.append(words))  # type: ignore[arg-type] # no more is used
    assert list(read) == list(nodes)
    assert read["A/0"] == RunContents({"alpha": "A/0"})
    assert read["A/149"] == RunContents({"alpha": "A/149"})
    assert read["A/1"].unread == "Metaflow's client did not find it in the store that it is configured for"
    assert (read["A/2"].unread, read["A/3"].unread) == ("no access", "ValueError: half")
    assert sorted(client) == sorted((key, "the store", node["created_at"]) for key, node in nodes.items())
    assert told == [(64, 150), (128, 150), (150, 150)]
    assert len(contents_of({"A/0": nodes["A/0"]}, "the store", Bare())) == 1  # type: ignore[arg-type] # as above


def test_contents_are_read_from_the_source_that_can_tell_them_by_the_last_step() -> None:
    class Telling(MemorySource):
        asked: dict[str, str]
        cancel: object = None

        def contents(
            self, end_steps: Mapping[str, str], cancel: Cancel | None = None
        ) -> Mapping[str, RunContents]:
            self.asked, self.cancel = dict(end_steps), cancel
            return super().contents(end_steps, cancel)

    class Never:
        def is_set(self) -> bool:
            return False

    source, cancel = Telling([]), Never()
    contents_of(
        {"A/1": {"end_step": "finish"}, "A/2": {"end_step": None}, "A/3": {}}, "", source, None, cancel
    )
    assert source.asked == {"A/1": "finish", "A/2": "end", "A/3": "end"}
    assert source.cancel is cancel
    runs = Telling(drawn_records(TEXT))
    lineage.diff(A, B, source=runs, cancel=cancel, parameters=False)
    assert (set(runs.asked), runs.cancel) == ({"ETLFlow/1", "ETLFlow/11", A, B}, cancel)


def test_a_comparison_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        contents_of({"A/1": {}}, "", Bare(), None, SimpleNamespace(is_set=lambda: True))  # type: ignore[arg-type] # as above


def compared(values: Collection[str] = (), **options: Any) -> Difference:
    known = {
        "ETLFlow/1": RunContents({"alpha": "p1", "table": "q1"}, {"rows": "r1"}, CODE),
        "ETLFlow/11": RunContents({"alpha": "p2", "table": "q2"}, {"rows": "r2", "late": "l2"}, CODE),
        A: RunContents({}, {"model": "m1", "seed": "s1"}, CODE),
        B: RunContents({}, {"model": "m2", "seed": "s1"}, CODE),
    }
    return lineage.diff(A, B, values=values, source=MemorySource(drawn_records(TEXT), known), **options)


def texts(found: Difference) -> list[list[str]]:
    return [[str(change) for change in place.changes] for place in found.places]


def test_parameters_are_shown_by_value_unless_they_are_not_plain_data(
    client: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"ETLFlow/1": 3, "ETLFlow/11": 4}

    def run_details(run: tuple[Any, ...]) -> SimpleNamespace:
        unread = Unread("an object")
        return SimpleNamespace(parameters={"alpha": values[run[0]], "table": unread})

    monkeypatch.setattr(contents, "run_details", run_details)
    assert texts(compared()) == [
        ["alpha 3 -> 4", "table: other value", "late: only in B", "rows: other content"],
        ["model: other content"],
    ]
    assert client == [
        ("ETLFlow/1", "records in memory", START + timedelta(minutes=1)),
        ("ETLFlow/11", "records in memory", START + timedelta(minutes=11)),
    ]
    assert compared().changed[0].changes[0].kind == "parameter"
    without = compared(parameters=False)
    assert texts(without)[0][0] == "alpha: other value"
    assert len(client) == 4
    assert (
        compared().changed[0].changes[1] == without.changed[0].changes[1]
    )  # what is not plain stays as it was

    def fail(run: tuple[Any, ...]) -> SimpleNamespace:
        raise LineageError("no access")

    monkeypatch.setattr(contents, "run_details", fail)
    assert texts(compared())[0][0] == "alpha: other value"


def test_a_parameter_called_commit_is_not_taken_for_the_commit(
    client: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"ETLFlow/1": "main", "ETLFlow/11": "next"}
    monkeypatch.setattr(
        contents, "run_details", lambda run: SimpleNamespace(parameters={"commit": values[run[0]]})
    )
    known = {
        "ETLFlow/1": RunContents({"commit": "p1"}, {}, {"commit": "3f2a"}),
        "ETLFlow/11": RunContents({"commit": "p2"}, {}, {"commit": "91bc"}),
    }
    found = lineage.diff("ETLFlow/1", "ETLFlow/11", source=MemorySource(drawn_records(TEXT), known))
    assert texts(found) == [["commit main -> next", "commit 3f2a -> 91bc"]]


def test_a_comparison_through_the_client_tells_its_progress_and_from_which_store_it_reads(
    client: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Untelling(MemorySource):
        contents = None  # type: ignore[assignment] # so that it is not a source that tells contents

    monkeypatch.setattr(contents, "client_contents", lambda run: RunContents({"alpha": run[0]}, {}, CODE))
    told: list[tuple[int, int | None]] = []
    source = Untelling(drawn_records(TEXT))
    found = lineage.diff(
        A, B, source=source, parameters=False, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(4, 4)]
    assert {read_from for _, read_from, _ in client} == {source.label}
    assert texts(found) == [["alpha: other value"], ["alpha: other value"]]


def test_artifacts_are_shown_by_value_where_they_are_asked_for(
    client: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def artifact_value(run: tuple[Any, ...], name: str) -> Any:
        if name == "rows" and run[0] == "ETLFlow/11":
            raise ArtifactUnavailable("rows of ETLFlow/11 cannot be loaded")
        return f"{name} of {run[0]}"

    monkeypatch.setattr(contents, "artifact_value", artifact_value)
    found = compared(["late", "model", "rows", "seed"], parameters=False)
    assert texts(found)[1] == ["model model of TrainingFlow/2 -> model of TrainingFlow/12"]
    assert [change.kind for change in found.places[1].changes] == ["artifact"]
    etl = {change.name: (change.before, change.after) for change in found.places[0].changes}
    assert etl["late"][1] == "late of ETLFlow/11"
    assert etl["rows"][0] == "rows of ETLFlow/1"
    assert repr(etl["rows"][1]) == "not loaded (hash r2)"
    assert repr(etl["late"][0]) == "absent"
    assert found.notes == (
        "rows of ETLFlow/11 cannot be loaded",
        "no artifact 'seed' differs in two runs",
    )
    assert [key for key, *_ in client] == ["ETLFlow/11", "ETLFlow/1", "ETLFlow/11", A, B]
    assert client[0][1:] == ("records in memory", START + timedelta(minutes=11))
    assert texts(compared(parameters=False))[1] == ["model: other content"]
    assert texts(compared(["alpha"], parameters=False)) == [
        ["alpha: other value", "table: other value", "late: only in B", "rows: other content"],
        ["model: other content"],
    ]


def test_places_that_only_one_side_has_are_not_read() -> None:
    records = [*drawn_records(f"{TEXT}\nDriftFlow/9 > TrainingFlow/12"), drawn_record("EndFlow/3")]
    gone = [replace(record, problems=()) for record in records]
    found = lineage.diff(A, B, source=MemorySource(gone), parameters=False)
    assert "the contents of 4 runs could not be read" in found.notes[0]
