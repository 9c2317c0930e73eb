"""Long chains and wide fans are no special case: they open small, are shown whole, stay at hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import networkx as nx
import pytest
from playwright.sync_api import expect

from lineage import Lineage
from lineage.render.page import page
from lineage.scene.lineage_scene import scene
from tests.browser.conftest import Opened
from tests.support.lineages import EPOCH

Open = Callable[..., Opened]
# of the picture: how many of its pixels are not the ground's
INK = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let at = 3; at < data.length; at += 4) ink += data[at] > 200;
  return ink;
}"""


def linked(names: list[str], pairs: list[tuple[str, str]], focus: str) -> str:
    """A page of completed runs, a minute apart."""
    graph = nx.DiGraph()
    for minute, name in enumerate(names):
        flow, run_id = name.split("/")
        began = EPOCH + timedelta(minutes=minute)
        facts: dict[str, Any] = dict.fromkeys(("project", "branch", "origin", "start_step", "end_step"))
        facts |= {"kind": "run", "flow": flow, "run_id": run_id, "status": "completed", "user": "ann"}
        facts |= {"created_at": began, "finished_at": began + timedelta(seconds=30)}
        graph.add_node(name, **facts, tags=[], system_tags=[])
    for cause, effect in pairs:
        event = f"metaflow.{cause.split('/')[0]}.end"
        graph.add_edge(
            cause, effect, kind="trigger", event=event, timestamp=graph.nodes[effect]["created_at"]
        )
    return page(scene(Lineage(graph, focus=(focus,), source="made up")))


@pytest.fixture(scope="module")
def chain() -> str:
    """LoopFlow/0 > LoopFlow/1 > … > LoopFlow/4999."""
    names = [f"LoopFlow/{i}" for i in range(5_000)]
    return linked(names, list(pairwise(names)), "LoopFlow/2500")


@pytest.fixture(scope="module")
def fan() -> str:
    """SweepFlow/1 > each of TrialFlow/0 … TrialFlow/2999."""
    trials = [f"TrialFlow/{i}" for i in range(3_000)]
    return linked(["SweepFlow/1", *trials], [("SweepFlow/1", trial) for trial in trials], "SweepFlow/1")


def test_a_chain_of_5000_opens_around_the_run_and_is_shown_whole(open_page: Open, chain: str) -> None:
    opened = open_page(chain, at="#view=graph")
    expect(opened.page.locator(".ln-counter")).to_have_text(re.compile("^[1-5] of 5,000 runs in sight$"))
    assert opened.page.locator(".ln-node").count() == 5
    opened.page.get_by_role("button", name="All:").click()
    expect(opened.page.locator(".ln-counter")).to_have_text("All 5,000 runs in sight")
    assert opened.page.locator(".ln-canvas").evaluate(INK) > 500
    opened.picture("chain-all")
    opened.page.get_by_role("button", name="Part:").click()
    expect(opened.page.locator(".ln-node")).to_have_count(5)
    assert opened.errors == []


def test_the_keyboard_and_the_search_reach_every_run_of_a_long_chain(open_page: Open, chain: str) -> None:
    opened = open_page(chain, at="#view=graph")
    opened.page.get_by_role("button", name="All:").click()
    opened.page.locator(".ln-stage").focus()
    opened.page.keyboard.press("Home")
    for _ in range(3):
        opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator(".ln-details")).to_contain_text("2503")
    box = opened.page.get_by_label("Find runs")
    box.fill("LoopFlow/4998+1")
    expect(opened.page.locator(".ln-found")).to_contain_text("2 found")
    box.press("Enter")
    expect(opened.page.locator(".ln-details")).to_contain_text("4998")
    assert opened.errors == []


def test_a_fan_of_3000_opens_as_one_bundle_that_unfolds_and_folds_again(open_page: Open, fan: str) -> None:
    opened = open_page(fan, at="#view=graph")
    bundle = opened.page.locator(".ln-node", has_text="3,000 completed")
    expect(opened.page.locator(".ln-counter")).to_have_text("All 3,001 runs in sight")
    expect(opened.page.locator(".ln-node")).to_have_count(2)
    opened.picture("fan")
    bundle.click()
    opened.page.get_by_role("button", name="Unfold").click()
    expect(opened.page.locator(".ln-svg")).to_be_hidden()  # too many for elements: on a canvas
    opened.picture("fan-unfolded")
    opened.page.get_by_role("button", name="Fold again").click()
    expect(opened.page.locator(".ln-node")).to_have_count(2)
    assert opened.errors == []


def test_on_a_canvas_the_way_of_a_run_stands_out_and_the_rest_steps_back(open_page: Open, fan: str) -> None:
    opened = open_page(fan, at="#view=graph")
    opened.page.locator(".ln-node", has_text="3,000 completed").click()
    opened.page.get_by_role("button", name="Unfold").click()
    canvas = opened.page.locator(".ln-canvas")
    expect(canvas).to_be_visible()
    strong = canvas.evaluate(INK)
    box = opened.page.get_by_label("Find runs")
    box.fill("TrialFlow/1500")
    expect(opened.page.locator(".ln-found")).to_contain_text("1 found")
    box.press("Enter")
    expect(opened.page.locator(".ln-details")).to_contain_text("1500")
    opened.page.wait_for_function("() => new Promise(requestAnimationFrame)")
    assert 0 < canvas.evaluate(INK) < strong / 2
    box.press("Escape")
    opened.page.locator(".ln-stage").press("f")
    opened.page.wait_for_function("() => new Promise(requestAnimationFrame)")
    assert opened.errors == []


@pytest.mark.parametrize("shape", ["chain", "fan"])
def test_a_large_timeline_is_drawn(open_page: Open, shape: str, request: pytest.FixtureRequest) -> None:
    opened = open_page(request.getfixturevalue(shape), at="#view=graph")
    opened.page.get_by_role("button", name="All:").or_(opened.page.get_by_label("Find runs")).first.click()
    opened.page.get_by_role("button", name="Timeline").click()
    expect(opened.page.get_by_role("button", name="Timeline")).to_have_attribute("aria-pressed", "true")
    opened.picture(f"{shape}-timeline")
    assert opened.errors == []
