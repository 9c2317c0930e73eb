"""The flow map: what is read from `_graph_info`, how it is drawn together, what it warns of."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest

from lineage.errors import FlowNotFound, InvalidArgument
from lineage.flow_map import Clock, FlowDeclaration, FlowMap, declare
from lineage.flow_map.graph_info import declaration


def info(*decorators: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A `_graph_info` as Metaflow 2.19 stores it, shortened."""
    return {
        "file": "flow.py",
        "start_step": "start",
        "end_step": "end",
        "parameters": [],
        "steps": {"start": {"type": "start", "next": ["end"]}, "end": {"type": "end", "next": []}},
        "decorators": [{"name": name, "attributes": attributes} for name, attributes in decorators],
        **more,
    }


def read(found: dict[str, Any], project: str | None = None, branch: str | None = None) -> FlowDeclaration:
    return declaration("AFlow", found, project=project, branch=branch, declared_by="run AFlow/1")


def finishes(*flows: Any) -> tuple[str, dict[str, Any]]:
    return "trigger_on_finish", {"flow": "None", "flows": list(flows), "options": {}}


def events(*names: Any, **options: Any) -> tuple[str, dict[str, Any]]:
    return "trigger", {"event": "None", "events": list(names), "options": options}


def test_the_word_none_is_what_a_record_has_for_nothing() -> None:
    assert read(info(("trigger", {"event": "None", "events": [], "options": {}}))).listens == ()
    single = ("trigger_on_finish", {"flow": "BFlow", "flows": [], "options": {}})
    assert [w.event for w in read(info(single)).listens] == ["metaflow.BFlow.end"]


@pytest.mark.parametrize(
    ("given", "event"),
    [
        ("BFlow", "metaflow.shop.user.ann.BFlow.end"),
        ("shop.prod.BFlow", "metaflow.shop.prod.BFlow.end"),
        ("shop.test.new.BFlow", "metaflow.shop.test.new.BFlow.end"),
        ({"name": "BFlow"}, "metaflow.shop.user.ann.BFlow.end"),
        ({"name": "BFlow", "project_branch": "prod"}, "metaflow.shop.prod.BFlow.end"),
        ({"name": "BFlow", "project": "bank", "project_branch": "prod"}, "metaflow.bank.prod.BFlow.end"),
    ],
)
def test_a_flow_is_looked_for_in_the_own_project_and_branch_unless_said(given: Any, event: str) -> None:
    found = read(info(finishes(given)), "shop", "user.ann")
    assert [w.event for w in found.listens] == [event]
    assert found.key == "shop.user.ann.AFlow"


PARAMETERS = [
    {"name": "Table", "type": "Parameter", "required": True},
    {"name": "rows", "type": "Parameter"},
    {"name": "settings", "type": "Config"},
]


def test_a_single_event_maps_fields_to_parameters_of_the_same_name_but_not_to_configs() -> None:
    (only,) = read(info(events("first"), parameters=PARAMETERS, parameters_known=True)).listens
    assert only.parameters == {"table": "table", "rows": "rows"}
    assert only.required == {"table"}
    assert only.assumed is None


def test_given_parameters_map_alone_and_several_events_map_nothing_by_themselves() -> None:
    mapped = {"name": "first", "parameters": {"Table": "name_of_table"}}
    (only,) = read(info(events(mapped), parameters=PARAMETERS)).listens
    assert only.parameters == {"table": "name_of_table"}
    assert "not recorded" in (only.assumed or "")  # a run does not record which parameters are required
    pairs = {"name": "first", "parameters": ["rows", ["Table", "t"]]}
    first, second = read(info(events(pairs, "second"), parameters=PARAMETERS)).listens
    assert first.parameters == {"rows": "rows", "table": "t"}
    assert second.parameters == {}


def test_what_is_broken_in_a_record_is_left_out() -> None:
    listed = [3, {"name": "trigger", "attributes": 4}, {"attributes": {}}]
    assert read(info() | {"decorators": listed}).listens == ()
    assert read(info() | {"decorators": "trigger"}).listens == ()
    pairs = {"name": "first", "parameters": [3, ["rows", "r", "more"], ["Table", "t"]]}
    found = read(info(events(pairs, 5), parameters=PARAMETERS))
    assert [w.event for w in found.listens] == ["first"]
    assert found.listens[0].parameters == {"table": "t"}
    assert any("has 5 for an event" in refusal for refusal in found.refused)


def test_a_name_that_a_function_makes_is_said_not_guessed() -> None:
    several = ("trigger", {"event": "None", "events": "made", "options": {}})
    assert not read(info(several)).listens
    assert "the function made; read the flow's file" in read(info(several)).notes[0]
    found = read(info(events("namespaced_event_name.<locals>.make", "second")))
    assert [w.event for w in found.listens] == ["second"]
    assert "read the flow's file" in found.notes[0]
    assert [c.kind for c in FlowMap.of([found]).warnings] == ["not resolved"]


def test_reset_schedule_and_options() -> None:
    reset = {"cron": "0 3 * * *", "timezone": "Europe/Berlin"}
    found = read(info(events("a", "b", reset_at=reset), ("schedule", {"cron": "None", "hourly": True})))
    assert found.reset_at == Clock("0 3 * * *", "Europe/Berlin")
    assert found.schedule == Clock("0 * * * *")
    assert found.options == {"reset_at": reset}
    quartz = ("schedule", {"cron": "0 10 * * ? *", "daily": True, "timezone": "Asia/Tokyo"})
    assert read(info(quartz)).schedule == Clock("0 10 * * ?", "Asia/Tokyo")
    assert "no cron" in read(info(events("a", reset_at={"timezone": "UTC"}))).notes[0]
    assert "no cron" in read(info(events("a", reset_at="daily"))).refused[0]


STEPS = {
    "start": {"type": "split-foreach", "next": ["work"], "matching_join": "gather"},
    "work": {"type": "split-static", "next": ["left", "right"], "matching_join": "both"},
    "left": {"type": "linear", "next": ["both"]},
    "right": {"type": "linear", "next": ["both"]},
    "both": {"type": "join", "next": ["gather"]},
    "gather": {"type": "join", "next": ["end"]},
    "end": {"type": "end", "next": []},
}


def test_steps_come_in_order_and_those_inside_a_foreach_are_known() -> None:
    found = read(info(steps=STEPS))
    assert found.steps == ("start", "work", "left", "right", "both", "gather", "end")
    assert found.foreach_steps == {"work", "left", "right", "both"}
    looping = {
        "start": {"type": "split-switch", "next": ["start", "end"]},
        "end": {"type": "end", "next": []},
    }
    assert read(info(steps=looping)).steps == ("start", "end")


def test_the_graph_tells_where_each_fact_came_from() -> None:
    flows = FlowMap.of([declare("ETLFlow"), read(info(finishes("ETLFlow", "GoneFlow"), events("first")))])
    assert nx.is_directed_acyclic_graph(flows.graph)
    assert set(flows.graph.edges) == {("ETLFlow", "AFlow"), ("GoneFlow", "AFlow"), ("event:first", "AFlow")}
    edge = flows.graph.edges["ETLFlow", "AFlow"]
    assert (edge["declared_by"], edge["group"], edge["group_size"]) == ("run AFlow/1", "AFlow", 3)
    assert flows.graph.nodes["GoneFlow"]["known"] is False
    nx.node_link_data(flows.graph, edges="edges")
    assert repr(flows) == "Flow map: 2 flows, 1 event, 3 triggers, 2 warnings"


def test_two_steps_of_one_flow_share_an_edge() -> None:
    flows = FlowMap.of(
        [
            declare("BFlow", steps=("start", "end")),
            declare("AFlow", on=["metaflow.BFlow.start", "metaflow.BFlow.end"]),
        ]
    )
    assert flows.graph.edges["BFlow", "AFlow"]["events"] == ["metaflow.BFlow.start", "metaflow.BFlow.end"]


def test_a_flow_is_found_by_its_name_where_one_branch_has_it() -> None:
    flows = FlowMap.of([declare("AFlow", project="shop", branch="prod"), declare("BFlow")])
    assert flows["AFlow"].branch == "prod"
    assert "AFlow" in flows
    with pytest.raises(FlowNotFound, match="did you mean BFlow"):
        flows.key("BFlwo")
    both = FlowMap.of([*flows.declarations.values(), declare("AFlow", project="shop", branch="user.ann")])
    with pytest.raises(InvalidArgument, match=r"shop\.prod\.AFlow, shop\.user\.ann\.AFlow"):
        both.key("AFlow")


def test_a_flow_that_is_there_twice_is_a_problem() -> None:
    flows = FlowMap.of([declare("AFlow", declared_by="file a.py"), declare("AFlow", declared_by="file b.py")])
    assert [str(p) for p in flows.problems] == [
        "AFlow: is there twice: file a.py, and file b.py, which counts"
    ]


def warnings(*declarations: FlowDeclaration) -> list[tuple[str, str]]:
    return [(one.kind, str(one)) for one in FlowMap.of(declarations).warnings]


def test_warns_of_loops() -> None:
    assert warnings(declare("AFlow", on_finish=["AFlow"])) == [
        ("loop", "AFlow fires itself: a loop that never ends by itself")
    ]
    assert warnings(
        declare("AFlow", on_finish=["CFlow"], on=["first"]),
        declare("BFlow", on_finish=["AFlow"]),
        declare("CFlow", on_finish=["BFlow"]),
    ) == [
        (
            "loop",
            "AFlow fires BFlow, which fires CFlow, which fires AFlow: a loop that turns again each time "
            "first arrives",
        )
    ]
    published = declare("AFlow", on=["first"], publishes=("first",))
    assert [kind for kind, _ in warnings(published)] == ["loop"]


def test_warns_of_fans() -> None:
    fan = read(info(steps=STEPS))
    (one,) = warnings(fan, declare("BFlow", on=["metaflow.AFlow.work"]))
    assert one == (
        "fan",
        "BFlow listens to step work of AFlow, which runs once for each item of a foreach: it fires as often",
    )
    twins = [declare("AFlow", on=["first"], project="shop", branch=b) for b in ("prod", "user.ann")]
    assert [kind for kind, _ in warnings(*twins)] == ["fan"]


def test_warns_of_waiting_for_what_nothing_sends() -> None:
    training = declare("TrainingFlow", project="shop", branch="prod", steps=("start", "train", "end"))
    assert warnings(training, declare("AFlow", on_finish=["TraningFlow"])) == [
        (
            "nothing sends it",
            "AFlow waits for TraningFlow, but no such flow is known here; did you mean TrainingFlow?",
        )
    ]
    (_, text), *_ = warnings(training, declare("AFlow", on_finish=["trainingFlow"]))
    assert "did you mean TrainingFlow?" in text
    (_, text), *_ = warnings(training, declare("AFlow", on_finish=["TrainingFlow"]))
    assert text.endswith("nothing sends metaflow.TrainingFlow.end: here it is shop.prod.TrainingFlow")
    (_, text), *_ = warnings(training, declare("AFlow", on=["metaflow.shop.prod.TrainingFlow.trian"]))
    assert text == "AFlow waits for step trian of TrainingFlow, but TrainingFlow has no such step; " + (
        "did you mean train?"
    )


def test_warns_of_names_that_differ_by_little() -> None:
    near = warnings(declare("AFlow", on=["data.ready"]), declare("BFlow", on=["data_ready", "table.ready"]))
    assert near == [("near name", "the events data.ready and data_ready differ by little: are both meant?")]
    assert [k for k, _ in warnings(declare("ETLFlow"), declare("EtlFlow"))] == ["near name"]
    assert [k for k, _ in warnings(declare("AFlow", on=["orders.ready", "order.ready"]))] == ["near name"]
    assert warnings(declare("AFlow"), declare("BFlow"), declare("CFlow", on=["table.1", "table.2"])) == []


def test_warns_of_what_argo_refuses() -> None:
    both = read(info(events("first"), finishes("AFlow2")))
    assert "refused" in [one.kind for one in FlowMap.of([both]).warnings]


def test_warnings_of_a_thousand_flows_take_no_time() -> None:
    many = [
        declare(f"Flow{i:04}", on=[f"event.{i * 7919:08}"], on_finish=[f"Flow{i - 1:04}"])
        for i in range(1000)
    ]
    assert [one.kind for one in FlowMap.of(many).warnings] == ["nothing sends it"]
