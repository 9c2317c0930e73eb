"""`lineage recent`, and the hint of `lineage trace` at what followed, as a person types them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from metaflow import metaflow_config

from lineage.cli import main
from tests.support.planted import plant, write_local
from tests.support.planted_lineages import by_run, finished_run


@pytest.fixture
def address(tmp_path: Path) -> str:
    now = datetime.now(timezone.utc)
    runs = [finished_run("Etl", "1", 1), finished_run("Train", "2", 2, by_run("Etl/1", 1))]
    late = [
        replace(run, created_at=now - timedelta(minutes=9 - i), finished_at=now - timedelta(minutes=5))
        for i, run in enumerate(runs)
    ]
    late[1] = replace(late[1], status="failed")
    write_local([plant(run) for run in late], tmp_path)
    return f"local:{tmp_path}"


def test_recent_lists_what_failed_first_and_as_json(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recent", "--since", "1h", "--source", address]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Last hour: 1 cascade, 2 runs")
    assert said.index("Failed: 1 of 1") < said.index("✖ Etl 1")
    assert main(["recent", "--failed", "--json", "--source", address]) == 0
    (fact,) = json.loads(capsys.readouterr().out)
    assert (fact["root"], fact["failed"], fact["runs"]) == ("Etl/1", ["Train/2"], 2)


def test_nothing_recent_is_a_sentence(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recent", "--since", "1s", "--source", address]) == 0
    assert capsys.readouterr().out.startswith("No run began since ")
    assert main(["recent", "--since", "soon", "--source", address]) == 2
    assert "invalid duration 'soon'" in capsys.readouterr().err


def test_trace_says_what_followed_and_when_a_selection_is_empty(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "Etl", "--source", address]) == 0
    assert capsys.readouterr().out.endswith("Runs that followed are not shown: --downstream all\n")
    assert main(["recent", "--source", address]) == 0  # makes the catalog
    capsys.readouterr()
    assert main(["trace", "Etl", "--source", address]) == 0
    assert capsys.readouterr().out.endswith("1 run followed: --downstream all\n")
    assert main(["trace", "Etl", "--select", "user:none", "--source", address]) == 0
    assert capsys.readouterr().out == "Nothing of this lineage matches 'user:none'.\n"


def test_trace_names_the_page_of_a_run_only_where_there_is_one(
    address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metaflow_config, "UI_URL", "https://ui.example")
    assert main(["trace", "Etl/1", "--source", address]) == 0
    assert "https://ui.example" not in capsys.readouterr().out  # no UI shows a local store
    monkeypatch.setattr("lineage.client.ui_links._NOT_SERVED", ())
    assert main(["trace", "Etl/1", "--source", address]) == 0
    assert "Metaflow UI: https://ui.example/Etl/1\n" in capsys.readouterr().out
