"""The view by flow: what hundreds of runs open with, and the way from a flow or a line to its runs."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable

import networkx as nx
import pytest
from playwright.sync_api import Locator, Page, expect

from lineage import Lineage
from lineage.notebook.viewer_widget import Viewer
from lineage.render.page import page
from lineage.scene import part
from lineage.scene.lineage_scene import scene
from lineage.text import pack_json
from lineage.viewer import notebook
from tests.browser.conftest import SMALLEST, Opened, see_no_violation
from tests.support.companies import company

Open = Callable[..., Opened]
RENDER = """async ([code, traits]) => {
  const heard = {};
  window.model = {
    get: (name) => traits[name],
    set: (name, value) => { traits[name] = value; },
    on: (name, listener) => { heard[name] = listener; },
    off() {},
    send() {},
    save_changes() {},
    change(name, value) { traits[name] = value; heard[`change:${name}`](); },
  };
  const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  await module.default.render({ model, el: document.getElementById("here") });
}"""
CUT = """root => [...root.querySelectorAll("b, .ln-flows-after, .ln-flows-says")].filter(
  (name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent)"""


@pytest.fixture(scope="module")
def month() -> str:
    """300 runs of twelve flows, and the events of one."""
    return page(scene(company(25)))


@pytest.fixture(scope="module")
def cut() -> str:
    """The same, too large to draw run by run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, "WHOLE", (100, 300))
        patch.setattr(part, "NEAREST", (20, 60))
        return page(scene(company(25)))


def card(page: Page, flow: str) -> Locator:
    return page.locator(f'button[data-flow="{flow}"]')


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (900, True), (600, False)])
def test_300_runs_open_by_flow_with_text_that_can_be_read(
    open_page: Open, month: str, width: int, dark: bool
) -> None:
    opened = open_page(month, width=width, dark=dark)
    flows = opened.page.locator(".ln-flows")
    expect(opened.page.get_by_role("button", name="Flows")).to_have_attribute("aria-pressed", "true")
    expect(flows).to_contain_text("1 flow is failing now")
    expect(flows).to_contain_text("ReportFlow 5 of the last 6, since 21 Nov, each in step render")
    expect(card(opened.page, "ETLFlow")).to_be_visible()
    expect(opened.page.locator(".ln-stage")).to_be_hidden()
    assert flows.evaluate(SMALLEST) >= 11
    assert flows.evaluate(CUT) == []
    assert flows.evaluate("flows => flows.scrollWidth - flows.clientWidth") <= 0
    see_no_violation(opened.page, ".lineage")
    opened.picture(f"flows-{width}-{'dark' if dark else 'light'}")
    assert opened.errors == []


def test_a_click_on_a_flow_shows_its_runs_in_graph_and_table(open_page: Open, month: str) -> None:
    opened = open_page(month)
    card(opened.page, "ReportFlow").click()
    expect(opened.page.get_by_role("button", name="Graph")).to_have_attribute("aria-pressed", "true")
    expect(opened.page.get_by_label("Find runs")).to_have_value("flow:ReportFlow")
    expect(opened.page.locator(".ln-node")).to_have_count(25)
    expect(opened.page.locator("caption")).to_have_text("25 runs")
    opened.page.get_by_role("button", name="Flows").click()
    expect(opened.page.locator(".ln-flows")).to_be_visible()
    expect(card(opened.page, "ETLFlow")).to_have_class(re.compile("ln-flows-dim"))
    assert opened.errors == []


def test_the_keyboard_goes_from_card_to_card_and_a_line_opens_what_came_that_way(
    open_page: Open, month: str
) -> None:
    opened = open_page(month)
    card(opened.page, "ETLFlow").focus()
    opened.page.keyboard.press("ArrowRight")
    expect(card(opened.page, "FeatureFlow").or_(card(opened.page, "QualityFlow")).first).to_be_visible()
    focused = opened.page.evaluate("document.activeElement.dataset.flow")
    assert focused in ("FeatureFlow", "QualityFlow")
    opened.page.get_by_role("button", name="25 from ETLFlow to QualityFlow").press("Enter")
    expect(opened.page.locator("caption")).to_have_text("50 runs")
    query = opened.page.get_by_label("Find runs").input_value()
    chosen = company(25).select(query)  # the same words work in Python
    assert chosen.flows == ["ETLFlow", "QualityFlow"]
    assert len(chosen) == 50
    assert opened.errors == []


def test_names_of_flows_can_be_read_in_the_graph_from_far_away(open_page: Open, month: str) -> None:
    opened = open_page(month)
    opened.page.get_by_role("button", name="Graph").click()
    opened.page.get_by_role("button", name="All:").click()
    names = opened.page.locator(".ln-flows-names span")
    expect(names.filter(has_text="Report").first).to_be_visible()
    shown = set(names.all_text_contents())
    assert {"orders_landed", "Ingest", "Feature", "Quality", "Report", "Crawl", "Eval"} <= shown
    assert opened.page.locator(".ln-flows-names").evaluate(SMALLEST) >= 11
    opened.picture("graph-far-away")
    assert opened.errors == []


def test_a_part_says_that_it_is_one_and_how_to_see_the_rest(open_page: Open, cut: str) -> None:
    opened = open_page(cut)
    notice = opened.page.get_by_role("note")
    expect(notice).to_contain_text(
        "runs of 300 are drawn one by one, those nearest to the run that was asked for"
    )
    expect(notice).to_contain_text('lin.select("status:failed")')
    expect(card(opened.page, "ETLFlow")).to_contain_text("25")
    see_no_violation(opened.page, ".lineage")
    card(opened.page, "RankFlow").click()
    expect(opened.page.locator(".ln-counter")).to_have_text(re.compile("in sight"))
    assert opened.errors == []


def test_a_notebook_inflates_what_it_is_sent(open_page: Open) -> None:
    widget = Viewer(scene=scene(company(25)))
    traits = {name: value for name, value in widget.get_state().items() if not name.startswith("_")}
    assert isinstance(traits["scene"], str)
    assert json.loads(zlib.decompress(base64.b64decode(traits["scene"]))) == widget.scene
    style = notebook.stylesheet()
    opened = open_page(f"<!doctype html><title>live</title><style>{style}</style><div id=here></div>")
    opened.page.evaluate(RENDER, [notebook.script(), traits])
    expect(card(opened.page, "ReportFlow")).to_be_visible()
    opened.page.evaluate("sent => model.change('scene', sent)", pack_json(scene(company(30))))
    expect(opened.page.locator(".ln-subtitle")).to_contain_text("360 runs")
    opened.page.evaluate("scene => model.change('scene', scene)", scene(company(1)))
    expect(opened.page.locator(".ln-subtitle")).to_contain_text("12 runs")
    expect(opened.page.get_by_role("button", name="Flows")).to_be_hidden()
    expect(opened.page.locator(".ln-stage")).to_be_visible()
    assert opened.errors == []


def test_a_lattice_of_200_stages_is_shown_whole(open_page: Open) -> None:
    stages = [[f"AFlow/{i}", f"BFlow/{i}"] for i in range(200)]
    pairs = [(a, b) for i in range(199) for a in stages[i] for b in stages[i + 1]]
    graph = nx.DiGraph(pairs)
    for key in graph:
        flow, run_id = key.split("/")
        facts = {"kind": "run", "flow": flow, "run_id": run_id, "status": "completed"}
        graph.nodes[key].update(facts, created_at=None, finished_at=None)
    for edge in graph.edges.values():
        edge.update(kind="trigger", event=None, timestamp=None)
    opened = open_page(page(scene(Lineage(graph, focus=("AFlow/100",)))), at="#view=graph")
    opened.page.get_by_role("button", name="All:").click()
    expect(opened.page.locator(".ln-counter")).to_have_text("All 400 runs in sight")
    assert opened.errors == []
