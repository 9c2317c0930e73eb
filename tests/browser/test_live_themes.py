"""The live explorer in the light and the dark theme of JupyterLab and Voila: axe-core finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import networkx as nx
import pytest
from playwright.sync_api import Browser, expect

from lineage import Lineage
from tests.browser.conftest import Opened, see_no_violation, visiting
from tests.support.jupyter import change_theme, choose_theme, jupyter, open_notebook, run_cell, serving
from tests.support.lineages import trigger_lineage
from tests.support.scenes import READ_AT

SIZES = (3, 30, 300, 3000)
CELL = """\
from lineage import load, show_lineage

explorer = show_lineage(load("lineage-{runs}.json"))"""
TABS = """\
from ipywidgets import Tab

Tab([show_lineage(load("lineage-3.json")), show_lineage(load("lineage-3.json"))])"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a notebook for each size."""
    root = tmp_path_factory.mktemp("themes")
    for runs in SIZES:
        graph = trigger_lineage(runs, 3)
        runs_only = sorted(key for key in graph if graph.nodes[key]["kind"] == "run")
        focus = max(runs_only, key=lambda key: len(nx.ancestors(graph, key)))
        source = "local store at /data/.metaflow"
        Lineage(graph, (focus,), source=source, read_at=READ_AT).save(root / f"lineage-{runs}.json")
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        cells = [nbformat.v4.new_code_cell(CELL.format(runs=runs))]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / f"runs-{runs}.ipynb")
    cells = [nbformat.v4.new_code_cell(source) for source in (CELL.format(runs=30), TABS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "tabs.ipynb")
    return root


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
    page.locator(".lineage-live .ln-node").first.wait_for()
    page.locator(".lineage-live .ln-details .ln-facts").first.wait_for()
    expect(page.locator(".lineage-live .lineage").first).to_have_attribute("data-theme", theme)
    opened.picture(name)
    see_no_violation(page, ".lineage-live .lineage")
    assert opened.errors == []
    assert opened.requests == []


@pytest.mark.parametrize("runs", SIZES)
def test_in_jupyterlab_it_follows_the_theme(lab: str, opened: Opened, runs: int) -> None:
    open_notebook(opened.page, lab, f"runs-{runs}.ipynb")
    run_cell(opened.page, "show_lineage")
    see_all_of_it(opened, "light", f"lab-{runs}-runs-light")
    change_theme(opened.page, "Dark")
    see_all_of_it(opened, "dark", f"lab-{runs}-runs-dark")
    change_theme(opened.page, "Light")  # the server keeps it for who comes next


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_voila_it_follows_the_theme_and_in_tabs_it_is_drawn_once(
    place: Path, opened: Opened, theme: str
) -> None:
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1", f"--theme={theme}", "tabs.ipynb"]
    with serving(place, "voila", *options) as address:
        opened.page.goto(address)
        see_all_of_it(opened, theme, f"voila-{theme}")
        live = opened.page.locator(".lineage-live:visible")
        expect(live).to_have_count(2)  # the first cell's, and that of the open tab
        expect(opened.page.locator(".lineage-still:visible")).to_have_count(0)
        opened.page.get_by_role("tab").nth(1).click()
        expect(live).to_have_count(2)
