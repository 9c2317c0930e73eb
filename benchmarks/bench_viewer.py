"""The viewer in Chromium: how large a report is, how soon it is drawn, how long a zoom step takes.

    python benchmarks/bench_viewer.py [--runs 100 1000 10000] [--times 5]

One line per size: bytes of the page; milliseconds from opening the file until its first view stands (its
`drawn` time), to show all of it, for one zoom step with everything shown, for the details after a click.
Medians. Beside it the plotly page of the same lineage, and the pyvis page where pyvis is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from lineage.graph import Lineage
from lineage.report import page as report_page
from lineage.scene import scene
from lineage.viewer import script, stylesheet
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.support.lineages import trigger_lineage

# Each waits until what it did has been painted.
PAINTED = "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
SHOW_ALL = f"""async () => {{
  const button = [...document.querySelectorAll("button")].find((b) => b.textContent === "Show all");
  const began = performance.now();
  button?.click();
  {PAINTED}
  return performance.now() - began;
}}"""
ZOOM = f"""async (selector) => {{
  const stage = document.querySelector(selector);
  const {{ left, top, width, height }} = stage.getBoundingClientRect();
  const at = {{ clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true }};
  const began = performance.now();
  stage.dispatchEvent(new WheelEvent("wheel", {{ deltaY: -60, ...at }}));
  {PAINTED}
  return performance.now() - began;
}}"""
CLICK = f"""async () => {{
  const row = [...document.querySelectorAll("tbody tr")].at(-1);
  const began = performance.now();
  row.click();
  {PAINTED}
  return performance.now() - began;
}}"""


VIEWER = ".ln-counter:not(:empty)"
# The viewer builds its first view in one go: what is painted first is all of it.
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def opened(browser: Browser, path: Path, ready: str) -> tuple[Page, float]:
    """The page, and the milliseconds until what it draws was painted."""
    page = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}).new_page()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector(ready, state="attached", timeout=120_000)
    page.evaluate(f"async () => {{ {PAINTED} }}")
    return page, page.evaluate(FIRST_PAINT if ready == VIEWER else "performance.now()")


def measure(times: int, once: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Medians of several rounds, each in a page of its own."""
    rounds = [once() for _ in range(times)]
    return {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}


def viewer_round(browser: Browser, path: Path) -> dict[str, float]:
    page, drawn = opened(browser, path, VIEWER)
    click = page.evaluate(CLICK)
    everything = page.evaluate(SHOW_ALL)
    zooms = [page.evaluate(ZOOM, ".ln-stage") for _ in range(8)]
    page.context.close()
    return {"drawn": drawn, "details": click, "show all": everything, "zoom step": statistics.median(zooms)}


def other_round(browser: Browser, path: Path, ready: str, surface: str) -> dict[str, float]:
    page, drawn = opened(browser, path, ready)
    zooms = [page.evaluate(ZOOM, surface) for _ in range(4)]
    page.context.close()
    return {"drawn": drawn, "zoom step": statistics.median(zooms)}


def pyvis_page(graph: Any, path: Path) -> None:
    from pyvis.network import Network

    network = Network(directed=True, cdn_resources="in_line")
    for key in graph:
        network.add_node(key, label=key)
    network.add_edges(list(graph.edges))
    path.write_text(network.generate_html(notebook=False), "utf-8")


def say(name: str, size: int, figures: dict[str, float]) -> None:
    words = "  ".join(f"{key} {value:,.0f} ms" for key, value in figures.items())
    print(f"  {name:<8}{size / 1000:>9,.0f} kB  {words}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    code = len(script().encode()) + len(stylesheet().encode())
    print(f"viewer's code: {code / 1000:.1f} kB; {os.cpu_count()} processors")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for runs in options.runs:
            print(f"{runs:,} runs")
            graph = trigger_lineage(runs)
            focus = max((key for key in graph if graph.nodes[key]["kind"] == "run"), key=graph.degree)
            lineage = Lineage(graph, focus=(focus,), source="made up")
            path = Path(folder) / "page.html"
            path.write_text(report_page(scene(lineage)), "utf-8")
            say("viewer", path.stat().st_size, measure(options.times, partial(viewer_round, browser, path)))
            plotly = Path(folder) / "plotly.html"
            lineage.figure().write_html(plotly, include_plotlyjs=True, config={"scrollZoom": True})
            once = partial(other_round, browser, plotly, ".nsewdrag", ".nsewdrag")
            say("plotly", plotly.stat().st_size, measure(min(3, options.times), once))
            if importlib.util.find_spec("pyvis") and runs <= 1_000:
                pyvis = Path(folder) / "pyvis.html"
                pyvis_page(graph, pyvis)
                once = partial(other_round, browser, pyvis, "#mynetwork canvas", "#mynetwork canvas")
                say("pyvis", pyvis.stat().st_size, measure(1, once))
        browser.close()


if __name__ == "__main__":
    main()
