"""Real past runs whose decorators had functions for names: never shown as an event or flow of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import metaflow
import pytest

from lineage.flow_map import FlowMap, flow_graph
from lineage.flow_map.past_runs import from_runs
from lineage.records.model import RunRecord, TriggerEvent
from lineage.sources import MemorySource
from tests.flow_map.writing import FLOWS, write_flow
from tests.support.store import Store

MADE = "def made(context):\n    return 'made.name'\n\n\ndef several(context):\n    return ['one', 'two']\n"
RUNS = {
    "ByEvent": "@trigger(event=made)",
    "ByEvents": "@trigger(events=several)",
    "ByList": '@trigger(events=[made, "first"])',
    "ByDict": '@trigger(event={"name": made})',
    "ByFlow": "@trigger_on_finish(flow=made)",
    "ByFlows": "@trigger_on_finish(flows=several)",
    "ByStrict": "@trigger_on(event=made)",
    "ByLambda": "@trigger(event=lambda context: 'x')",
    "ByName": '@trigger(event="made")',
    "ByNamespace": '@project(name="shop")\n@trigger(event=namespaced_event_name("orders"))',
    "ByNamespaceIn": '@trigger(events=["first", {"name": namespaced_event_name("orders")}])',
}


@pytest.fixture(scope="module")
def flows(new_store: Callable[[str], Store]) -> FlowMap:
    """The map of one run of each of these flows."""
    store = new_store("functions")
    root = store.root
    for name, decorators in RUNS.items():
        finished = store.flow(write_flow(root / f"{name.lower()}.py", decorators, name=name, before=MADE))
        assert finished.returncode == 0, finished.output
    metaflow.metadata(f"local@{root}")  # whatever other tests have pointed Metaflow's client at
    try:
        return flow_graph(f"local:{store.metaflow_dir}", history=False)
    finally:
        metaflow.default_metadata()


@pytest.mark.parametrize(
    "name", [name for name in RUNS if name not in ("ByName", "ByNamespace", "ByNamespaceIn")]
)
def test_a_function_is_unresolved(name: str, flows: FlowMap) -> None:
    known = ["first"] if name == "ByList" else []
    assert [one.event for one in flows[name].listens] == known
    (note,) = flows[name].notes
    assert "whose name is not known: the function " in note
    assert not any("made" in node or "several" in node for node in flows.graph.predecessors(name))


def test_a_name_is_a_name(flows: FlowMap) -> None:
    (only,) = flows["ByName"].listens
    assert (only.event, only.assumed) == ("made", None)


def test_a_namespaced_event_has_its_full_name(flows: FlowMap) -> None:
    assert [one.event for one in flows["ByNamespace"].listens] == ["mfns.shop.user.ann.orders"]
    assert [one.event for one in flows["ByNamespaceIn"].listens] == ["first", "mfns.orders"]


def test_a_listener_in_runs_is_joined_with_a_publisher_in_files(
    flows: FlowMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METAFLOW_USER", "ann")
    publisher = flow_graph(files=FLOWS / "namespaced_publisher.py")
    both = FlowMap.of([*flows.declarations.values(), *publisher.declarations.values()])
    event = "event:mfns.shop.user.ann.orders"
    assert both.graph.has_edge("shop.user.ann.PublishFlow", event)
    assert both.graph.has_edge(event, "shop.user.ann.ByNamespace")


# of runs without this package the record alone does not tell


def recorded(event: str, *triggered_by: TriggerEvent, **info: Any) -> FlowMap:
    source = MemorySource([RunRecord("AFlow", "1", "completed", triggers=triggered_by)])
    attributes = {"event": event, "events": [], "options": {}}
    declared = {"decorators": [{"name": "trigger", "attributes": attributes}], **info}
    return FlowMap.of(*from_runs(source, history=False, read_info=lambda _: declared))


def test_without_this_package_a_word_may_be_a_function() -> None:
    (only,) = recorded("ready")["AFlow"].listens
    assert "does not tell the event ready from a function ready" in (only.assumed or "")
    (only,) = recorded("orders.ready")["AFlow"].listens
    assert only.assumed is None


def test_a_word_that_triggered_the_run_is_an_event() -> None:
    (only,) = recorded("ready", TriggerEvent("ready", "e-1", None, "event"))["AFlow"].listens
    assert only.assumed is None
