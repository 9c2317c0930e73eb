"""`Lineage.stale` and the selection `stale:` on small lineages drawn in text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import lineage
from lineage.comparing.stale import StaleRuns, stale_everywhere
from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap, declare
from lineage.records.model import RunRecord
from lineage.render.still import svg
from lineage.scene.lineage_scene import scene
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records

TEXT = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/3
    TrainingFlow/2 .model.> ReportFlow/4
    ETLFlow/5 > OtherFlow/9
    ETLFlow/6 > OtherFlow/10
    ETLFlow/7 > OtherFlow/11
"""


def source(text: str = TEXT, **changes: dict[str, object]) -> MemorySource:
    records = {record.pathspec: record for record in drawn_records(text)}
    for name, change in changes.items():
        key = name.replace("_", "/")
        records[key] = replace(records[key], **change)
    return MemorySource(records.values())


def stale(run: str, store: MemorySource, **more: object) -> StaleRuns:
    return lineage.trace(run, source=store, **more).stale(store)


def test_a_stale_run_names_its_newest_input_by_how_many_runs_and_how_much_time() -> None:
    found = stale("TrainingFlow/2", source())
    assert [str(run) for run in found] == ["ETLFlow/1 -> ETLFlow/7 (3 newer runs, 6 min)"]
    assert found.runs[0].inputs[0].kinds == ("trigger",)


def test_only_root_causes_are_listed_and_the_rest_is_counted() -> None:
    found = stale("PredictionFlow/3", source())
    assert [run.run for run in found.roots] == ["TrainingFlow/2"]
    assert [run.run for run in found] == ["TrainingFlow/2", "PredictionFlow/3"]
    assert "1 run built on these" in str(found)
    assert str(found.runs[1]) == "built on TrainingFlow/2, which is stale"


def test_a_read_counts_like_a_trigger() -> None:
    found = stale("ReportFlow/4", source(f"{TEXT}\nTrainingFlow/8 > OtherFlow/12"))
    assert found.runs[1].inputs[0].kinds == ("read",)


def test_failed_runs_and_those_of_other_branches_are_no_newer_versions() -> None:
    branch = {"system_tags": ("project:shop", "project_branch:user.ann")}
    store = source(ETLFlow_7={"status": "failed"}, ETLFlow_6=branch, ETLFlow_5={"status": "running"})
    assert not stale("TrainingFlow/2", store)


def test_the_newest_is_the_latest_that_succeeded() -> None:
    found = stale("TrainingFlow/2", source(ETLFlow_7={"status": "failed"}))
    assert found.runs[0].inputs[0].newest == "ETLFlow/6"
    assert found.runs[0].inputs[0].runs == 2


def test_a_lineage_in_the_past_knows_no_later_versions() -> None:
    past = stale("TrainingFlow/2", source(), as_of="2026-01-01T00:06:30+00:00")
    assert [run.inputs[0].newest for run in past] == ["ETLFlow/5"]


def test_a_refresh_repeats_what_no_newer_run_has_superseded_and_goes_into_the_simulator() -> None:
    text = f"{TEXT}\nETLFlow/7 > TrainingFlow/8"
    found = stale("PredictionFlow/3", source(text))
    assert found.refresh == ["PredictionFlow/3"], "TrainingFlow/8 is there already"
    flows = FlowMap.of([declare("PredictionFlow"), declare("ReportFlow", on_finish=["PredictionFlow"])])
    assert [run.flow for run in lineage.simulate(flows, found.stimuli).runs] == [
        "PredictionFlow",
        "ReportFlow",
    ]


def test_the_selection_finds_stale_runs_and_a_saved_lineage_keeps_them(tmp_path: object) -> None:
    found = stale("PredictionFlow/3", source()).lineage
    assert set(found.select("status:stale").graph) == {"TrainingFlow/2", "PredictionFlow/3"}
    assert [node.get("stale", "")[:9] for node in scene(found)["nodes"]].count("ETLFlow/1") == 1
    assert svg(scene(found)).count("completed, stale<") == 2
    assert set(found.select("stale:ETLFlow*").graph) == {"TrainingFlow/2"}
    assert "TrainingFlow/2  completed in 1 min, ann, stale" in str(found)
    kept = lineage.load(found.save(f"{tmp_path}/lineage.json"))
    assert set(kept.select("stale:*").graph) == {"TrainingFlow/2", "PredictionFlow/3"}


def test_a_resumed_run_is_as_stale_as_what_it_resumed() -> None:
    found = stale(
        "TrainingFlow/3", source("ETLFlow/1 > TrainingFlow/2 ~ TrainingFlow/3\nETLFlow/9 > OtherFlow/10")
    )
    assert [(run.run, run.inputs[0].newest) for run in found] == [
        ("TrainingFlow/2", "ETLFlow/9"),
        ("TrainingFlow/3", "ETLFlow/9"),
    ]
    assert found.refresh == ["TrainingFlow/3"]


def test_an_input_that_is_gone_is_said_not_to_be_judged() -> None:
    found = stale("TrainingFlow/2", source("ETLFlow/1? > TrainingFlow/2"))
    assert not found
    assert "no longer exist: ETLFlow/1" in found.notes[0]
    assert str(found).splitlines()[-1] == f"! {found.notes[0]}"


def test_of_many_inputs_that_are_gone_five_are_named() -> None:
    found = stale("JoinFlow/9", source("\n".join(f"AFlow/{n}? > JoinFlow/9" for n in range(1, 8))))
    assert found.notes[0].endswith(": AFlow/1, AFlow/2, AFlow/3, AFlow/4, AFlow/5")


def test_a_resumed_run_adds_its_own_outdated_inputs_to_those_of_its_origin() -> None:
    text = "ETLFlow/1 > TrainingFlow/2 ~ TrainingFlow/4\nevent! > TrainingFlow/4\nDataFlow/3 > TrainingFlow/4"
    found = stale("TrainingFlow/4", source(f"{text}\nETLFlow/8\nDataFlow/9"))
    assert {i.run for i in found.runs[1].inputs} == {"ETLFlow/1", "DataFlow/3"}


def test_a_resumed_run_inherits_staleness_from_all_that_came_before_it_or_its_origin(tmp_path: Path) -> None:
    text = """
        ETLFlow/1 > TrainingFlow/2 > PredictionFlow/5 ~ PredictionFlow/6
        ETLFlow/1 > DataFlow/3 .rows.> PredictionFlow/6
        ETLFlow/9
    """
    store = source(text)
    traced = lineage.trace("PredictionFlow/6", source=store)
    loaded = lineage.load(traced.save(tmp_path / "lineage.json"))  # with its edges in another order
    for found in (traced.stale(store), loaded.stale(store)):
        (last,) = [run for run in found if run.run == "PredictionFlow/6"]
        assert set(last.through) == {"TrainingFlow/2", "DataFlow/3"}


def test_everywhere_looks_at_the_current_run_of_every_flow() -> None:
    found = stale_everywhere(source())
    assert [run.run for run in found.roots] == ["TrainingFlow/2"]
    assert {run.run for run in found} == {"TrainingFlow/2", "PredictionFlow/3", "ReportFlow/4"}
    assert not stale_everywhere(MemorySource([RunRecord("ETLFlow", "1", status="failed")]))


def test_another_source_than_that_of_the_lineage_is_refused() -> None:
    lin = lineage.trace("TrainingFlow/2", source=source())
    with pytest.raises(InvalidArgument, match="this lineage was read from the records in memory"):
        lin.stale("local:/nowhere")


def test_many_outdated_inputs_are_counted() -> None:
    source = MemorySource(drawn_records("\n".join(f"AFlow/{n} > CFlow/99" for n in range(1, 9))))
    (run,) = lineage.trace("CFlow/99", source=source).stale(source)
    assert len(run.inputs) == 7
    assert str(run).endswith("; 3 more outdated inputs")
