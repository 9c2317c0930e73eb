"""The verbs that answer why, on the demo's runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineage.cli import main

pytestmark = pytest.mark.usefixtures("demo_runs")


def test_check_and_stale_exit_with_1_where_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "PredictionFlow", "comes from ETLFlow within 24h", "not stale"]) == 0
    assert "2 of 2 conditions met" in capsys.readouterr().out
    assert main(["check", "ReportFlow", "no failed ancestor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["passed"] is False
    assert main(["stale"]) == 0
    assert "No stale run among" in capsys.readouterr().out
    assert main(["stale", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stale"] == []


def test_explain_and_diff_print_text_markdown_and_a_picture(
    demo_runs: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["explain", demo_runs["failed"], "--error", "--markdown"]) == 0
    assert "ConnectionError: the mail server does not answer" in capsys.readouterr().out
    assert main(["explain", demo_runs["failed"], "--error", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["failure"] == {"type": "ConnectionError", "message": "the mail server does not answer"}
    assert told["causes"][0]["key"] == demo_runs["prediction"]
    file = tmp_path / "diff.html"
    assert main(["diff", demo_runs["failed"], demo_runs["resumed"], "--html", str(file)]) == 0
    assert "status failed -> completed" in capsys.readouterr().out
    assert "<mark>completed</mark>" in file.read_text("utf-8")
    assert main(["diff", "ReportFlow", "ReportFlow", "--html", "/nowhere/diff.html"]) == 2
    assert "/nowhere/diff.html cannot be written" in capsys.readouterr().err


def test_a_report_shows_a_comparison_and_marks_what_is_stale(
    demo_runs: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    report = ["report", demo_runs["resumed"], "--compare", demo_runs["failed"], "--stale", "--no-details"]
    assert main([*report, "-o", str(file)]) == 0
    assert "&lt;mark&gt;completed&lt;/mark&gt;" in file.read_text("utf-8")
    capsys.readouterr()
    assert main(["report", demo_runs["etl"], *report[1:]]) == 2
    assert "--compare takes the report of one run" in capsys.readouterr().err


def test_audit_tells_what_it_cannot_know_and_refuses_a_wrong_zone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--grace", "0s"]) == 0
    out = capsys.readouterr().out
    assert "fired as expected once" in out
    assert "a run that was deleted looks like one that never fired" in out
    assert main(["audit", "--timezone", "Moon/Base"]) == 2
    assert "time zone 'Moon/Base' is not known" in capsys.readouterr().err
