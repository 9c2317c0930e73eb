"""The sentences of explanations: every kind of cause, and what is left out where it is not recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import networkx as nx
import pytest

import lineage
from lineage.client.failures import Failure
from lineage.comparing import explanation
from lineage.comparing.explanation import explain_run, first_failed
from lineage.comparing.reasons import label, named, payload_text, reason, scheduled_time
from lineage.errors import ArtifactUnavailable, InvalidArgument
from lineage.records.model import ArtifactRead, CountedReads, RunRecord, TriggerEvent
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_record, drawn_records

TOKYO = "Asia/Tokyo"  # nine hours before UTC


def source(text: str, **changes: dict[str, Any]) -> MemorySource:
    records = {record.pathspec: record for record in drawn_records(text)}
    for name, change in changes.items():
        key = name.replace("_", "/")
        records[key] = replace(records[key], **change)
    return MemorySource(records.values())


def explained(text: str, run: str, zone: str = TOKYO, **changes: dict[str, Any]) -> str:
    return lineage.explain(run, source=source(text, **changes), timezone=zone).reason


def sent(name: str, event_id: str, seconds: float | None = None, kind: Any = "run") -> TriggerEvent:
    return TriggerEvent(name, event_id, None if seconds is None else START + timedelta(seconds=seconds), kind)


OF_A_STEP = sent("metaflow.A.load", "A/1/load/2", 90, "event")
LATE = {"created_at": START + timedelta(hours=20, seconds=5.7)}
EVENING = START + timedelta(hours=20.5)  # the next day in Tokyo


@pytest.mark.parametrize(
    ("text", "changes", "words"),
    [
        ("A/1", {}, "was started at 2026-01-01 09:01 JST by ann, without a recorded trigger"),
        ("A/1", {"A_1": {"user": None}}, "was started at 2026-01-01 09:01 JST, without a recorded trigger"),
        ("A/1", {"A_1": {"created_at": None}}, "was started by ann, without a recorded trigger"),
        ("A/1", {"A_1": LATE}, "was started at 2026-01-02 05:00:05 JST by ann, without a recorded trigger"),
        ("A/0 ~ A/1", {}, "was resumed at 2026-01-01 09:01 JST by ann from A/0"),
        (
            "A/0 ~ A/1",
            {"A_0": {"status": "failed", "failed_step": "load"}},
            "was resumed at 2026-01-01 09:01 JST by ann from A/0, which had failed at step load",
        ),
        (
            "A/0 ~ A/1",
            {"A_0": {"status": "failed"}},
            "was resumed at 2026-01-01 09:01 JST by ann from A/0, which had failed",
        ),
        ("P/0 => A/1", {}, "was started at 2026-01-01 09:01 JST by P/0"),
        ("P/0? => A/1", {}, "was started at 2026-01-01 09:01 JST by P/0"),
        ("B/0 > A/1", {}, "fired at 2026-01-01 09:01 JST, because B/0 finished at 09:00"),
        (
            "B/0 > A/1",
            {"A_1": {"created_at": None}},
            "fired, because B/0 finished at 2026-01-01 09:00",
        ),
        (
            "A/1",
            {"A_1": {"triggers": (sent("metaflow.B.end", "B/0/end/9"),)}},
            "fired at 2026-01-01 09:01 JST, because B/0 finished",
        ),
        (
            "B/0\nA/1",
            {"A_1": {"created_at": EVENING, "triggers": (sent("metaflow.B.end", "B/0/end/9", 20 * 3600),)}},
            "fired at 2026-01-02 05:30 JST, because B/0 finished at 05:00",
        ),
        (
            "B/0\nA/1",
            {"A_1": {"triggers": (sent("metaflow.B.end", "B/0/end/9"),)}},
            "fired at 2026-01-01 09:01 JST, because B/0 finished at 09:01",
        ),
        (
            "A/1",
            {"A_1": {"triggers": (sent("go", "x", None, "event"),)}},
            "fired at 2026-01-01 09:01 JST, because event go arrived",
        ),
        (
            "\n".join(f"B/{n} > A/1" for n in range(2, 6)),
            {},
            "fired at 2026-01-01 09:01 JST, because B/2 finished at 09:00 and B/3 finished at 09:00 and "
            "B/4 finished at 09:00 and B/5 finished at 09:00",
        ),
        (
            "\n".join(f"B/{n} > A/1" for n in range(2, 8)),
            {},
            "fired at 2026-01-01 09:01 JST, because B/2 finished at 09:00 and B/3 finished at 09:00 and "
            "B/4 finished at 09:00 and 3 more triggers arrived",
        ),
        (
            "B/0\nA/1",
            {"A_1": {"reads": (ArtifactRead("B/0/end/9", "x", None, "s"),)}},
            "was started at 2026-01-01 09:01 JST by ann, without a recorded trigger; it read x of B/0",
        ),
        (
            "B/0\nA/1",
            {"A_1": {"counted_reads": (CountedReads("B/0", 1200, "s"),)}},
            "was started at 2026-01-01 09:01 JST by ann, without a recorded trigger; "
            "it read 1,200 artifacts of B/0",
        ),
        (
            "B/0\nA/1",
            {
                "A_1": {
                    "reads": (ArtifactRead("B/0/end/9", "x", None, "s"),),
                    "counted_reads": (CountedReads("B/0", 2, "s"),),
                }
            },
            "was started at 2026-01-01 09:01 JST by ann, without a recorded trigger; "
            "it read x and 2 more artifacts of B/0",
        ),
    ],
)
def test_each_reason_in_full(text: str, changes: dict[str, dict[str, Any]], words: str) -> None:
    assert explained(text, "A/1", **changes) == words


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (OF_A_STEP, "step load of A/1 finished at 00:01:30"),
        (sent("metaflow.A.end", "A/1/last/9", 90), "A/1 finished at 00:01:30"),
        (sent("metaflow.A.last", "A/1/last/9", 90), "A/1 finished at 00:01:30"),
    ],
)
def test_the_end_of_a_step_is_told_from_that_of_the_run(event: TriggerEvent, words: str) -> None:
    changes: dict[str, Any] = {"A_1": {"end_step": "last"}, "B_2": {"triggers": (event,)}}
    assert words in explained("A/1\nB/2", "B/2", "UTC", **changes).split("because ")
    graph = lineage.trace("B/2", source=source("A/1\nB/2", **changes)).graph
    assert graph.edges["A/1", "B/2"]["event"] == event.name


def test_an_event_is_told_with_its_payload_and_who_published_it() -> None:
    lin = lineage.trace("P/1", source=source("P/1 *> done! > A/2"), downstream=None)
    assert reason(lin.graph, "event:done/id") == (
        "arrived at 2026-01-01 00:00 UTC with x=1, published by P/1"
    )
    assert reason(lin.graph, "event:done/id", ZoneInfo(TOKYO)).startswith("arrived at 2026-01-01 09:00 JST")
    bare = lineage.trace("P/1", source=source("P/1 *> done!"), downstream=None)
    assert reason(bare.graph, "event:done/id") == "arrived, published by P/1"
    outside = lineage.trace("A/2", source=source("go! > A/2"))
    assert reason(outside.graph, "event:go/id") == "arrived at 2026-01-01 00:00 UTC with x=1"
    assert payload_text({"städte": ["Köln"], "n": 1}) == 'städte=["Köln"], n=1'
    assert len(payload_text({"long": "x" * 500})) < 130


def test_of_three_triggers_the_last_to_arrive_came_last() -> None:
    ends = {
        f"{flow}_{n}": {"finished_at": START + timedelta(seconds=n)}
        for flow, n in (("B", 1), ("C", 3), ("D", 2))
    }
    triggers = tuple(sent(f"metaflow.{name[0]}.end", f"{name.replace('_', '/')}/end/9") for name in ends)
    store = source("B/1\nC/3\nD/2\nA/9", A_9={"triggers": triggers}, **ends)
    answer = lineage.explain("A/9", source=store)
    assert answer.last == "C/3"
    assert answer.reason.endswith("; C/3 came last")


def test_what_is_beyond_the_border_or_gone_is_said() -> None:
    lin = lineage.trace("A/3", upstream=0, source=source("B/1 > A/3\nB/2 > A/3"))
    assert reason(lin.graph, "A/3") == "was started at 2026-01-01 00:03 UTC; 2 causes of it not shown here"
    node = {"kind": "run", "status": "missing", "created_at": None}
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_node("A/1", **node)
    graph.add_edge("B/1", "A/1", kind="read")
    assert reason(graph, "A/1").startswith("no longer exists or cannot be read; only")
    assert "it read" not in reason(graph, "A/1")
    graph.add_node("A/2", **node | {"status": "completed", "origin": "A/1", "user": "ann"})
    assert reason(graph, "A/2") == "was resumed by ann from A/1"
    graph.add_edge("B/1", "A/2", kind="read")
    assert reason(graph, "A/2") == "was resumed by ann from A/1; it read artifacts of B/1"


def test_names_in_a_sentence_are_counted_beyond_four_and_an_event_has_its_name_only() -> None:
    assert [named(list("abcdef")[:n]) for n in (1, 2, 4, 5)] == [
        "a",
        "a and b",
        "a, b, c and d",
        "a, b, c and 2 others",
    ]
    assert (label("event:go/2026/1"), label("ETLFlow/1")) == ("event go", "ETLFlow/1")


def test_the_time_in_the_name_of_a_scheduled_workflow_is_utc() -> None:
    scheduled = scheduled_time("argo-shop.trainingflow-1767236400")
    assert scheduled is not None
    assert scheduled.isoformat() == "2026-01-01T03:00:00+00:00"
    assert scheduled_time("argo-shop.trainingflow-x7k2p") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "It completed after 1 min."),
        ({"finished_at": None}, "It completed."),
        ({"status": "running", "finished_at": None}, "It is running."),
        ({"status": "unknown"}, "How it ended is not recorded."),
        ({"status": "failed"}, "It failed after 1 min."),
        ({"status": "failed", "failed_step": "load"}, "It failed at step load after 1 min."),
        ({"status": "failed", "created_at": None}, "It failed."),
    ],
)
def test_the_end_of_a_run_is_told_as_far_as_it_is_recorded(change: dict[str, Any], words: str) -> None:
    answer = lineage.explain("A/1", source=source("A/1", A_1=change))
    assert str(answer).splitlines()[1:] == [words]
    assert answer.status == change.get("status", "completed")
    assert answer.failed_step == change.get("failed_step")


def test_causes_are_told_with_their_distance_the_latest_first() -> None:
    text = "A/1 > D/4\nB/9 > D/4\nC/2 > D/4\nE/4 > D/4\nF/3? > D/4\nG/3 > D/4"
    just = {"created_at": START + timedelta(minutes=4, seconds=-0.5)}
    answer = lineage.explain("D/4", source=source(text, C_2={"status": "failed"}, G_3=just))
    told = [line.split(" was ")[0].split(" no ")[0] for line in str(answer).splitlines()]
    assert told[2:] == [
        "Of the runs that led to it, C/2 failed first.",
        "What led to it, the latest first:",
        "- 5 min after it began: B/9",
        "- 0.0 s before: E/4",
        "- 0.5 s before: G/3",
        "- 2 min before: C/2",
        "- 3 min before: A/1",
        "- F/3",
        "It goes back to B/9, E/4, G/3, C/2, A/1, 1 more.",
        *(f"! {problem}" for problem in answer.problems),
    ]
    six = lineage.explain("Z/9", source=source("\n".join(f"A/{n} > Z/9" for n in range(1, 7))))
    assert str(six).splitlines()[-1] == "It goes back to A/6, A/5, A/4, A/3, A/2, 1 more."
    (cause,) = lineage.explain("B/2", source=source("A/1 > B/2"), timezone=TOKYO).causes
    assert cause.reason == "was started at 2026-01-01 09:01 JST by ann, without a recorded trigger"
    one = lineage.explain("B/2", source=source("A/1 > B/2"))
    assert "It goes back" not in str(one)
    assert str(one).splitlines()[2] == "What led to it, the latest first:"


def test_the_first_failure_is_the_one_that_began_first() -> None:
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_node("A/1", status="failed", created_at=None)
    graph.add_node("B/2", status="failed", created_at=START + timedelta(1))
    graph.add_node("C/3", status="failed", created_at=START)
    graph.add_node("event:e/1")
    assert first_failed(graph, graph) == "C/3"
    assert first_failed(graph, ["A/1", "B/2"]) == "B/2"
    assert first_failed(graph, ["event:e/1"]) is None


@pytest.mark.parametrize("zone", ["", "Local", "Atlantis/Nowhere"])
def test_a_time_zone_that_is_not_known_is_refused(zone: str) -> None:
    with pytest.raises(InvalidArgument, match=repr(zone)):
        lineage.explain("A/1", source=source("A/1"), timezone=zone)


def test_one_run_is_explained_and_a_flow_with_its_audit() -> None:
    store = source("A/1 > B/2 > C/3")
    with pytest.raises(InvalidArgument, match="explain one run at a time, not 2"):
        lineage.explain(["A/1", "B/2"], source=store)  # type: ignore[arg-type] # on purpose
    explained = partial(explain_run, error=False, timezone="UTC", source=store)
    flow = explained("B", audited=lambda name: f"{name} fired each time.")
    assert (flow.run, flow.audit) == ("B/2", "B fired each time.")
    assert set(flow.lineage.runs) == {"A/1", "B/2"}
    assert str(flow).splitlines()[-1] == "B fired each time."
    assert explained("B/2", audited=lambda name: "never").audit is None
    past = explained("B/2", as_of=START + timedelta(minutes=2.5))
    assert past.status == "running"


def test_the_exception_is_read_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def run_failure(run: object, step: str) -> Failure:
        asked.append((run, step))
        if step == "lost":
            raise ArtifactUnavailable("its exception cannot be loaded")
        return Failure(step, "9", "ValueError", "no rows", "")

    monkeypatch.setattr(explanation, "recorded_run", lambda *words: words)
    monkeypatch.setattr(explanation, "run_failure", run_failure)
    failed: dict[str, Any] = {"status": "failed", "failed_step": "load", "problems": ("half",)}
    store = source("A/1", A_1=failed)
    assert lineage.explain("A/1", source=store).failure is None
    answer = lineage.explain("A/1", source=store, error=True)
    assert asked == [(("A/1", store.label, START + timedelta(minutes=1)), "load")]
    assert str(answer).splitlines()[1:] == [
        "It failed at step load after 1 min.",
        "ValueError: no rows",
        "! A/1: half",
    ]
    assert answer.as_dict()["failure"] == {"type": "ValueError", "message": "no rows"}
    lost = lineage.explain("A/1", source=source("A/1", A_1=failed | {"failed_step": "lost"}), error=True)
    assert (lost.failure, lost.problems) == (None, ("A/1: half", "its exception cannot be loaded"))
    killed = lineage.explain("A/1", source=source("A/1", A_1=failed | {"failed_step": None}), error=True)
    assert killed.problems[1] == "A/1 recorded no failed step: it was killed, or its machine was lost"
    assert lineage.explain("B/1", source=source("B/1"), error=True).problems == ()


def test_a_record_of_nothing_is_explained() -> None:
    answer = lineage.explain("A/1", source=MemorySource([RunRecord("A", "1")]))
    assert answer.reason == "was started, without a recorded trigger"
    assert drawn_record("A/1").pathspec == answer.run
