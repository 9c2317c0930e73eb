"""The explorer's widget in a plain page: values as elements, errors, progress; this process is the kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure
from playwright.sync_api import Browser, Locator, Page, expect

from lineage import Lineage, trace
from lineage.client.views import value_view
from lineage.notebook.answers import answer
from lineage.notebook.explorer import Explorer
from lineage.sources import MemorySource
from tests.browser.conftest import Opened, see_no_violation, watched
from tests.support.drawn import drawn_records

HOSTILE = "<img src=x onerror='window.hacked = 1'>"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A notebook</title>
<style>STYLE</style><main id="host"></main>
<script type="module">
const listeners = {};
const state = STATE;
const fire = (name, ...given) => (listeners[name] ?? []).forEach((listener) => listener(...given));
window.model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; fire(`change:${name}`); },
  save_changes() {},
  on: (name, listener) => (listeners[name] ??= []).push(listener),
  off() {},
  send: async (asked) => {
    const answer = await window.kernel(JSON.stringify(asked));
    if (answer) fire("msg:custom", JSON.parse(answer));
  },
};
const code = URL.createObjectURL(new Blob([CODE], { type: "text/javascript" }));
const widget = (await import(code)).default;
window.begin = () => widget.render({ model, el: document.getElementById("host") });
</script></html>"""


def drawn_figure() -> Figure:
    figure = Figure()
    figure.subplots().plot([1, 3, 2])
    return figure


VALUES: dict[str, Any] = {
    "table": pd.DataFrame({"day": [HOSTILE] * 25, "orders": range(25)}),
    "scores": np.arange(100.0),
    "curve": drawn_figure(),
    "config": {HOSTILE: {"layers": [64, 32]}, "name": HOSTILE},
    "plot": go.Figure(go.Bar(y=[1, 2]), layout={"title": HOSTILE}),
    "plot2": go.Figure(go.Bar(y=[3])),
    "text": HOSTILE,
}


@dataclass
class Shown:
    """An explorer in a page, and what it asked its kernel."""

    opened: Opened
    source: MemorySource
    lineage: Lineage
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.opened.page

    def load(self, name: str) -> Locator:
        """Press the button of an artifact; gives its value."""
        self.page.get_by_role("button", name=f"Load {name}", exact=True).click()
        value = self.page.locator(f"[data-artifact={name}] .ln-loaded")
        expect(value).to_be_visible()
        return value

    def kernel(self, question: str) -> str | None:
        asked = json.loads(question)
        self.asked.append(asked)
        if asked["type"] == "details":
            reply: Any = {"artifacts": [{"name": name} for name in [*VALUES, "broken"]]}
        elif asked["type"] == "artifact" and asked["name"] in VALUES:
            reply = value_view(VALUES[asked["name"]])
        elif asked["type"] in ("artifact", "why") or asked.get("format") == "mermaid":
            return json.dumps({**asked, "error": f"cannot be loaded: {HOSTILE}"})
        elif asked["type"] in ("plotly", "compare", "export"):
            return json.dumps(answer(self.lineage, asked, self.source))
        else:
            return None
        return json.dumps({**asked, "answer": reply})


@pytest.fixture(scope="module")
def shown(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The explorer of a run that failed, as the page opens."""
    records = drawn_records("ETLFlow/1 > TrainingFlow/2")
    records[1] = replace(records[1], status="failed", failed_step="fit")
    source = MemorySource(records)
    explorer = Explorer(trace("TrainingFlow", source=source), height=300)
    names = ("scene", "selected", "theme", "height", "details", "uid", "progress")
    state = {name: getattr(explorer, name) for name in names}
    document = PAGE.replace("STYLE", explorer._css)
    for name, value in (("STATE", state), ("CODE", explorer._esm)):
        document = document.replace(name, json.dumps(value).replace("<", "\\u003c"))
    path = tmp_path_factory.mktemp("widget") / "page.html"
    path.write_text(document, "utf-8")
    context = browser.new_context(
        offline=True, accept_downloads=True, viewport={"width": 900, "height": 1000}
    )
    context.set_default_timeout(20_000)
    shown = Shown(watched(context, "file:"), source, explorer.lineage)
    shown.page.expose_function("kernel", shown.kernel)
    shown.page.goto(path.as_uri())
    shown.page.wait_for_function("!!window.begin")
    shown.page.evaluate("void begin()")  # what it returns would end it
    yield shown
    assert shown.opened.errors == []
    assert shown.opened.requests == []
    context.close()


def test_values_are_elements_and_what_is_in_them_is_never_markup(shown: Shown) -> None:
    table = shown.load("table")
    expect(table.locator("tbody tr")).to_have_count(20)
    expect(table).to_contain_text("20 of 25 rows · 2 columns")
    expect(table.get_by_role("cell", name=HOSTILE).first).to_be_visible()
    expect(shown.load("scores").locator("rect")).to_have_count(24)
    expect(shown.load("config")).to_contain_text(HOSTILE)
    expect(shown.load("text")).to_contain_text(HOSTILE)
    picture = shown.load("curve").locator("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    expect(shown.page.locator(".lineage-live img")).to_have_count(1)
    assert shown.page.evaluate("window.hacked") is None
    see_no_violation(shown.page, ".lineage-live")
    shown.opened.picture("notebook-values")


def test_figures_of_plotly_are_drawn_in_frames_that_reach_nothing(shown: Shown) -> None:
    for name in ("plot", "plot2"):
        frame = shown.load(name).locator("iframe")
        expect(frame).to_have_attribute("sandbox", "allow-scripts")
        expect(frame.content_frame.locator(".bars path").first).to_be_visible()
    assert [asked["type"] for asked in shown.asked].count("plotly") == 1
    assert shown.page.evaluate("window.hacked") is None


def test_what_cannot_be_loaded_says_why_and_can_be_tried_again(shown: Shown) -> None:
    for _ in range(2):
        expect(shown.load("broken").get_by_role("alert")).to_have_text(f"✖ cannot be loaded: {HOSTILE}")
    why = shown.page.locator(".ln-failure")
    expect(why).to_contain_text("Failed in step fit.")
    why.get_by_role("button", name="Show why").click()
    expect(why.get_by_role("alert")).to_be_visible()


def test_loaded_values_stay_when_the_lineage_is_read_again_and_can_be_hidden(shown: Shown) -> None:
    loaded = shown.page.locator("[data-artifact=scores] .ln-loaded")
    before = len(shown.asked)
    shown.page.evaluate("model.set('scene', structuredClone(model.get('scene')))")
    expect(loaded).to_be_visible()
    shown.page.get_by_role("button", name="Hide scores").click()
    expect(loaded).to_be_hidden()
    shown.page.get_by_role("button", name="Show scores").click()
    expect(loaded).to_be_visible()
    assert shown.asked[before:] == []


def test_a_walk_shows_its_progress_and_has_a_button_that_ends_it(shown: Shown) -> None:
    def progress(value: dict[str, Any]) -> None:
        shown.page.evaluate("value => model.set('progress', value)", value)

    line = shown.page.locator(".ln-progress")
    expect(line).to_be_hidden()
    walk = {"words": "", "button": "Cancel"}
    progress({"done": 1200, "total": None, **walk})
    expect(line.get_by_role("status")).to_have_text("1,200 runs read …")
    progress({"done": 3, "total": 10, **walk})
    expect(line.get_by_role("status")).to_have_text("3 of 10 runs read …")
    see_no_violation(shown.page, ".ln-progress")
    line.get_by_role("button", name="Cancel").click()
    assert shown.asked[-1] == {"type": "cancel"}
    progress({"words": "Watching 2 runs", "button": "Stop"})
    expect(line.get_by_role("status")).to_have_text("Watching 2 runs")
    line.get_by_role("button", name="Stop").click()
    assert shown.asked[-1] == {"type": "stop"}
    progress({"error": HOSTILE})
    expect(line.get_by_role("alert")).to_have_text(f"✖ {HOSTILE}")
    progress({})
    expect(line).to_be_hidden()


def test_the_kernel_writes_the_files_that_the_page_cannot(shown: Shown) -> None:
    menu = shown.page.locator(".ln-menu")
    menu.get_by_text("Download").click()
    shown.opened.picture("notebook-downloads")
    see_no_violation(shown.page, ".ln-menu")
    with shown.page.expect_download() as download:
        menu.get_by_role("button", name="GraphML").click()
    assert download.value.suggested_filename == "lineage-TrainingFlow-2.graphml"
    graph = nx.read_graphml(download.value.path())
    assert dict(graph.nodes["TrainingFlow/2"]) == dict(shown.lineage.portable().nodes["TrainingFlow/2"])
    assert list(graph.edges) == [("ETLFlow/1", "TrainingFlow/2")]
    expect(menu.get_by_role("button", name="GraphML")).to_be_hidden()
    menu.get_by_text("Download").click()
    menu.get_by_role("button", name="Mermaid").click()
    expect(shown.page.locator(".ln-tools + .ln-hint")).to_have_text(f"✖ cannot be loaded: {HOSTILE}")
    see_no_violation(shown.page, ".ln-tools + .ln-hint")


def test_two_selected_runs_are_compared_below_the_graph(shown: Shown) -> None:
    compare = shown.page.get_by_role("button", name="Compare")
    shown.page.locator('.ln-node[data-id="ETLFlow/1"]').click()
    expect(compare).to_be_hidden()
    shown.page.locator('.ln-node[data-id="TrainingFlow/2"]').click(modifiers=["Control"])
    compare.click()
    place = shown.page.get_by_role("region", name="Comparison")
    frame = place.locator("iframe")
    expect(frame).to_have_attribute("sandbox", "")  # it runs no script
    expect(frame.content_frame.get_by_text("TrainingFlow").first).to_be_visible()
    see_no_violation(shown.page, ".ln-comparison > header")
    shown.opened.picture("notebook-comparison")
    place.get_by_role("button", name="Close").click()
    expect(place).to_be_hidden()
