"""What JSON, UTF-8 or a terminal cannot take, from a store, through every output."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import Lineage, load, trace
from lineage.cli import _warnings_in_one_line, main
from lineage.errors import LineageError, RunNotFound, SourceError
from lineage.flow_map import FlowMap, declare
from lineage.notebook.explorer import Explorer
from lineage.records.model import RunRecord
from lineage.render.card import card_page
from lineage.render.page import embed, page
from lineage.render.text_timeline import text_timeline
from lineage.scene.lineage_scene import scene
from lineage.simulation.run import run_simulation
from lineage.sources import MemorySource
from lineage.sources.service.source import ServiceSource
from lineage.text import clean_json, encode_json, escape_hidden, escape_message
from metaflow_extensions.lineage.plugins.cards.plain_text import text_page
from tests.support.cards import scene_in
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant
from tests.support.planted_lineages import by_event, finished_run

HALF = "\ud83d"
STEER = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x00\u202e"
PAYLOAD: dict[str, Any] = {
    "size": float("inf"),
    "small": float("-inf"),
    "rate": [float("nan"), {"deep": float("inf")}],
    "text": f"half {HALF}",
    f"key {HALF}": [f"{HALF}{HALF}"],
    "steer": STEER,
    "deep": json.loads("[" * 300 + "]" * 300),
}


def hostile_run(run_id: str = "1") -> RunRecord:
    event = by_event(f"first{HALF}{STEER}", f"id{HALF}{STEER}", 1, PAYLOAD)
    tags = (f"tag {HALF}", f"tag {STEER}")
    return finished_run("OddFlow", run_id, 1, event, user=f"ann{HALF}{STEER}", tags=tags)


@pytest.fixture
def server() -> Iterator[MetadataServer]:
    with MetadataServer([plant(hostile_run())]) as running:
        yield running


@pytest.fixture(params=["service", "memory"])
def lineage(request: pytest.FixtureRequest, server: MetadataServer) -> Lineage:
    """The hostile run, as a server sends it, and as it was made by hand."""
    if request.param == "service":
        return trace("OddFlow/1", source=ServiceSource(server.url))
    return trace("OddFlow/1", source=MemorySource([hostile_run()]))


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text.encode()
    return json.loads(text, parse_constant=refuse)


def test_reports_notebook_outputs_and_files_hold_it(lineage: Lineage, tmp_path: Path) -> None:
    document = scene(lineage)
    strict(json.dumps(document, allow_nan=False, ensure_ascii=False))  # as Jupyter sends it
    event = next(node for node in document["nodes"] if node["kind"] == "event")
    assert event["payload"]["size"] == "Infinity"
    assert event["payload"]["rate"][0] == "NaN"
    assert "nested too deeply" in json.dumps(event["payload"]["deep"])
    page(document).encode()
    embed(document).encode()
    lineage.to_html(tmp_path / "report.html", details=False)
    strict(lineage.to_json())
    saved = load(lineage.save(tmp_path / "saved.json"))
    assert len(saved) == len(lineage)
    again = next(node for node in scene(saved)["nodes"] if node["kind"] == "event")
    assert {**again["payload"], "deep": 0} == {**event["payload"], "deep": 0}
    assert {**again, "payload": 0} == {**event, "payload": 0}


def test_a_file_that_another_program_saved_may_hold_it_too(lineage: Lineage, tmp_path: Path) -> None:
    document = json.loads(lineage.to_json())
    for node in document["graph"]["nodes"]:
        node["payload"] = PAYLOAD
    (tmp_path / "other.json").write_text(json.dumps(document))
    strict(load(tmp_path / "other.json").to_json())


def test_the_explorer_holds_it(lineage: Lineage) -> None:
    strict(json.dumps(Explorer(lineage).scene, allow_nan=False, ensure_ascii=False))


def test_a_card_holds_it(server: MetadataServer, metadata: Callable[[str], str]) -> None:
    metadata(f"service@{server.url}")
    drawn = card_page("OddFlow/1", {})
    assert drawn.isascii()
    event = next(node for node in scene_in(drawn)["nodes"] if node["kind"] == "event")
    assert event["payload"]["size"] == "Infinity"
    plain = text_page(f"OddFlow/{STEER}1", [STEER, HALF])
    assert plain.isascii()
    assert not STEERING & set(drawn + plain)


STEERING = frozenset("\x1b\x07\x00\x9b\r\u202e")


def test_the_tree_does_not_steer_a_terminal(lineage: Lineage) -> None:
    assert not STEERING & set(str(lineage) + repr(lineage))
    str(lineage).encode()


def test_the_command_does_not_steer_a_terminal(
    server: MetadataServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = str(tmp_path / "report.html")
    assert main(["trace", "OddFlow/1", "--source", server.url]) == 0
    assert main(["trace", "OddFlow/1", "--source", server.url, "--json"]) == 0
    assert main(["report", "OddFlow/1", "--source", server.url, "--no-details", "-o", report]) == 0
    assert main(["refresh", "--source", server.url]) == 0
    assert main(["trace", f"OddFlow/{STEER}9", "--source", server.url]) == 2
    assert main(["trace", "OddFlow/1", "--source", f"memory{STEER}:"]) == 2
    shown = capsys.readouterr()
    assert not STEERING & set(shown.out + shown.err)


@pytest.mark.parametrize("form", ["dot", "graphml", "csv", "mermaid", "openlineage"])
def test_an_export_does_not_steer_a_terminal_and_is_whole_in_a_pipe(
    server: MetadataServer, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["export", "OddFlow/1", "--source", server.url, "--format", form]
    assert main(asked) == 0
    piped = capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert not STEERING & set(shown)
    assert escape_hidden(piped.replace("\r\n", "\n"), keep="\n\t") == shown


def test_json_on_a_terminal_still_means_the_same(
    server: MetadataServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "OddFlow/1", "--source", server.url, "--json"]) == 0
    shown = strict(capsys.readouterr().out)
    run = next(node for node in shown["graph"]["nodes"] if node["kind"] == "run")
    assert f"tag {STEER}" in run["tags"]


@pytest.mark.parametrize("kind", [LineageError, SourceError, RunNotFound])
def test_messages_of_errors_are_escaped_and_cut(kind: type[LineageError]) -> None:
    assert str(kind(f"bad {STEER}")).startswith("bad \\u001b[2J")
    assert not STEERING & set(str(kind(STEER)))
    assert str(kind("first\nsecond")) == "first\nsecond"
    assert len(str(kind("x" * 100_000))) < 5000


def test_warnings_of_the_command_are_escaped() -> None:
    with _warnings_in_one_line():
        said = warnings.formatwarning(RuntimeWarning(STEER), RuntimeWarning, "file.py", 1)
    assert said.startswith("lineage: \\u001b[2J")
    assert not STEERING & set(said)


def test_the_timeline_of_a_simulation_does_not_steer_a_terminal() -> None:
    name = f"Odd{STEER}{'x' * 500}"
    flows = FlowMap.of([declare("ETLFlow"), declare("NextFlow", on=[name])])
    sim = run_simulation(flows, "ETLFlow")
    for text in (text_timeline(sim), str(sim.why), str(sim)):
        assert not STEERING & set(text)
        assert max(map(len, text.splitlines())) < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=10,
)


@given(JSON)
def test_every_value_becomes_strict_json_and_strict_json_stays(value: object) -> None:
    text = encode_json(value, ensure_ascii=False)
    assert strict(text) == clean_json(value)
    assert clean_json(strict(text)) == strict(text)


@given(st.text())
def test_escaped_text_is_printable_but_for_what_is_kept(text: str) -> None:
    assert not STEERING & set(escape_hidden(text))
    assert not STEERING & set(escape_message(text))
    assert json.loads(f'"{escape_hidden(json.dumps(text, ensure_ascii=False)[1:-1])}"') == text


def test_numbers_that_are_no_times_are_stepped_over(server: MetadataServer) -> None:
    run = plant(replace(hostile_run(), run_id="2"))
    server.put(replace(run, heartbeat=10**30))
    found = ServiceSource(server.url).read(["OddFlow/2"])
    assert found["OddFlow/2"].user is not None
