"""`lineage trace` and `lineage refresh`, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from lineage import load
from lineage.cli import main
from tests.support.planted import plant, write_local, write_local_run
from tests.support.planted_lineages import by_run, finished_run


@pytest.fixture
def address(tmp_path: Path) -> str:
    runs = [finished_run("A", "1", 1), finished_run("B", "2", 2, by_run("A/1", 1))]
    write_local([plant(run) for run in [*runs, finished_run("C", "3", 3, by_run("B/2", 2))]], tmp_path)
    return f"local:{tmp_path}"


def test_a_tree_shows_both_directions(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "B/2", "--upstream", "1", "--downstream", "1", "--source", address]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].startswith("● B/2  completed in 5 min")
    assert said.index("came from") < said.index("A/1") < said.index("set off") < said.index("C/3")


def test_json_is_what_load_reads(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "A", "--downstream", "all", "--json", "--source", address]) == 0
    said = capsys.readouterr().out
    (tmp_path / "saved.json").write_text(said)
    assert load(tmp_path / "saved.json").runs == ["A/1", "B/2", "C/3"]
    assert json.loads(said)["focus"] == ["A/1"]


def test_a_lineage_as_of_a_time(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["trace", "A/1", "--downstream", "all", "--source", address, "--as-of"]
    assert main([*asked, "2026-03-02T11:01:00+00:00"]) == 0
    said = capsys.readouterr().out
    assert "B/2  running" in said
    assert "C/3" not in said
    assert main([*asked, "tomorrow"]) == 2
    assert "ISO 8601" in capsys.readouterr().err


def test_a_refresh_says_what_it_read(
    address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lineage.sources.local.source._RECENT", 0)  # the store is not just being copied
    assert main(["refresh", "--source", address]) == 0
    assert capsys.readouterr().out.startswith("3 runs read, in")
    write_local_run(plant(finished_run("D", "4", 4)), Path(address.partition(":")[2]))
    assert main(["refresh", "--source", address]) == 0
    assert capsys.readouterr().out.startswith("1 run read, in")


def test_all_hops_are_a_word_in_both_directions(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "C", "--upstream", "all", "--downstream", "0", "--source", address]) == 0
    assert "A/1" in capsys.readouterr().out
    for option in ("--upstream", "--downstream"):
        for hops in ("-1", "two", "1.5"):
            with pytest.raises(SystemExit, match="2"):
                main(["trace", "C", f"{option}={hops}", "--source", address])
            assert f"must be a number from 0 or all, not {hops!r}" in capsys.readouterr().err


def test_a_report_goes_where_it_is_told_or_nothing_is_read_for_it(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["report", "A/1", "--no-details", "--source", address, "-o"]
    assert main([*asked, str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "lineage-A-1.html")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    assert main([*asked, str(tmp_path / "b.html")]) == 2
    assert capsys.readouterr().err == f"lineage: {tmp_path}/b.html cannot be written: No space left\n"
    assert sorted(p.name for p in tmp_path.glob("*.html*")) == ["lineage-A-1.html"]


def test_a_warning_is_one_line(address: str, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "lineage", "refresh", "--source", address],
        env=os.environ | {"LINEAGE_CACHE": str(tmp_path / "a file")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.startswith("lineage: The catalog ")
    assert done.stderr.count("\n") == 1


def test_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"lineage {version('metaflow-lineage')}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trace", "A/9"], "A/9 was not found"),
        (["trace", "Nope"], "no flow 'Nope'"),
        (["report", "A/1", "-o", "/no/such/folder/report.html"], "the folder /no/such/folder does not exist"),
        (["refresh"], ""),
    ],
)
def test_what_cannot_be_done_is_one_line(
    address: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["--source", address] if words else ["--source", "gopher://x"]
    assert main([*arguments, *source]) == 2
    said = capsys.readouterr().err
    assert said.startswith("lineage: ")
    assert words in said
    assert said.count("\n") == 1
