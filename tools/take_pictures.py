"""Takes the pictures of the README and the docs: `make pictures`.

Each shows what a reader would see: real runs of the demo, or lineages that the tests draw, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for what the tests draw

from lineage import Lineage  # noqa: E402  # see above
from lineage.demo import FLOWS, Demo  # noqa: E402  # see above
from tests.support.chromium import CHROMIUM  # noqa: E402  # see above
from tests.support.companies import company  # noqa: E402  # see above
from tests.support.jupyter import (  # noqa: E402  # see above
    beside_demo,
    choose_theme,
    free_port,
    jupyter,
    open_notebook,
    run_all,
)
from tests.support.lineages import trigger_lineage  # noqa: E402  # see above
from tests.support.scenes import READ_AT  # noqa: E402  # see above

IMAGES = ROOT / "docs" / "images"
# in place of a temporary folder
ANNS_STORE = """() => {
  for (const line of document.querySelectorAll(".ln-subtitle, .ln-subtitle *"))
    for (const node of line.childNodes)
      if (node.nodeType === Node.TEXT_NODE)
        node.data = node.data.replace(/store at \\S+demo/, "store at /home/ann/demo");
}"""


def main() -> None:
    """Overwrite all pictures in docs/images."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        place = Path(folder)
        lineage = (sys.executable, "-m", "lineage")
        subprocess.run([*lineage, "demo", "--root", "demo"], cwd=place, check=True, stdout=subprocess.DEVNULL)
        report(browser, place / "demo" / "report.html")
        drawn(browser, place)
        flows(browser, place)
        notebook(browser, place)
        card(browser, place)
        browser.close()


@contextmanager
def page_of(
    browser: Browser, width: int, height: int, *, dark: bool = False, scale: float = 1
) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if dark else "light",
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def keep(page: Page, name: str, **how: object) -> None:
    page.mouse.move(2, 2)  # nothing is pointed at
    for frame in page.frames:
        frame.evaluate(ANNS_STORE)
    page.wait_for_timeout(500)  # what glides has arrived
    page.screenshot(path=IMAGES / f"{name}.png", **how)  # type: ignore[arg-type]  # passed on as it is
    print(f"{name}.png")


def report(browser: Browser, file: Path) -> None:
    """The demo's report, in both themes: the first thing that the README shows."""
    for dark in (False, True):
        with page_of(browser, 1440, 700, dark=dark, scale=1.2) as page:
            page.goto(file.as_uri())
            page.locator(".ln-node").first.wait_for()
            keep(page, f"report-{'dark' if dark else 'light'}")


def drawn(browser: Browser, place: Path) -> None:
    """Lineages as the tests draw them: of 300 runs, and of 30 runs over time."""
    for name, runs, focus, size in (
        ("explorer-report", 300, "RankingFlow/3", (1440, 900)),
        ("explorer-timeline", 30, "FeatureFlow/1", (1600, 1000)),
    ):
        graph = trigger_lineage(runs, 0)
        lin = Lineage(graph, (focus,), source="local store at /data/.metaflow", read_at=READ_AT)
        file = lin.to_html(place / f"{name}.html", details=False)
        with page_of(browser, *size, dark=name.endswith("timeline")) as page:
            page.goto(file.as_uri())
            page.get_by_role("button", name="Timeline" if name.endswith("timeline") else "Graph").click()
            keep(page, name)


def flows(browser: Browser, place: Path) -> None:
    """Twelve flows, one of which fails."""
    file = company(25).to_html(place / "flows.html", details=False)
    with page_of(browser, 1200, 900) as page:
        page.goto(file.as_uri())
        page.get_by_role("button", name="Flows").click()
        body = page.locator(".ln-body").bounding_box()
        assert body is not None
        keep(
            page,
            "explorer-flows",
            clip={"x": 0, "y": 0, "width": 1200, "height": body["y"] + body["height"] + 12},
        )


def notebook(browser: Browser, place: Path) -> None:
    """The explorer in JupyterLab, with a value that was loaded."""
    beside_demo(place / "lab", Demo(place / "demo"), "quickstart.ipynb")
    choose_theme(place / "lab", "Dark")
    with jupyter(place / "lab") as address, page_of(browser, 1440, 900, dark=True) as page:
        open_notebook(page, address, "notebooks/quickstart.ipynb")
        run_all(page)
        page.locator('.lineage-live .ln-node[data-id^="TrainingFlow"]').first.click()
        page.get_by_role("button", name="Load model").click()
        page.locator(".ln-loaded .ln-tree").first.wait_for()
        page.locator(".lineage-live .ln-title").first.evaluate("line => line.scrollIntoView()")
        keep(page, "explorer-notebook")


def card(browser: Browser, place: Path) -> None:
    """The card of a prediction in Metaflow's own viewer of cards."""
    demo = Demo(place / "demo")
    runs = demo.runs() or {}
    flow = [sys.executable, str(FLOWS / "predictionflow.py")]
    triggers = [word for name in ("training", "data") for word in ("--trigger", runs[name])]
    environment = os.environ | demo.settings()
    command = [*flow, "--with", "card:type=lineage", *triggers, "run"]
    subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)
    port = free_port()
    server = subprocess.Popen(
        [*flow, "card", "server", "--port", str(port)],
        cwd=place,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with page_of(browser, 1440, 760) as page:
            page.wait_for_timeout(5_000)  # until it listens
            page.goto(f"http://127.0.0.1:{port}")
            page.wait_for_timeout(3_000)  # until it has drawn frames in frames
            keep(page, "card")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
