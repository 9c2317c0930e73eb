"""Explorer, flow map, simulator and list in a marimo app: they are drawn, clicked, and ask the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lineage.demo import Demo
from tests.browser.conftest import Opened, visiting
from tests.support.jupyter import serving

APP = """\
# /// script
# [tool.marimo.display]
# theme = "dark"
# ///
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import os

    os.environ["METAFLOW_DATASTORE_SYSROOT_LOCAL"] = {store!r}
    os.environ["METAFLOW_DEFAULT_METADATA"] = "local"
    os.environ["METAFLOW_USER"] = "demo"
    from lineage import show_lineage

    return (show_lineage,)


@app.cell
def _(show_lineage):
    show_lineage("PredictionFlow")
    print("it is shown where it stands, though it is not the last value")
    return


@app.cell
def _(show_lineage):
    show_lineage("DataFlow", downstream=0)
    return


@app.cell
def _():
    import lineage
    from lineage.flow_map import FlowMap, declare

    flows = FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"], on=["go"])])
    lineage.show_flow_map(flows)
    return flows, lineage


@app.cell
def _(flows, lineage):
    sim = lineage.simulator(flows)
    sim
    return


@app.cell
def _(show_lineage):
    show_lineage()
    return
"""


@pytest.fixture
def opened(demo: tuple[Demo, dict[str, str]], tmp_path: Path, browser: Browser) -> Iterator[Opened]:
    """The app as its reader opens it."""
    (tmp_path / "app.py").write_text(APP.format(store=str(demo[0].root)), "utf-8")
    options = ["run", "app.py", "--headless", "--no-token", "--port=PORT", "--host=127.0.0.1"]
    with serving(tmp_path, "marimo", *options) as address, visiting(browser) as opened:
        opened.page.goto(address)
        yield opened


def card(view: Locator, run: str) -> Locator:
    return view.locator(f'.ln-node[data-id="{run}"]')


def test_in_marimo_it_is_drawn_once_where_it_stands_and_loads_an_artifact(
    opened: Opened, demo: tuple[Demo, dict[str, str]]
) -> None:
    page, runs = opened.page, demo[1]
    views = page.locator(".lineage-live")
    expect(views).to_have_count(4)  # two explorers, the flow map, and the cascade below the list
    for pathspec in runs.values():
        expect(card(views.first, pathspec)).to_be_visible()
    card(views.first, runs["training"]).click()
    shown = views.first.locator(".ln-details")
    expect(shown.locator(".ln-copy code").first).to_have_text(f'Run("{runs["training"]}")')
    shown.get_by_role("button", name="Load model").click()
    expect(shown.locator(".ln-tree")).to_contain_text("slope")
    opened.picture("marimo")
    card(views.nth(2), "TrainingFlow").click()
    expect(page.get_by_text("ETLFlow, go", exact=True)).to_be_visible()
    play_and_choose(page)
    open_a_cascade(page)
    opened.picture("marimo-dark")
    assert opened.errors == []


def play_and_choose(page: Page) -> None:
    """The simulator appears once, plays, and simulates what is chosen above it."""
    player = page.locator(".ln-play")
    expect(player).to_have_count(1)
    player.get_by_role("button", name="Step", exact=True).click()
    expect(card(player, "ETLFlow")).to_contain_text("running")
    expect(player.locator(".ln-play-lanes button")).to_have_count(1)
    page.get_by_label("When this happens").click()
    page.get_by_role("option", name="go", exact=True).click()
    page.keyboard.press("Escape")
    expect(player.locator(".ln-play-lanes button")).to_have_count(3)


def open_a_cascade(page: Page) -> None:
    """The newest cascade is open below the list; a click shows another there."""
    rows = page.locator(".lineage-recent button[data-cascade]")
    shown = page.locator(".lineage-live").nth(3)
    expect(rows.first).to_have_attribute("aria-expanded", "true")
    root = rows.last.get_attribute("data-cascade")
    assert root
    rows.last.click()
    expect(shown.locator(".ln-title")).to_contain_text(root)
