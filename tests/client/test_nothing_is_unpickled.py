"""Runs of other people are shown without loading a single pickle of theirs: a marker would tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import metaflow
import pytest

from lineage import flow_graph, trace, trigger
from lineage.client.artifacts import Unread, artifact_value, plain_value, run_details
from lineage.client.details import described_runs
from lineage.client.runs import metaflow_run
from lineage.errors import ArtifactUnavailable
from lineage.notebook.answers import answer
from tests.support.store import Store


@pytest.fixture(scope="module")
def trapped(new_store: Callable[[str], Store]) -> tuple[Path, str]:
    """A run of TrappedFlow, and the folder that appears when its parameter is loaded."""
    store = new_store("trapped")
    sprung = store.root / "sprung"
    done = store.flow("trapped", env={"TRAP": str(sprung)})
    assert done.pathspec, done.output
    return sprung, done.pathspec


@pytest.fixture
def run(trapped: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    sprung, pathspec = trapped
    monkeypatch.setenv("TRAP", str(sprung))
    metaflow.metadata(f"local@{sprung.parent}")
    yield pathspec
    metaflow.default_metadata()


def asked(pathspec: str, **question: str) -> dict[str, Any]:
    """What the explorer's details ask the kernel about a run, and what it answers."""
    reply = answer(trace(pathspec), {"id": pathspec, **question})
    assert "error" not in reply
    answered: dict[str, Any] = reply["answer"]
    return answered


READERS: dict[str, Callable[[str], object]] = {
    "details": lambda run: run_details(metaflow_run(run)),
    "a report without parameters": lambda run: described_runs(trace(run), parameters=False),
    "a report": lambda run: described_runs(trace(run)),
    "the explorer": lambda run: asked(run, type="details"),
    "the flow map": lambda run: flow_graph(),
    "the trigger": lambda run: trigger(run),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_no_marker_appears(trapped: tuple[Path, str], run: str, read: Callable[[str], object]) -> None:
    read(run)
    assert not trapped[0].exists()


def test_the_value_is_named_by_type_and_loaded_on_a_click(trapped: tuple[Path, str], run: str) -> None:
    shown = asked(run, type="details")
    assert shown["parameters"]["trapped"].startswith("not loaded, because it is not plain data")
    assert "Trap" in shown["parameters"]["trapped"]
    assert shown["parameters"]["alpha"] == "0.25"
    assert {artifact["name"] for artifact in shown["artifacts"]} == {"score", "trapped"}
    assert not trapped[0].exists()
    asked(run, type="artifact", name="trapped")
    assert trapped[0].exists()  # it was a trap
    trapped[0].rmdir()


def test_a_report_names_it_and_shows_the_plain_ones(run: str) -> None:
    described: dict[str, Any] = described_runs(trace(run))[run]
    assert described["parameters"]["alpha"] == "0.25"
    assert described["parameters"]["trapped"].startswith("not loaded, because it is not plain data")
    assert [artifact["name"] for artifact in described["artifacts"]] == ["score"]


def test_without_parameters_no_value_is_read_at_all(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a value was read")

    monkeypatch.setattr("lineage.client.artifacts.plain_artifact", refuse)
    details = run_details(metaflow_run(run), values=False)
    assert set(details.parameters) == {"alpha", "trapped"}
    assert all(isinstance(value, Unread) for value in details.parameters.values())


def test_a_plain_artifact_reads_as_the_client_loads_it(run: str) -> None:
    loaded = metaflow_run(run)
    assert plain_value(loaded, "alpha", 1000) == artifact_value(loaded, "alpha") == 0.25
    assert plain_value(loaded, "_graph_info", 10**6) == artifact_value(loaded, "_graph_info")


@pytest.mark.parametrize(
    ("name", "limit", "said"),
    [
        ("trapped", 10_000, "it contains .*makedirs"),
        ("_graph_info", 100, "it is larger than 100 bytes"),
        ("nothing", 100, "has no artifact 'nothing'"),
    ],
)
def test_what_is_not_plain_is_an_error_that_says_why(run: str, name: str, limit: int, said: str) -> None:
    with pytest.raises(ArtifactUnavailable, match=said):
        plain_value(metaflow_run(run), name, limit)
