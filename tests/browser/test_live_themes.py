"""The live explorer and the list of recent cascades in the themes of JupyterLab and Voila."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import nbformat
import networkx as nx
import pytest
from playwright.sync_api import Browser, expect

from lineage import Lineage
from lineage.records.model import RunRecord
from tests.browser.conftest import Opened, see_no_violation, visiting
from tests.support.jupyter import change_theme, choose_theme, jupyter, open_notebook, run_cell, serving
from tests.support.lineages import trigger_lineage
from tests.support.planted import plant, write_local, write_local_run
from tests.support.planted_lineages import by_run, finished_run
from tests.support.scenes import READ_AT

SIZES = (3, 30, 3000)
BOXED = (5, 6, 7)
CELL = """\
from lineage import load, show_lineage

explorer = show_lineage(load("lineage-{runs}.json"))"""
TABS = """\
from ipywidgets import Tab

Tab([show_lineage(load("lineage-3.json")), show_lineage(load("lineage-3.json"))])"""
BOXES = """\
from ipywidgets import Accordion, HBox, VBox

explorers = [show_lineage(load(f"lineage-{runs}.json")) for runs in (5, 6, 7)]
VBox([Accordion(explorers[:1], selected_index=0), HBox(explorers[1:])])"""
RECENT = """\
import lineage

cascades = lineage.show_lineage(source="local:store")"""
LIVE = """\
import lineage

explorer = lineage.show_lineage("SlowFlow", live=True, source="local:live")"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a notebook for each size."""
    root = tmp_path_factory.mktemp("themes")
    for runs in (*SIZES, *BOXED):
        graph = trigger_lineage(runs, 3)
        runs_only = sorted(key for key in graph if graph.nodes[key]["kind"] == "run")
        focus = max(runs_only, key=lambda key: len(nx.ancestors(graph, key)))
        source = "local store at /data/.metaflow"
        Lineage(graph, (focus,), source=source, read_at=READ_AT).save(root / f"lineage-{runs}.json")
        write_notebook(root / f"runs-{runs}.ipynb", CELL.format(runs=runs))
    now = datetime.now(timezone.utc).replace(microsecond=0)
    write_local(map(plant, recent_runs(now)), root / "store")
    write_notebook(root / "recent.ipynb", RECENT)
    write_local([plant(slow_run(now))], root / "live")
    write_notebook(root / "live.ipynb", LIVE)
    write_notebook(root / "tabs.ipynb", CELL.format(runs=30), TABS, BOXES)
    return root


def write_notebook(path: Path, *sources: str) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def slow_run(now: datetime, **changes: Any) -> RunRecord:
    """A run that has not ended."""
    begun = {"status": "running", "created_at": now - timedelta(minutes=3), "finished_at": None}
    return replace(finished_run("SlowFlow", "1", 1), **{**begun, **changes})


def recent_runs(now: datetime) -> list[RunRecord]:
    """A cascade of today that failed, and one that completed."""
    runs = [finished_run("IngestFlow", "1", 1), finished_run("ScoreFlow", "2", 2, by_run("IngestFlow/1", 1))]
    runs = [replace(runs[0]), replace(runs[1], status="failed"), finished_run("CrawlFlow", "3", 3)]
    times = [now - timedelta(minutes=40 - 5 * i) for i in range(3)]
    return [
        replace(run, created_at=begun, finished_at=begun + timedelta(minutes=4))
        for run, begun in zip(runs, times, strict=True)
    ]


@pytest.fixture(scope="module")
def lab(place: Path) -> Iterator[str]:
    choose_theme(place, "Light")
    with jupyter(place) as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    with visiting(browser, height=900) as opened:
        yield opened


def see_all_of_it(opened: Opened, theme: str, name: str) -> None:
    """The explorer and its details in a theme, with nothing that axe or the console complains about."""
    page = opened.page
    page.locator(".lineage-live :is(.ln-node, .ln-flows):visible").first.wait_for()
    page.locator(".lineage-live .ln-details .ln-facts").first.wait_for(state="attached")
    expect(page.locator(".lineage-live .lineage").first).to_have_attribute("data-theme", theme)
    opened.picture(name)
    see_no_violation(page, ".lineage-live .lineage")
    assert opened.errors == []
    assert opened.requests == []


@pytest.mark.parametrize("runs", [3, 3000])
def test_in_jupyterlab_it_follows_the_theme(lab: str, opened: Opened, runs: int) -> None:
    open_notebook(opened.page, lab, f"runs-{runs}.ipynb")
    run_cell(opened.page, "show_lineage")
    see_all_of_it(opened, "light", f"lab-{runs}-runs-light")
    change_theme(opened.page, "Dark")
    see_all_of_it(opened, "dark", f"lab-{runs}-runs-dark")
    change_theme(opened.page, "Light")  # the server keeps it for who comes next


def test_a_click_on_a_recent_cascade_opens_it(lab: str, opened: Opened) -> None:
    page = opened.page
    open_notebook(page, lab, "recent.ipynb")
    run_cell(page, "show_lineage")
    rows = page.locator(".lineage-recent:visible tbody tr:visible")
    expect(rows).to_have_text(
        [re.compile(p) for p in ("Failed: 1 of 2", "IngestFlow 1", "Today", "CrawlFlow 3")]
    )
    page.get_by_role("button", name="Failed 1").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="IngestFlow 1").click()
    page.locator('.ln-node[data-id="ScoreFlow/2"]:visible').wait_for()
    for theme in ("Light", "Dark"):
        change_theme(page, theme)
        opened.picture(f"lab-recent-{theme.lower()}")
        see_no_violation(page, ".jupyter-widgets .lineage-recent")
    change_theme(page, "Light")
    page.get_by_role("button", name="24 h").click()
    expect(page.locator(".lineage-recent:visible .lr-title")).to_have_text("Last day")
    assert opened.errors == []
    assert opened.requests == []


def test_a_live_view_follows_its_runs_to_their_end_and_stops_on_a_click(
    lab: str, place: Path, opened: Opened
) -> None:
    page = opened.page
    open_notebook(page, lab, "live.ipynb")
    run_cell(page, "show_lineage")
    slow = page.locator('.ln-node[data-id="SlowFlow/1"]:visible')
    expect(slow).to_contain_text("running")
    expect(page.get_by_text("Watching 1 run that has not ended")).to_be_visible()
    now = datetime.now(timezone.utc).replace(microsecond=0)
    write_local_run(plant(slow_run(now, status="completed", finished_at=now)), place / "live")
    expect(slow).to_contain_text("completed")
    late = replace(finished_run("LateFlow", "2", 2, by_run("SlowFlow/1", 1)), created_at=now, finished_at=now)
    write_local_run(plant(late), place / "live")
    page.locator('.ln-node[data-id="LateFlow/2"]:visible').wait_for()
    expect(page.get_by_text("All runs have ended; watching for more")).to_be_visible()
    opened.picture("lab-live")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("All runs have ended")).to_be_hidden()
    assert opened.errors == []
    assert opened.requests == []


@pytest.mark.parametrize(("system_is_dark", "notebook_is_dark"), [(False, True), (True, False), (True, True)])
def test_a_lineage_as_a_cells_value_follows_the_notebook_and_not_the_system(
    open_page: Callable[..., Opened], system_is_dark: bool, notebook_is_dark: bool
) -> None:
    lineage = Lineage(trigger_lineage(3, 3))
    body = f'<body data-jp-theme-light="{str(not notebook_is_dark).lower()}">'
    document = f"<!doctype html>{body}{lineage._repr_mimebundle_()['text/html']}"
    page = open_page(document, dark=system_is_dark).page
    frame = page.frame_locator("iframe").locator(".lineage")
    expect(frame).to_have_attribute("data-theme", "dark" if system_is_dark else "light")
    turned_around = page.locator("iframe").evaluate("frame => getComputedStyle(frame).filter") != "none"
    assert turned_around == (system_is_dark != notebook_is_dark)


def test_in_voila_it_follows_the_theme_and_in_containers_it_is_drawn_once(
    place: Path, opened: Opened
) -> None:
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1", "--theme=dark", "tabs.ipynb"]
    with serving(place, "voila", *options) as address:
        opened.page.goto(address)
        see_all_of_it(opened, "dark", "voila-dark")
        live = opened.page.locator(".lineage-live:visible")
        expect(live).to_have_count(5)  # the first cell's, that of the open tab, and three in boxes
        expect(opened.page.locator(".lineage-still:visible")).to_have_count(0)
        opened.page.get_by_role("tab").nth(1).click()
        expect(live).to_have_count(5)
        beside = opened.page.locator(".widget-hbox > .lineage-live")
        widths = [beside.nth(i).bounding_box()["width"] for i in range(2)]
        assert min(widths) > 500, widths
