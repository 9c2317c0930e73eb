"""The summary by flow: it counts every run, says what fails now, and stays small."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import networkx as nx
import pytest

from lineage.graph.run_graph import RunGraph
from lineage.scene.flow_strips import axis_of, says
from lineage.scene.flows import flows_summary
from tests.support.companies import company
from tests.support.lineages import trigger_lineage

DAY = datetime(2026, 11, 1, tzinfo=timezone.utc)
GOOD = {"kind": "run", "status": "completed", "created_at": DAY}
BAD = GOOD | {"status": "failed", "failed_step": "fit"}


@pytest.fixture(scope="module")
def flows() -> dict[str, Any]:
    made = flows_summary(company(25))
    assert made is not None
    return made


def card(flows: dict[str, Any], name: str) -> Any:
    return next(card for card in flows["cards"] if card["name"] == name)


def test_each_flow_and_event_has_a_card_with_all_its_runs(flows: dict[str, Any]) -> None:
    assert (flows["runs"], flows["events"]) == (300, 25)
    assert {card["runs"] for card in flows["cards"]} == {25}
    assert [c["name"] for c in flows["cards"] if c.get("event")] == ["orders_landed"]
    assert card(flows, "ETLFlow")["strip"] == ["completed"] * 25
    assert card(flows, "ETLFlow")["bars"]["completed"] == {"first": 0, "counts": [1] * 25}
    assert card(flows, "ReportFlow")["bars"]["failed"] == {"first": 20, "counts": [1] * 5}
    assert (flows["unit"], flows["start"]) == ("day", "2026-11-01T00:00:00Z")


def test_lines_count_the_edges_from_flow_to_flow(flows: dict[str, Any]) -> None:
    names = [card["name"] for card in flows["cards"]]
    lines = {(names[line["source"]], names[line["target"]]): line["count"] for line in flows["lines"]}
    assert lines["ETLFlow", "QualityFlow"] == 25
    assert lines["orders_landed", "IngestFlow"] == 25
    assert len(lines) == 11


def test_a_lane_is_a_project_as_an_outline_and_lanes_do_not_meet(flows: dict[str, Any]) -> None:
    cards = flows["cards"]
    shop, search = flows["lanes"]
    assert [cards[i]["name"] for i in search["cards"]] == [
        *("CrawlFlow", "EmbedFlow", "IndexFlow", "RankFlow", "EvalFlow")
    ]
    assert (shop["name"], shop["runs"]) == ("shop", 175)
    assert cards[shop["cards"][0]]["name"] == "orders_landed"
    lowest = max(cards[i]["y"] for i in shop["cards"])
    assert min(cards[i]["y"] for i in search["cards"]) >= lowest + 1


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([GOOD], {"says": "completed"}),
        ([GOOD, GOOD], {"says": "all completed"}),
        ([BAD, *[GOOD] * 6], {"says": "1 failed on 1 Nov 00:00"}),
        (
            [GOOD, BAD],
            {"says": "the last run failed", "failing": "its last run, on 1 Nov 00:00, in step fit"},
        ),
        (
            [*[GOOD] * 9, BAD, BAD, BAD, GOOD, BAD],
            {
                "says": "4 of last 6 failed",
                "failing": "4 of the last 6, since 1 Nov 00:00, each in step fit",
            },
        ),
        ([GOOD, GOOD | {"status": "running"}], {"says": "1 running"}),
        ([{"kind": "event", "timestamp": DAY}], {"says": "event"}),
    ],
)
def test_a_flow_fails_now_if_its_latest_runs_did(runs: list[Any], words: dict[str, str]) -> None:
    assert says(runs, axis_of([DAY])) == words


@pytest.mark.parametrize(
    ("span", "unit", "bars"),
    [
        (timedelta(0), "minute", 1),
        (timedelta(minutes=90), "5 minutes", 19),
        (timedelta(days=28), "day", 29),
        (timedelta(days=40 * 365), "52 weeks", 41),
        (timedelta(days=400 * 365), "3,396 days", 43),
    ],
)
def test_an_axis_has_few_bars_of_a_round_length(span: timedelta, unit: str, bars: int) -> None:
    axis = axis_of([DAY, DAY + span])
    assert (axis.unit, axis.bars) == (unit, bars)
    assert axis.bar(DAY + span) == bars - 1


def test_runs_without_a_time_are_counted_and_a_flow_that_triggers_itself_is_no_trouble() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for i in range(30):
        graph.add_node(f"LoopFlow/{i}", kind="run", flow="LoopFlow", run_id=str(i), status="missing")
        if i:
            graph.add_edge(f"LoopFlow/{i - 1}", f"LoopFlow/{i}", kind="trigger")
    made = flows_summary(RunGraph(graph))
    assert made is not None
    assert (made["cards"][0]["runs"], made["cards"][0]["says"]) == (30, "30 missing")
    assert made["lines"] == [{"source": 0, "target": 0, "count": 29}]
    assert "start" not in made


def test_times_made_by_hand_may_lack_a_zone() -> None:
    lineage = company(3)
    lineage.graph.nodes["ETLFlow/1"]["created_at"] = datetime(2026, 11, 2, 5)
    made = flows_summary(lineage)
    assert made is not None
    assert card(made, "ETLFlow")["runs"] == 3


def test_a_small_lineage_has_none_and_a_large_one_a_small_one() -> None:
    assert flows_summary(company(1)) is None
    assert len(json.dumps(flows_summary(RunGraph(trigger_lineage(3_000))))) < 80_000
