"""The live explorer in the light and the dark theme of JupyterLab and Voila: axe-core finds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import networkx as nx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from lineage.graph import Lineage
from tests.browser.conftest import SCREENSHOTS
from tests.support.jupyter import TOKEN, jupyter, serving
from tests.support.lineages import trigger_lineage
from tests.support.scenes import READ_AT

SIZES = (3, 30, 300, 3000)
CELL = """\
from lineage import load, show_lineage

explorer = show_lineage(load("lineage-{runs}.json"))"""


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
    return root


@pytest.fixture(scope="module")
def lab(place: Path) -> Iterator[str]:
    with jupyter(place) as address:
        yield address


def choose_theme(root: Path, theme: str) -> None:
    """As the settings of JupyterLab do; and no question about news over the picture."""
    settings = root / "config/lab/user-settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    chosen = {"themes": {"theme": f"JupyterLab {theme}"}, "notification": {"fetchNews": "false"}}
    for name, values in chosen.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values), "utf-8")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def see_no_violation(page: Page) -> None:
    for part in (".jupyter-widgets .lineage", ".lineage-panel"):
        found = Axe().run(page, context=part)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("runs", SIZES)
def test_in_jupyterlab_it_follows_the_theme(place: Path, lab: str, page: Page, theme: str, runs: int) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    choose_theme(place, theme)
    page.goto(f"{lab}/lab/tree/runs-{runs}.ipynb?token={TOKEN}&reset")
    page.locator(".jp-Notebook").wait_for()
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+Enter")
    page.locator(".jupyter-widgets .ln-node").first.wait_for()
    page.locator(".lineage-panel [title]").first.wait_for()
    expect(page.locator(".jupyter-widgets .lineage")).to_have_attribute("data-theme", theme.lower())
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"lab-{runs}-runs-{theme.lower()}.png")
    see_no_violation(page)
    assert errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_voila_it_follows_the_theme(place: Path, page: Page, theme: str) -> None:
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1", f"--theme={theme}", "runs-30.ipynb"]
    with serving(place, "voila", *options) as address:
        page.goto(address)
        page.locator(".jupyter-widgets .ln-node").first.wait_for()
        page.locator(".lineage-panel [title]").first.wait_for()
        expect(page.locator(".jupyter-widgets .lineage")).to_have_attribute("data-theme", theme)
        page.screenshot(path=SCREENSHOTS / f"voila-{theme}.png")
        see_no_violation(page)
