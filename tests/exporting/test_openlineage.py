"""OpenLineage events: by the specification's schemas, and by the classes of the project's own client."""

from __future__ import annotations

import copy
import json
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from openlineage.client import event_v2
from openlineage.client.facet_v2 import (
    InputDatasetFacet,
    RunFacet,
    dataset_version_dataset,
    job_dependencies_run,
    job_type_job,
    parent_run,
    tags_run,
)
from openlineage.client.serde import Serde
from referencing import Registry, Resource

from lineage.api.lineages import Lineage
from lineage.errors import ExportError, InvalidArgument
from lineage.exporting.openlineage.names import PRODUCER
from tests.exporting.examples import DAY, GRAPHS, run, small_graph

SCHEMAS = [
    json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "openlineage_schemas").glob("*.json"))
]
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS
)


def check(document: Any, url: str) -> None:
    """It is as the schema at this address says, formats of times, ids and addresses included."""
    validator = Draft202012Validator(
        {"$ref": url}, registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(document)


def facets_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    datasets = [*event["inputs"], *event["outputs"]]
    places = [event["run"], event["job"], *datasets]
    found = [facet for place in places for facet in place.get("facets", {}).values()]
    return found + [facet for dataset in datasets for facet in dataset.get("inputFacets", {}).values()]


def by_run(events: list[dict[str, Any]], pathspec: str, state: str = "START") -> dict[str, Any]:
    """The event of a run."""
    (found,) = (
        event
        for event in events
        if event["run"]["facets"]["metaflow_run"]["pathspec"] == pathspec and event["eventType"] == state
    )
    return found


def test_events_and_facets_are_as_the_schemas_say(graph: nx.DiGraph[str]) -> None:
    for event in Lineage(graph).to_openlineage():
        check(event, event["schemaURL"])
        for facet in facets_of(event):
            check(facet, facet["_schemaURL"])
        json.dumps(event, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("eventTime",), "2026-03-02 09:00"),
        (("run", "runId"), "TrainingFlow/2"),
        (("producer",), "no address"),
        (("job", "name"), None),
    ],
)
def test_the_schemas_would_find_what_is_wrong(path: tuple[str, ...], wrong: object) -> None:
    event = copy.deepcopy(Lineage(small_graph()).to_openlineage()[0])
    place = event
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = wrong
    with pytest.raises(ValidationError):
        check(event, event["schemaURL"])


def in_the_clients_classes(event: dict[str, Any]) -> event_v2.RunEvent:
    """The event made of the client's own classes, which check what they hold."""
    facets = {name: _run_facet(name, facet) for name, facet in event["run"]["facets"].items()}
    (job_type,) = (_values(facet) for facet in event["job"]["facets"].values())
    return event_v2.RunEvent(
        eventTime=event["eventTime"],
        eventType=event_v2.RunState[event["eventType"]],
        run=event_v2.Run(event["run"]["runId"], facets),
        job=event_v2.Job(
            event["job"]["namespace"],
            event["job"]["name"],
            {"jobType": job_type_job.JobTypeJobFacet(**job_type, producer=PRODUCER)},
        ),
        inputs=[_input(dataset) for dataset in event["inputs"]],
        outputs=[
            event_v2.OutputDataset(d["namespace"], d["name"], facets=_version(d)) for d in event["outputs"]
        ],
        producer=event["producer"],
    )


def _values(facet: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facet.items() if not name.startswith("_")}


def _run_facet(name: str, facet: dict[str, Any]) -> RunFacet:
    values = _values(facet)
    if name == "jobDependencies":
        return job_dependencies_run.JobDependenciesRunFacet(
            [_dependency(dependency) for dependency in values["upstream"]], producer=PRODUCER
        )
    if name == "parent":
        parent = parent_run.Run(**values["run"]), parent_run.Job(**values["job"])
        return parent_run.ParentRunFacet(*parent, producer=PRODUCER)
    if name == "tags":
        tags = [tags_run.TagsRunFacetFields(**tag) for tag in values["tags"]]
        return tags_run.TagsRunFacet(tags, producer=PRODUCER)
    return RunFacet(producer=PRODUCER).with_additional_properties(**values)


def _dependency(values: dict[str, Any]) -> job_dependencies_run.JobDependency:
    more = {name: values[name] for name in ("kind", "event") if name in values}
    return job_dependencies_run.JobDependency(
        job_dependencies_run.JobIdentifier(**values["job"]),
        job_dependencies_run.RunIdentifier(**values["run"]),
        values["dependency_type"],
    ).with_additional_properties(**more)


def _version(dataset: dict[str, Any]) -> dict[str, Any]:
    return {
        name: dataset_version_dataset.DatasetVersionDatasetFacet(**_values(facet), producer=PRODUCER)
        for name, facet in dataset.get("facets", {}).items()
    }


def _input(dataset: dict[str, Any]) -> event_v2.InputDataset:
    facets = {
        name: InputDatasetFacet(producer=PRODUCER).with_additional_properties(**_values(facet))
        for name, facet in dataset["inputFacets"].items()
    }
    return event_v2.InputDataset(
        dataset["namespace"], dataset["name"], facets=_version(dataset), inputFacets=facets
    )


@pytest.mark.parametrize("name", ["small", "hostile", "large"])
def test_the_client_writes_the_same(name: str) -> None:
    for event in Lineage(GRAPHS[name]()).to_openlineage():
        written = Serde.to_dict(in_the_clients_classes(event))
        assert _without_empty(written) == _without_empty(event)


def _without_empty(value: Any) -> Any:
    """The client writes facets that nobody gave as empty objects, and lists likewise."""
    if isinstance(value, dict):
        filled = {name: _without_empty(inner) for name, inner in value.items()}
        return {name: inner for name, inner in filled.items() if inner not in ({}, [])}
    return [_without_empty(inner) for inner in value] if isinstance(value, list) else value


def test_a_run_has_a_start_and_an_end_as_far_as_they_are_known() -> None:
    events = Lineage(small_graph()).to_openlineage()
    states = Counter((e["run"]["facets"]["metaflow_run"]["pathspec"], e["eventType"]) for e in events)
    assert states == {
        **{(key, "START"): 1 for key in ("ETLFlow/1", "TrainingFlow/2", "ScoreFlow/3", "ReportFlow/4")},
        **{(key, "COMPLETE"): 1 for key in ("ETLFlow/1", "TrainingFlow/2", "ScoreFlow/5")},
        ("ScoreFlow/3", "FAIL"): 1,
        ("ScoreFlow/5", "START"): 1,
    }
    times = [datetime.fromisoformat(event["eventTime"]) for event in events]
    assert times == sorted(times)
    assert all(time.utcoffset() is not None for time in times)


def test_ids_are_always_the_same_in_one_spelling_and_differ_by_namespace() -> None:
    one, again = (Lineage(small_graph()).to_openlineage() for _ in range(2))
    assert one == again
    other = Lineage(small_graph()).to_openlineage(namespace="https://metaflow.example.com")
    ids = {event["run"]["runId"] for event in one}
    assert len(ids) == 5
    assert ids.isdisjoint(event["run"]["runId"] for event in other)
    for text in ids:
        assert str(uuid.UUID(text)) == text
        assert uuid.UUID(text.upper()) == uuid.UUID(text), "another spelling would pass, and be another run"


def test_triggers_and_resumed_runs_are_job_dependencies() -> None:
    events = Lineage(small_graph()).to_openlineage()
    run_id = {e["run"]["facets"]["metaflow_run"]["pathspec"]: e["run"]["runId"] for e in events}
    upstream = by_run(events, "TrainingFlow/2")["run"]["facets"]["jobDependencies"]["upstream"]
    assert [(d["job"]["name"], d["dependency_type"], d["event"]) for d in upstream] == [
        ("ETLFlow", "DIRECT_INVOCATION", "metaflow.ETLFlow.end"),
        ("GoneFlow", "DIRECT_INVOCATION", "metaflow.ETLFlow.end"),
    ]
    assert upstream[0]["run"]["runId"] == run_id["ETLFlow/1"]
    assert uuid.UUID(upstream[1]["run"]["runId"]).version == 5, "a run that is gone has an id, too"
    resumed = by_run(events, "ScoreFlow/5")["run"]["facets"]
    assert resumed["metaflow_run"]["origin"] == "ScoreFlow/3"
    assert [(d["job"]["name"], d["kind"]) for d in resumed["jobDependencies"]["upstream"]] == [
        ("ScoreFlow", "resume"),
        ("ETLFlow", "trigger"),  # which published the event
    ]


def test_an_event_from_outside_stands_for_its_publisher() -> None:
    events = Lineage(small_graph()).to_openlineage()
    (cause,) = by_run(events, "ETLFlow/1")["run"]["facets"]["jobDependencies"]["upstream"]
    assert (cause["job"]["name"], cause["event"]) == ("event:arrived", "arrived")


def test_a_run_that_a_step_started_has_a_parent() -> None:
    events = Lineage(small_graph()).to_openlineage()
    parent = by_run(events, "ReportFlow/4")["run"]["facets"]["parent"]
    assert parent["job"]["name"] == "ScoreFlow"
    assert parent["run"]["runId"] == by_run(events, "ScoreFlow/3")["run"]["runId"]
    assert "parent" not in by_run(events, "ScoreFlow/3")["run"]["facets"]


def test_reads_are_inputs_and_outputs_with_versions() -> None:
    events = Lineage(small_graph()).to_openlineage()
    score = by_run(events, "ScoreFlow/3", "FAIL")
    assert [dataset["name"] for dataset in score["inputs"]] == [
        *("TrainingFlow/model", "TrainingFlow/scores", "ReportFlow/summary"),  # which it had started
    ]
    assert score["inputs"][0]["facets"]["version"]["datasetVersion"] == "2"
    assert _values(score["inputs"][0]["inputFacets"]["metaflow_read"]) == {
        "runs": ["TrainingFlow/2"],
        "steps": ["start"],
    }
    training = by_run(events, "TrainingFlow/2")
    assert [dataset["name"] for dataset in training["outputs"]] == [
        *("TrainingFlow/model", "TrainingFlow/scores", "TrainingFlow"),  # the last: read, not told what
    ]
    assert training["outputs"][0] == {n: v for n, v in score["inputs"][0].items() if n != "inputFacets"}
    assert training["inputs"] == []
    report = by_run(events, "ReportFlow/4")
    assert [dataset["name"] for dataset in report["outputs"]] == ["ReportFlow/summary"]
    assert [dataset["name"] for dataset in report["inputs"]] == [
        "TrainingFlow",
        *(f"ScoreFlow/{artifact}" for artifact in "abcd"),
        "ScoreFlow",  # those that were only counted
    ]


def test_of_several_versions_and_steps_there_is_one_input() -> None:
    graph = small_graph()
    graph.add_node("TrainingFlow/1", **run("TrainingFlow", "1"))
    read = {"kind": "read", "kinds": ["read"], "event": None, "timestamp": None}
    graph.add_edge("TrainingFlow/1", "ScoreFlow/3", **read, artifacts=["model", "model"], steps=["end"])
    inputs = by_run(Lineage(graph).to_openlineage(), "ScoreFlow/3")["inputs"]
    names = [dataset["name"] for dataset in inputs]
    assert names == ["TrainingFlow/model", "TrainingFlow/scores", "ReportFlow/summary"]
    assert "facets" not in inputs[0]
    assert _values(inputs[0]["inputFacets"]["metaflow_read"]) == {
        "runs": ["TrainingFlow/2", "TrainingFlow/1"],
        "steps": ["start", "end"],
    }


def test_there_is_no_none_anywhere(graph: nx.DiGraph[str]) -> None:
    def walk(value: Any) -> None:
        assert value is not None
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    for node in graph.nodes.values():
        if node["kind"] == "run":
            node["tags"] = ["a", None, "b"]
    for edge in graph.edges.values():
        edge["steps"] = [None, "start"]
    walk(Lineage(graph).to_openlineage())


def test_tags_of_metaflow_have_keys_and_those_of_people_do_not() -> None:
    tags = by_run(Lineage(small_graph()).to_openlineage(), "ETLFlow/1")["run"]["facets"]["tags"]["tags"]
    assert tags[0] == {"key": "abc", "value": "true", "source": "USER"}
    assert {"key": "project", "value": "fraud", "source": "METAFLOW"} in tags
    assert {"key": "plain", "value": "true", "source": "METAFLOW"} in tags


def test_what_was_simulated_did_not_happen() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("AFlow/sim-1", **run("AFlow", "sim-1", status="simulated"))
    with pytest.raises(ExportError, match="AFlow/sim-1 is simulated"):
        Lineage(graph).to_openlineage()


@pytest.mark.parametrize("namespace", ["", "  ", None, 3])
def test_a_namespace_is_a_text(namespace: Any) -> None:
    with pytest.raises(InvalidArgument, match="an OpenLineage namespace is a text"):
        Lineage(small_graph()).to_openlineage(namespace=namespace)


def test_a_time_without_a_zone_counts_as_utc() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("AFlow/1", **run("AFlow", "1", created_at=DAY.replace(tzinfo=None), finished_at=None))
    (event,) = Lineage(graph).to_openlineage()
    assert event["eventTime"] == DAY.isoformat()
