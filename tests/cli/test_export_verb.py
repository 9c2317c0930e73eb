"""`lineage export`, as a person types it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from lineage import load, trace
from lineage.cli import export_verb, main
from lineage.exporting.formats import FORMATS
from tests.support.planted import plant, write_local
from tests.support.planted_lineages import by_event, by_run, finished_run
from tests.support.receiver import Receiver, Reply


@pytest.fixture
def address(tmp_path: Path) -> str:
    runs = [finished_run("A", "1", 1, by_event("go", "7", 1)), finished_run("B", "2", 2, by_run("A/1", 1))]
    write_local([plant(run) for run in runs], tmp_path / "store")
    return f"local:{tmp_path / 'store'}"


def said_by(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["export", *arguments]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


def test_the_command_knows_all_formats() -> None:
    assert tuple(FORMATS) == export_verb._FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_printed_or_written(
    name: str, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = said_by(capsys, "B/2", "--format", name, "--source", address)
    written = said_by(capsys, "B/2", "--format", name, "--source", address, "-o", str(tmp_path)).strip()
    assert written == str(tmp_path / f"lineage-B-2{FORMATS[name].suffix}")
    text = Path(written).read_text("utf-8")
    if name != "json":  # which has the time when it was read
        assert text.splitlines() == printed.splitlines()


def test_others_read_what_it_prints(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def printed(name: str) -> str:
        return said_by(capsys, "B", "--format", name, "--source", address)

    keys = {"event:go/7", "A/1", "B/2"}
    assert set(nx.parse_graphml(printed("graphml").partition("\n")[2])) == keys
    assert set(nx.read_gexf(io.BytesIO(printed("gexf").encode()))) == keys
    assert list(pd.read_csv(io.StringIO(printed("csv")))["run"]) == ["A/1", "B/2"]
    assert set(pd.read_csv(io.StringIO(printed("csv-edges")))["effect"]) == {"A/1", "B/2"}
    assert list(pd.read_csv(io.StringIO(printed("csv-events")))["event"]) == ["event:go/7"]
    (tmp_path / "saved.json").write_text(printed("json"))
    assert set(load(tmp_path / "saved.json").graph) == keys
    events = [json.loads(line) for line in printed("openlineage").splitlines()]
    assert events == trace("B", source=address).to_openlineage()


def test_a_part_is_exported(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("B", "--format", "csv", "--source", address)
    assert "A/1" not in said_by(capsys, *asked, "--select", "B")
    assert "A/1" not in said_by(capsys, *asked, "--upstream", "0")


def test_events_are_sent_and_written_if_a_file_is_named(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "secret")
    file = tmp_path / "events.jsonl"
    asked = ("B", "--format", "openlineage", "--namespace", "team", "--source", address)
    with Receiver() as receiver:
        assert said_by(capsys, *asked, "--to", receiver.url) == "4 events accepted\n"
        both = said_by(capsys, *asked, "--to", receiver.url, "-o", str(file))
    assert both == f"{file}\n4 events accepted\n"
    bodies = [request.body for request in receiver.received]
    assert bodies[:4] == bodies[4:] == [json.loads(line) for line in file.read_text().splitlines()]
    assert {request.headers["Authorization"] for request in receiver.received} == {"Bearer secret"}


def test_what_goes_wrong_is_one_line(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENLINEAGE_API_KEY", raising=False)
    with Receiver(Reply(401)) as receiver:
        asked = ["export", "B", "--format", "openlineage", "--source", address, "--to", receiver.url]
        assert main(asked) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "HTTP 401" in said.err
    assert main(["export", "B", "--format", "dot", "--to", "http://127.0.0.1:9", "--source", "nowhere"]) == 2
    assert "use --format openlineage, not dot" in capsys.readouterr().err
    assert (
        main(["export", "B", "--format", "dot", "-o", str(tmp_path / "no" / "x"), "--source", "nowhere"]) == 2
    )
    assert "does not exist" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["export", "B", "--format", "word"])
    assert "invalid choice: 'word'" in capsys.readouterr().err


def test_folding_is_said_at_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lineage.api.lineages import Lineage
    from tests.support.lineages import trigger_lineage

    monkeypatch.setattr(export_verb, "read_lineage", lambda _: Lineage(trigger_lineage(600)))
    with pytest.warns(UserWarning, match="600 runs folded by flow: a Mermaid diagram holds 500 edges"):
        assert main(["export", "A", "--format", "mermaid"]) == 0
    assert capsys.readouterr().out.startswith('---\ntitle: "600 runs folded by flow')
