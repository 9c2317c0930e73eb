"""A real browser with the network refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

CHROMIUM = Path(os.environ.get("LINEAGE_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).parent.parent.parent / "screenshots"


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a network."""
    if not CHROMIUM.exists():
        pytest.fail(
            f"no Chromium at {CHROMIUM}: apt-get install chromium, or set LINEAGE_CHROMIUM to another"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
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
        made = Opened(context.new_page())

        def refuse(route: Route) -> None:
            if route.request.url.startswith(("file:", "data:", "blob:")):
                route.continue_()
            else:
                made.requests.append(route.request.url)
                route.abort()

        context.route("**/*", refuse)
        made.page.on("console", lambda m: made.errors.append(m.text) if m.type == "error" else None)
        made.page.on("pageerror", lambda error: made.errors.append(str(error)))
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(document, "utf-8")
        made.page.goto(path.as_uri() + at)
        return made

    yield opened
    for context in contexts:
        context.close()
