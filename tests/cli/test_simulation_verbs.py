"""`lineage simulate` and `lineage replay`, as a person types them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.cli import main
from lineage.demo import Demo

FLOWS = str(Path(__file__).parent.parent.parent / "lineage/demo/flows")


@pytest.fixture(autouse=True)
def without_past_runs(tmp_path: Path, metadata: Callable[[str], str]) -> None:
    """Durations come from past runs, where there are any."""
    (tmp_path / ".metaflow").mkdir()
    metadata(f"local@{tmp_path}")


def test_simulate_prints_a_timeline_and_a_sentence_for_each_flow(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["simulate", "IngestFlow", "new_data", "--files", FLOWS]
    assert main([*asked, "--duration", "TrainingFlow=15min", "--fail", "PredictionFlow"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].startswith("5 runs from 20")
    assert "all done after 18 min" in said
    assert said.count("█") > 30
    assert "✖ PredictionFlow  fires at" in said
    assert "○ ReportFlow      does not fire: PredictionFlow failed at" in said
    assert re.search(r"! the duration of .+ is unknown: 60 s is assumed", said)


def test_simulate_as_json_is_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["simulate", "DataFlow", "--files", FLOWS, "--json", "--horizon", "90s"]
    assert main([*asked, "--at", "2026-11-30T09:00+01:00"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["start"] == "2026-11-30T09:00:00+01:00"
    assert [event["kind"] for event in said["events"]] == ["started", "completed", "arrived"]
    assert said["why"]["PredictionFlow"].startswith("waits for TrainingFlow (got DataFlow")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["IngetFlow"], "did you mean IngestFlow"),
        (["IngestFlow", "--horizon", "soon"], "invalid duration 'soon': use 90s, 15min, 6h or 2d"),
        (["IngestFlow", "--duration", "ETLFlow"], "--duration must be FLOW=TIME"),
        (["IngestFlow", "--samples", "0"], "samples must be an integer of at least 1"),
        (["IngestFlow", "--fail", "Nope"], "Nope"),
        (["IngestFlow", "--at", "soon"], "start must be a datetime or ISO 8601 text"),
        (["IngestFlow", "--horizon", "9999999d"], "longer than a hundred years"),
        (["IngestFlow", "--take", "ETLFlow"], "--take must be FLOW=STEP"),
        (["IngestFlow", "--take", "ETLFlow=start"], "no step 'start' that depends on a switch"),
        (["IngestFlow", "--take", "ETLFlow=b", "--fail", "ETLFlow"], "cannot both be given for ETLFlow"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *arguments, "--files", FLOWS]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_dry_run_prints_the_commands_that_would_repeat_a_past_cascade(
    demo: tuple[Demo, dict[str, str]], demo_runs: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["replay", demo_runs["etl"], "--dry-run", "--files", FLOWS, "--source", f"local:{demo[0].root}"]
    assert main(asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("/")[-1].split(".py")[0] for line in (text.split(" --")[0] for text in lines)] == [
        "trainingflow",
        "predictionflow",
        "reportflow",
    ]
    assert f"--trigger {demo_runs['etl']} " in lines[0]
    assert f"replay_of:{demo_runs['training']}" in lines[0]


def test_a_run_that_set_off_nothing_is_said(
    demo: tuple[Demo, dict[str, str]], demo_runs: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["replay", demo_runs["resumed"], "--source", f"local:{demo[0].root}"]
    assert main(asked) == 2
    assert "triggered no run" in capsys.readouterr().err
