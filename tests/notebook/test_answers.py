"""What the details ask the kernel, answered about real runs; the browser tests ask in a notebook."""

from __future__ import annotations

import base64
import json
import re
import zlib
from importlib.resources import files
from typing import Any

import pytest

from lineage import Lineage, simulate, trace
from lineage.client.artifacts import artifact_value, run_details
from lineage.client.runs import metaflow_run
from lineage.errors import ArtifactUnavailable
from lineage.exporting.formats import FORMATS
from lineage.flow_map import FlowMap, declare
from lineage.notebook.answers import answer
from lineage.records.model import RunRecord
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records


@pytest.fixture
def lineage(demo_runs: dict[str, str]) -> Lineage:
    return trace("PredictionFlow", downstream=None)


def asked(lineage: Lineage, kind: str, run: str, **more: str) -> Any:
    reply = answer(lineage, {"type": kind, "id": run, "key": "k", **more})
    assert (reply["type"], reply["id"], reply["key"]) == (kind, run, "k")
    json.dumps(reply, allow_nan=False)
    return reply.get("answer", reply.get("error"))


def test_the_details_of_a_run_are_its_parameters_code_and_artifacts(
    lineage: Lineage, demo_runs: dict[str, str]
) -> None:
    details = asked(lineage, "details", demo_runs["data"])
    assert details["parameters"] == {"week": "5"}
    assert details["code"]["script"] == "dataflow.py"
    (days,) = details["artifacts"]  # a parameter is not listed a second time
    assert (days["name"], days["type"]) == ("days", "list")
    assert days["size"] > 0


def test_a_value_is_loaded_when_it_is_named(lineage: Lineage, demo_runs: dict[str, str]) -> None:
    view = asked(lineage, "artifact", demo_runs["training"], name="model")
    assert view["kind"] == "tree"
    assert [key for key, _ in view["value"]["items"]] == ["slope", "intercept"]


def test_a_value_that_cannot_be_loaded_says_why(lineage: Lineage, demo_runs: dict[str, str]) -> None:
    words = asked(lineage, "artifact", demo_runs["training"], name="modle")
    assert "has no artifact 'modle'; did you mean model?" in words


def test_a_failed_run_says_why_when_asked(lineage: Lineage, demo_runs: dict[str, str]) -> None:
    why = asked(lineage, "why", demo_runs["failed"])
    assert (why["step"], why["type"]) == ("send", "ConnectionError")
    assert why["message"] == "the mail server does not answer"
    assert "raise ConnectionError" in why["trace"]


def test_why_a_run_failed_that_did_not_is_answered_in_words(
    lineage: Lineage, demo_runs: dict[str, str]
) -> None:
    lineage.graph.nodes[demo_runs["etl"]]["failed_step"] = "start"  # until it was resumed, say
    assert "no failed task in step start" in asked(lineage, "why", demo_runs["etl"])


def test_a_question_about_nothing_is_answered_in_words(lineage: Lineage) -> None:
    assert "KeyError" in asked(lineage, "details", "NoFlow/1")
    assert "unknown question 'why not'" in asked(lineage, "why not", "NoFlow/1")


def test_every_format_that_the_menu_offers_is_written() -> None:
    """Tables of the runs, and pictures, are made in the page itself."""
    script = (files("lineage.viewer") / "src/notebook/exporting.js").read_text("utf-8")
    offered = re.search(r"const FORMATS = {(.*?)}", script, re.DOTALL)
    assert offered
    names = re.findall(r"(\w+):", offered[1])
    assert sorted(names) == sorted(name for name in FORMATS if not name.startswith("csv"))
    lineage = trace("TrainingFlow/2", source=MemorySource(drawn_records("ETLFlow/1 > TrainingFlow/2")))
    for name in names:
        reply = asked(lineage, "export", "", format=name)
        written = json.loads(zlib.decompress(base64.b64decode(reply["packed"])))
        assert written == FORMATS[name].text_of(lineage)
        assert f".{reply['suffix']}" == FORMATS[name].suffix
    assert "unknown format 'xlsx'" in asked(lineage, "export", "", format="xlsx")


def test_what_a_format_cannot_hold_is_said() -> None:
    sim = simulate(FlowMap.of([declare("ETLFlow")]), "ETLFlow")
    words = asked(sim.lineage, "export", "", format="openlineage")
    assert words.endswith("is simulated: OpenLineage events tell what happened")


def test_plotly_is_lent_to_a_page(lineage: Lineage) -> None:
    assert len(asked(lineage, "plotly", "")["deflated"]) > 1_000_000


def test_artifacts_are_never_those_of_another_stores_run_of_the_same_name(demo_runs: dict[str, str]) -> None:
    elsewhere = MemorySource([RunRecord(*demo_runs["training"].split("/"), status="completed")])
    lineage = trace(demo_runs["training"], source=elsewhere)
    details = asked(lineage, "details", demo_runs["training"])
    assert list(details) == ["unread"]
    assert "has a different run of that name" in details["unread"]


def test_a_large_value_is_not_loaded_and_the_message_says_how_to(demo_runs: dict[str, str]) -> None:
    with pytest.raises(ArtifactUnavailable, match=r"load it yourself with Run\(.*\)\.data\.model"):
        artifact_value(metaflow_run(demo_runs["training"]), "model", limit=10)


def test_a_failed_run_has_the_artifacts_of_the_task_that_began_last(demo_runs: dict[str, str]) -> None:
    assert [artifact.name for artifact in run_details(metaflow_run(demo_runs["failed"])).artifacts] == [
        "slope",
        "total",
    ]
    with pytest.raises(ArtifactUnavailable, match="did you mean total"):
        artifact_value(metaflow_run(demo_runs["failed"]), "totl")
