"""One table of broken trigger records: the graph and the trigger API read each of them alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from metaflow_extensions.lineage.plugins.metadata.causes import (
    PAYLOADS_FIELD,
    TRIGGERS_FIELD,
    decode_triggers,
    from_epoch,
)
from tests.support.planted import PlantedRun, plant, write_local
from tests.support.planted_lineages import finished_run
from tests.support.store import Store

WHEN = 1_700_000_000
FIRST = {"name": "first", "id": "e1", "timestamp": WHEN, "type": "event"}
RUN = {"name": "metaflow.ETLFlow.end", "id": "ETLFlow/1/end/3", "timestamp": WHEN, "type": "run"}


@dataclass(frozen=True)
class Cause:
    """One cause as both doors are to tell it; of a run the graph has its pathspec."""

    name: str | None = "first"
    id: str | None = "e1"
    time: float | None = WHEN  # seconds since 1970
    payload: dict[str, Any] | None = None
    run: str | None = None


ETL = Cause(name=None, id=None, time=None, run="ETLFlow/1")


@dataclass(frozen=True)
class Broken:
    """A record, and its reading."""

    label: str
    triggers: Any  # text, or entries to write as JSON
    causes: list[Cause]
    problems: list[str] = field(default_factory=list)
    payloads: Any = None

    @property
    def fields(self) -> dict[str, str]:
        """The start task's metadata."""
        given = {TRIGGERS_FIELD: self.triggers, PAYLOADS_FIELD: self.payloads}
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in given.items()
            if value is not None
        }


def without(key: str, entry: dict[str, Any] = FIRST) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}


def at(timestamp: Any) -> list[dict[str, Any]]:
    return [{**FIRST, "timestamp": timestamp}]


def payload(carried: Any, **event: Any) -> list[dict[str, Any]]:
    return [{"name": "first", "id": "e1", "payload": carried, **event}]


NOT_A_LIST = f"the {TRIGGERS_FIELD} record is not a JSON list: "
NO_PAYLOADS = f"the {PAYLOADS_FIELD} record is not a JSON list: "
NO_NAME = "a trigger without a name: "
NO_RUN = "a triggering run without a pathspec: "
NO_OBJECT = "a trigger that is not a JSON object: "
NO_EVENT = "a payload without the name and the id of its event: "
NO_FIELDS = "a payload that is not a JSON object: "

RECORDS = [
    Broken("not JSON", "{", [], [NOT_A_LIST + "{"]),
    Broken("JSON but not a list", '{"name": "first"}', [], [NOT_A_LIST + '{"name": "first"}']),
    Broken("null", "null", [], [NOT_A_LIST + "null"]),
    Broken("nested too deeply", "[" * 100_000, [], [NOT_A_LIST + "[[["]),
    Broken("nothing", "", []),
    Broken("no entries", [], []),
    Broken("an entry that is not an object", ["x", FIRST, 3], [Cause()], [NO_OBJECT + "x", NO_OBJECT + "3"]),
    Broken("no name", [without("name"), RUN], [ETL], [NO_NAME + "{'id': 'e1'"]),
    Broken("a name that is not text", [{**FIRST, "name": 3}], [], [NO_NAME]),
    Broken("an empty name", [{**FIRST, "name": ""}], [], [NO_NAME]),
    Broken("no id", [without("id")], [Cause(id=None)]),
    Broken(
        "no id, two times", [without("id"), without("id", at(7)[0])], [Cause(id=None), Cause(id=None, time=7)]
    ),
    Broken("an id of null and an empty one", [{**FIRST, "id": None}, {**FIRST, "id": ""}], [Cause(id=None)]),
    Broken("neither id nor time", [{"name": "first", "type": "event"}], [Cause(id=None, time=None)]),
    Broken("an id that is a number", [{**FIRST, "id": 5}], [Cause(id="5")]),
    Broken("an id that is a list", [{**FIRST, "id": [5]}], [Cause(id="[5]")], payloads=payload({"x": 1})),
    Broken(
        "half of a character", '[{"name": "a\\ud800", "id": "e1", "type": "event"}]', [Cause("a?", time=None)]
    ),
    Broken("no timestamp", [without("timestamp")], [Cause(time=None)]),
    Broken("a timestamp with a fraction", at(WHEN + 0.5), [Cause(time=WHEN + 0.5)]),
    Broken("a timestamp that is text", at("2023-11-14"), [Cause(time=None)]),
    Broken("a timestamp in milliseconds", at(WHEN * 1000), [Cause(time=None)]),
    Broken("a huge timestamp", at(10**300), [Cause(time=None)]),
    Broken("a timestamp that is NaN", at(float("nan")), [Cause(time=None)]),
    Broken(
        "a timestamp beyond all numbers",
        '[{"name": "first", "id": "e1", "timestamp": 1e999}]',
        [Cause(time=None)],
    ),
    Broken("a timestamp that is true", at(True), [Cause(time=None)]),
    Broken("a timestamp that is a list", at([WHEN]), [Cause(time=None)]),
    Broken("unknown keys", [{**FIRST, "more": {"x": 1}}], [Cause()]),
    Broken("no type", [without("type")], [Cause()]),
    Broken("an unknown type", [{**FIRST, "type": "cron"}], [Cause()]),
    Broken("a run without an id", [without("id", RUN), FIRST], [Cause()], [NO_RUN]),
    Broken("a run without a pathspec", [{**RUN, "id": "ETLFlow"}], [], [NO_RUN]),
    Broken(
        "a run with half a pathspec", [{**RUN, "id": "/1/end/3"}, {**RUN, "id": "A//end"}], [], [NO_RUN] * 2
    ),
    Broken("a run whose id is a number", [{**RUN, "id": 1}], [], [NO_RUN]),
    Broken("the same event twice", [FIRST, FIRST], [Cause()]),
    Broken("the same event at two times", [FIRST, at(7)[0]], [Cause()]),
    Broken("the same run twice", [RUN, {**RUN, "name": "metaflow.ETLFlow.last"}], [ETL]),
    Broken("a payload", [FIRST], [Cause(payload={"x": 1})], payloads=payload({"x": 1})),
    Broken("payloads that are not JSON", [FIRST], [Cause()], [NO_PAYLOADS + "["], "["),
    Broken("payloads that are not a list", [FIRST], [Cause()], [NO_PAYLOADS + "7"], 7),
    Broken("a payload of an unknown event", [FIRST], [Cause()], payloads=payload({"x": 1}, id="e2")),
    Broken(
        "a payload of no event", [FIRST], [Cause()], [NO_EVENT, NO_EVENT + "3"], [{"payload": {"x": 1}}, 3]
    ),
    Broken("a payload that is a list", [FIRST], [Cause()], [NO_FIELDS], payload([1])),
    Broken(
        "half of the payloads", [FIRST], [Cause(payload={"x": 1})], [NO_EVENT], [None, *payload({"x": 1})]
    ),
    Broken("an empty payload", [FIRST], [Cause()], payloads=payload({})),
    Broken("payloads without triggers", "[]", [], payloads="["),
]

# The two doors in one process: what the graph says of each run, and what the trigger API says.
READ = """
import json, os, warnings
import lineage
from lineage.sources import LocalSource
from metaflow import Run, namespace
namespace(None)

def seconds(time):
    return None if time is None else time.timestamp() if hasattr(time, "timestamp") else time

def drawn(pathspec):
    lin = lineage.trace(pathspec, upstream=1, source=LocalSource(os.getcwd()))
    causes = []
    for key in lin.graph.predecessors(pathspec):
        node = lin.graph.nodes[key]
        if node["kind"] == "run":
            causes.append({"run": key})
        else:
            names = {"name": node["name"], "id": node["event_id"], "payload": node["payload"]}
            causes.append({**names, "time": seconds(node["timestamp"])})
    return {"causes": causes, "problems": [p.reason for p in lin.problems if p.pathspec == pathspec]}

def told(trigger):
    causes = []
    for event in trigger or ():
        if event.type == "run":
            causes.append({"run": "/".join(event.id.split("/")[:2])})
        else:
            names = {"name": event.name, "id": event.id, "payload": event.payload}
            causes.append({**names, "time": seconds(event.timestamp)})
    return causes

def asked(pathspec):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trigger = lineage.trigger(pathspec)
        released = Run(pathspec).trigger
    repr(trigger)
    return {
        "causes": told(trigger),
        "released": told(released),
        "type": trigger.type if trigger else None,
        "warnings": [[str(warning.message), warning.filename] for warning in caught],
    }

print(json.dumps({pathspec: [drawn(pathspec), asked(pathspec)] for pathspec in PATHSPECS}))
"""


def planted(broken: Broken, number: int) -> PlantedRun:
    """A finished run whose start task has this record."""
    run = plant(finished_run("BrokenFlow", str(number), number))
    when = run.created + 2
    extra = tuple((name, value, when) for name, value in broken.fields.items())
    tasks = tuple(
        replace(task, fields=task.fields + extra) if task.step == "start" else task for task in run.tasks
    )
    return replace(run, tasks=tasks)


@pytest.fixture(scope="module")
def readings(store_at: Callable[[str], Store]) -> dict[str, Any]:
    """What both doors say of each record: label -> [graph, trigger API]."""
    store = store_at("broken")
    labels = {f"BrokenFlow/{number}": broken.label for number, broken in enumerate(RECORDS, 1)}
    etl = plant(finished_run("ETLFlow", "1", 0))
    write_local([etl, *(planted(broken, n) for n, broken in enumerate(RECORDS, 1))], Path(store.root))
    found: Any = store.client(READ.replace("PATHSPECS", repr(list(labels))))
    return {labels[pathspec]: reading for pathspec, reading in found.items()}


def distinct(told: list[dict[str, Any]]) -> list[Cause]:
    """The causes that a door tells of, each once, as the table has them."""
    causes: dict[Any, Cause] = {}
    for cause in told:
        if "run" in cause:
            causes.setdefault(cause["run"], replace(ETL, run=cause["run"]))
            continue
        name = cause["name"].encode("utf-8", "replace").decode()  # the graph can be written down anywhere
        event_id = None if cause["id"] is None else str(cause["id"])
        moment = from_epoch(cause["time"])  # the API leaves a time alone that Metaflow did not write
        time = None if moment is None else moment.timestamp()
        key = (name, event_id if event_id is not None else time)
        causes.setdefault(key, Cause(name, event_id, time, cause["payload"]))
    return sorted(causes.values(), key=repr)


@pytest.mark.parametrize("broken", RECORDS, ids=lambda broken: broken.label)
def test_the_graph_and_the_trigger_api_read_a_record_alike(readings: dict[str, Any], broken: Broken) -> None:
    graph, api = readings[broken.label]
    expected = sorted(broken.causes, key=repr)
    assert distinct(graph["causes"]) == expected
    assert distinct(api["causes"]) == expected
    assert len(graph["causes"]) == len(expected)
    assert (api["type"] or "").startswith("MANY") == (len(expected) > 1)
    assert str(api["released"]) == str(api["causes"])  # `Run.trigger`; as text, where NaN is itself


@pytest.mark.parametrize("broken", RECORDS, ids=lambda broken: broken.label)
def test_a_problem_of_the_graph_is_a_warning_of_the_trigger_api(
    readings: dict[str, Any], broken: Broken
) -> None:
    graph, api = readings[broken.label]
    assert len(graph["problems"]) == len(broken.problems)
    for problem, expected in zip(graph["problems"], broken.problems, strict=True):
        assert problem.startswith(expected)
        assert len(problem) < 200
    # one of `lineage.trigger` and one of `Run.trigger`, both at the line that asks
    assert [place for _, place in api["warnings"]] == (["<string>"] * 2 if broken.problems else [])
    assert all(problem in said for said, _ in api["warnings"] for problem in graph["problems"])


@pytest.mark.parametrize("broken", RECORDS, ids=lambda broken: broken.label)
def test_read_strictly_the_first_fault_is_an_error(broken: Broken) -> None:
    triggers, payloads = broken.fields.get(TRIGGERS_FIELD), broken.fields.get(PAYLOADS_FIELD)
    lenient, problems = decode_triggers(triggers, payloads)
    if problems:
        with pytest.raises(ValueError, match=re.escape(problems[0])):
            decode_triggers(triggers, payloads, strict=True)
    else:
        strict, none = decode_triggers(triggers, payloads, strict=True)
        assert (repr(strict), none) == (repr(lenient), [])
