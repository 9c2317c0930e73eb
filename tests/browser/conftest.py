"""A real browser with the network refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)

from tests.support.chromium import CHROMIUM

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no host but this machine is found
]
HOSTS_OWN = (  # what Jupyter's pages do wrong, or want from the network, without us
    "(reading 'schema')",  # Notebook 7 loads its settings in a race: github.com/jupyter/notebook/issues/7862
    "#RUNTIME-012",  # Voila lacks what Notebook 7's extension wants of it, where both are installed
    "/@fortawesome/",  # Voila's icons
    "r.setData is not a function",  # plotly's figures in Voila
)
PATIENCE = 60_000  # milliseconds: a kernel has to start first, maybe on a busy machine
SCREENSHOTS = Path(__file__).parent.parent.parent / "screenshots"
expect.set_options(timeout=PATIENCE)
# Pixels on the screen of the smallest text that is shown in an element.
SMALLEST = """root => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const sizes = [];
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    if (!textContent.trim() || !element.checkVisibility() || element.closest("style")) continue;
    const scale = element.ownerSVGElement ? element.getScreenCTM().a : 1;
    sizes.push(scale * parseFloat(getComputedStyle(element).fontSize));
  }
  return Math.min(...sizes);
}"""


@dataclass
class Opened:
    """A page in the browser, and what went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)  # console errors and uncaught exceptions
    requests: list[str] = field(default_factory=list)  # what it wanted from the network, refused

    def picture(self, name: str) -> None:
        """Keep a screenshot for people to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


def watched(context: BrowserContext, *allowed: str) -> Opened:
    """A new page that reaches only addresses which begin so; gives what went wrong on it, too."""
    opened = Opened(context.new_page())

    def note(place: list[str], what: str) -> None:
        if not any(own in what for own in HOSTS_OWN):
            place.append(what)

    def refuse(route: Route) -> None:
        if route.request.url.startswith(("data:", "blob:", *allowed)):
            route.continue_()
        else:
            note(opened.requests, route.request.url)
            route.abort()

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            note(opened.errors, f"{message.text} ({message.location['url']})")

    def thrown(error: Error) -> None:
        note(opened.errors, error.stack or str(error))

    context.route("**/*", refuse)
    opened.page.on("console", said)
    opened.page.on("pageerror", thrown)
    return opened


@contextmanager
def visiting(browser: Browser, *, width: int = 1440, height: int = 1000) -> Iterator[Opened]:
    """A page for the servers of this machine, and no others."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE)
    yield watched(context, "http://127.0.0.1:", "file:")
    context.close()


def see_no_violation(page: Page, *parts: str) -> None:
    """axe-core finds nothing in these parts of the page, given as CSS selectors."""
    for part in parts:
        found = Axe().run(page, context=part)
        assert found.violations_count == 0, found.generate_report()


def see_readable_text(page: Page, part: Locator) -> None:
    """No text in a part of the page is smaller than 11 pixels, in windows of any width."""
    whole = page.viewport_size
    assert whole is not None
    for width in (600, 900, 1200, whole["width"]):
        page.set_viewport_size({"width": width, "height": whole["height"]})
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
        assert part.evaluate(SMALLEST) >= 11, width


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a network."""
    if shutil.which(CHROMIUM) is None:
        pytest.fail(f"{CHROMIUM} is not there: apt-get install chromium, or set LINEAGE_CHROMIUM to another")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Writes a document to a file and opens it from there, as a person would."""
    contexts = []

    def opened(
        document: str, *, dark: bool = False, width: int = 1440, height: int = 900, at: str = ""
    ) -> Opened:
        context = browser.new_context(
            offline=True,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        made = watched(context, "file:")
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(document, "utf-8")
        made.page.goto(path.as_uri() + at)
        return made

    yield opened
    for context in contexts:
        context.close()
