"""The quickstart where people open it: Voila, a saved page, a saved notebook."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter
from nbconvert.filters import markdown2html
from playwright.sync_api import Browser, Page, expect

from lineage.demo import Demo
from tests.browser.conftest import see_readable_text, visiting
from tests.support.jupyter import TOKEN, beside_demo, jupyter, serving

Story = tuple[Demo, dict[str, str]]
# nbconvert says so of plotly's figures in its output as Markdown, and of their JSON in a sanitized page
pytestmark = pytest.mark.filterwarnings("ignore:Your element with mimetype")


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
        expect(page.locator(f'.lineage-live .ln-node[data-id="{pathspec}"]')).to_be_visible()
    expect(page.locator(".lineage-still")).to_be_hidden()
    page.locator(f'.lineage-live .ln-node[data-id="{runs["etl"]}"]').click()
    shown = page.locator(".lineage-live .ln-details")
    expect(shown.locator(".ln-copy code").first).to_have_text(f'Run("{runs["etl"]}")')
    shown.get_by_role("button", name="Load rows").click()
    expect(shown.locator(".ln-value")).to_contain_text("int")


def test_voila_shows_it_alive_without_code(place: Path, browser: Browser, demo: Story) -> None:
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1", "notebooks/quickstart.ipynb"]
    with serving(place, "voila", *options) as address, visiting(browser) as opened:
        opened.page.goto(address)
        see_live_lineage(opened.page, demo[1])
        opened.picture("voila")
        see_readable_text(opened.page, opened.page.locator(".lineage-live").first)
        assert opened.errors == []
        assert opened.requests == []


def converted(place: Path, name: str, body: str) -> str:
    """A page beside the saved notebook; gives its address."""
    path = place / "notebooks" / name
    path.write_text(body, "utf-8")
    return path.as_uri()


@pytest.mark.parametrize("way", ["html", "markdown"])
def test_what_nbconvert_makes_shows_the_view_without_a_kernel_and_a_network(
    place: Path, browser: Browser, demo: Story, way: str
) -> None:
    notebook = str(place / "notebooks/saved.ipynb")
    body = (
        HTMLExporter().from_filename(notebook)[0]
        if way == "html"
        else markdown2html(MarkdownExporter().from_filename(notebook)[0])
    )
    with visiting(browser) as opened:
        opened.page.goto(converted(place, f"{way}.html", body))
        frame = opened.page.frame_locator(".lineage-still iframe").first
        for pathspec in demo[1].values():
            expect(frame.locator(f'.ln-node[data-id="{pathspec}"]')).to_be_visible()
        frame.locator(f'.ln-node[data-id="{demo[1]["training"]}"]').click()
        expect(frame.locator(".ln-details")).to_contain_text(demo[1]["training"].split("/")[1])
        opened.picture(f"nbconvert-{way}")


def test_what_nbconvert_sanitizes_shows_the_text_tree(place: Path, browser: Browser, demo: Story) -> None:
    body, _ = HTMLExporter(sanitize_html=True).from_filename(str(place / "notebooks/saved.ipynb"))
    with visiting(browser) as opened:
        opened.page.goto(converted(place, "sanitized.html", body))
        shown = opened.page.locator("body").inner_text()
        assert f"{demo[1]['training']}  completed" in shown
        assert "srcdoc" not in shown
        assert len(shown) < 20_000


def test_a_saved_notebook_that_is_opened_untrusted_shows_a_picture(
    place: Path, browser: Browser, demo: Story
) -> None:
    with jupyter(place) as address, visiting(browser) as opened:
        opened.page.goto(f"{address}/lab/tree/notebooks/saved.ipynb?token={TOKEN}")
        still = opened.page.locator(".jp-OutputArea-output img[src^='data:image/svg+xml']").first
        still.scroll_into_view_if_needed()
        expect(still).to_be_visible()
        assert still.evaluate("image => image.naturalWidth") > 300
        output = opened.page.locator(".jp-OutputArea-output", has=opened.page.locator("img[src*=svg]")).first
        assert output.bounding_box()["height"] < still.bounding_box()["height"] + 60, "there is white space"
        opened.picture("notebook-untrusted")
