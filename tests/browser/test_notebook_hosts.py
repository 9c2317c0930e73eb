"""The quickstart where people open it: Voila, a saved page, a saved notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from lineage.demo import Demo
from tests.browser.conftest import visiting
from tests.support.jupyter import TOKEN, beside_demo, jupyter, serving

Story = tuple[Demo, dict[str, str]]


@pytest.fixture(scope="module")
def place(demo: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the quickstart notebook, and executed as `saved.ipynb`, beside the demo's store."""
    root = tmp_path_factory.mktemp("hosts")
    path = beside_demo(root, demo[0], "quickstart.ipynb")
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=resources).execute()
    nbformat.write(notebook, path.with_name("saved.ipynb"))
    return root


def see_live_lineage(page: Page, runs: dict[str, str]) -> None:
    """Every run is there, alive, and the view without a kernel is not there a second time."""
    for pathspec in runs.values():
        expect(page.locator(f'.jupyter-widgets .ln-node[data-id="{pathspec}"]')).to_be_visible()
    expect(page.locator(".lineage-still")).to_be_hidden()
    page.locator(f'.jupyter-widgets .ln-node[data-id="{runs["etl"]}"]').click()
    expect(page.locator(f'.lineage-panel [title="{runs["etl"]}"]')).to_be_visible()


def test_voila_shows_it_alive_without_code(place: Path, browser: Browser, demo: Story) -> None:
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1", "notebooks/quickstart.ipynb"]
    with serving(place, "voila", *options) as address, visiting(browser) as opened:
        opened.page.goto(address)
        see_live_lineage(opened.page, demo[1])
        opened.picture("voila")
        assert opened.errors == []
        assert opened.requests == []


def test_a_page_made_by_nbconvert_shows_the_view_without_a_kernel_and_a_network(
    place: Path, browser: Browser, demo: Story
) -> None:
    notebook = place / "notebooks/saved.ipynb"
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", str(notebook)], check=True, capture_output=True
    )
    with visiting(browser) as opened:
        opened.page.goto(notebook.with_suffix(".html").as_uri())
        frame = opened.page.frame_locator(".lineage-still iframe")
        for pathspec in demo[1].values():
            expect(frame.locator(f'.ln-node[data-id="{pathspec}"]')).to_be_visible()
        frame.locator(f'.ln-node[data-id="{demo[1]["training"]}"]').click()
        expect(frame.locator(".ln-details")).to_contain_text(demo[1]["training"].split("/")[1])
        opened.picture("nbconvert")


def test_a_saved_notebook_that_is_opened_untrusted_shows_a_picture(
    place: Path, browser: Browser, demo: Story
) -> None:
    with jupyter(place) as address, visiting(browser) as opened:
        opened.page.goto(f"{address}/lab/tree/notebooks/saved.ipynb?token={TOKEN}")
        still = opened.page.locator(".jp-OutputArea-output img[src^='data:image/svg+xml']").first
        still.scroll_into_view_if_needed()
        expect(still).to_be_visible()
        assert still.evaluate("image => image.naturalWidth") > 300
        opened.picture("notebook-untrusted")
