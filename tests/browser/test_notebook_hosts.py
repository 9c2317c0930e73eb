"""The quickstart where people open it: Voila, a saved page, a saved notebook."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbclient
import nbformat
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from lineage.demo import Demo
from tests.browser.conftest import SCREENSHOTS
from tests.support.jupyter import TOKEN, jupyter, serving

ROOT = Path(__file__).parent.parent.parent
expect.set_options(timeout=60_000)  # a kernel has to start first
Story = tuple[Demo, dict[str, str]]


@pytest.fixture(scope="module")
def place(demo: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the quickstart notebook, and executed as `saved.ipynb`, beside the demo's store."""
    root = tmp_path_factory.mktemp("hosts")
    shutil.copytree(demo[0].root, root / "demo")
    notebooks = root / "notebooks"
    notebooks.mkdir()
    shutil.copy(ROOT / "notebooks/quickstart.ipynb", notebooks)
    notebook = nbformat.read(notebooks / "quickstart.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(notebooks)}}).execute()
    nbformat.write(notebook, notebooks / "saved.ipynb")
    return root


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[tuple[Page, list[str]]]:
    """A page of this machine; every other host is refused. Gives what went wrong on it, too."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(60_000)

    def refuse(route: Route) -> None:
        here = route.request.url.startswith(("http://127.0.0.1", "file:", "data:", "blob:"))
        route.continue_() if here else route.abort()

    context.route("**/*", refuse)
    page = context.new_page()
    errors: list[str] = []
    # hosts have errors of their own ("r.setData is not a function" of plotly in Voila, with any figure);
    # the viewer is loaded from a blob, by anywidget
    page.on("pageerror", lambda e: _is_ours(e.stack or "") and errors.append(str(e)))
    page.goto(url)
    yield page, errors
    context.close()


def _is_ours(stack: str) -> bool:
    return "blob:" in stack or "anywidget" in stack


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def see_live_lineage(page: Page, runs: dict[str, str]) -> None:
    """Every run is there, alive, and the view without a kernel is not there a second time."""
    for pathspec in runs.values():
        expect(page.locator(f'.jupyter-widgets .ln-node[data-id="{pathspec}"]')).to_be_visible()
    expect(page.locator(".lineage-still")).to_be_hidden()
    page.locator(f'.jupyter-widgets .ln-node[data-id="{runs["etl"]}"]').click()
    expect(page.locator(f'.lineage-panel [title="{runs["etl"]}"]')).to_be_visible()


def test_voila_shows_it_alive_without_code(place: Path, browser: Browser, demo: Story) -> None:
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1", "notebooks/quickstart.ipynb"]
    with serving(place, "voila", *options) as address, visiting(browser, address) as (page, errors):
        see_live_lineage(page, demo[1])
        picture(page, "voila")
        assert errors == []


def test_a_page_made_by_nbconvert_shows_the_view_without_a_kernel_and_a_network(
    place: Path, browser: Browser, demo: Story
) -> None:
    notebook = place / "notebooks/saved.ipynb"
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", str(notebook)], check=True, capture_output=True
    )
    with visiting(browser, notebook.with_suffix(".html").as_uri()) as (page, _):
        frame = page.frame_locator(".lineage-still iframe")
        for pathspec in demo[1].values():
            expect(frame.locator(f'.ln-node[data-id="{pathspec}"]')).to_be_visible()
        frame.locator(f'.ln-node[data-id="{demo[1]["training"]}"]').click()
        expect(frame.locator(".ln-details")).to_contain_text(demo[1]["training"].split("/")[1])
        picture(page, "nbconvert")


def test_a_saved_notebook_that_is_opened_untrusted_shows_a_picture(
    place: Path, browser: Browser, demo: Story
) -> None:
    with (
        jupyter(place) as address,
        visiting(browser, f"{address}/lab/tree/notebooks/saved.ipynb?token={TOKEN}") as (page, _),
    ):
        page.locator(".jp-Notebook").wait_for()
        still = page.locator(".jp-OutputArea-output img[src^='data:image/svg+xml']").first
        still.scroll_into_view_if_needed()
        expect(still).to_be_visible()
        assert still.evaluate("image => image.naturalWidth") > 300
        picture(page, "notebook-untrusted")
