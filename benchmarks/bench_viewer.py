"""The viewer in Chromium: how large a report is, how soon it is drawn, how long a zoom step takes.

A report is opened from its file, the network refused, in a page of its own: drawn is when the first view
was painted; a zoom step is one notch of the wheel with everything shown, until it was painted. Beside it
the plotly page and the pyvis page of the same lineage. In a live JupyterLab: from the execution of a cell
that shows a lineage it already has until the first card is in the page, and from a click on a card until
the panel says what it is. All are medians of several rounds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooLong

from benchmarks.table import Row
from lineage import Lineage
from lineage.render.page import page as report_page
from lineage.scene.lineage_scene import scene
from lineage.viewer import built
from tests.browser.conftest import ARGUMENTS
from tests.support.chromium import CHROMIUM
from tests.support.jupyter import TOKEN, jupyter
from tests.support.lineages import trigger_lineage

PATIENCE = 120_000  # milliseconds until a page counts as not drawn

# Each waits until what it did has been painted.
PAINTED = "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
SHOW_ALL = f"""async () => {{
  [...document.querySelectorAll("button")].find((b) => /^(Show all|All)$/.test(b.textContent))?.click();
  {PAINTED}
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

# The viewer builds its first view in one go: what is painted first is all of it.
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
NOW = "performance.now()"

Figures = dict[str, float]  # milliseconds, and the bytes of the page


def rows(quick: bool) -> Iterator[Row]:
    """The code, reports of several sizes beside plotly and pyvis, and the live explorer."""
    for name, what, most in (("viewer", "the viewer's code", 60), ("flows", "the view by flow", 18.5)):
        code = sum(len(built(f"{name}.min.{kind}").encode()) for kind in ("js", "css")) / 1000
        yield Row(what, f"{code:.2f} kB", target=f"under {most} kB", reached=code < most)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield from _report(browser, 100, 2 if quick else 7, size=150, drawn=300)
        if not quick:
            yield from _report(browser, 10_000, 5, size=4_000, drawn=1_000, zoom=100)
        yield from _live(browser, 1 if quick else 5)
        browser.close()


# ---- the report


def _report(browser: Browser, runs: int, times: int, **limits: float) -> Iterator[Row]:
    lineage = made_up(runs)
    with tempfile.TemporaryDirectory() as folder:
        ours = _measured(browser, times, _viewer_page(lineage, Path(folder)), ".ln-counter:not(:empty)")
        others = {
            "plotly": _measured(browser, min(3, times), _plotly_page(lineage, Path(folder)), ".nsewdrag"),
            "pyvis": _measured(browser, 1, _pyvis_page(lineage, Path(folder)), "#mynetwork canvas"),
        }
    for name, words, unit in (("size", "", "kB"), ("drawn", " drawn", "ms"), ("zoom", ", a zoom step", "ms")):
        limit = limits.get(name)
        late = f"not in {PATIENCE // 1000} s"
        beside = (
            f"{figures[name]:,.0f} {unit} ({other})" if name in figures else f"{late} ({other})"
            for other, figures in others.items()
        )
        yield Row(
            f"report of {runs:,} runs{words}",
            f"{ours[name]:,.0f} {unit}",
            ", ".join(beside),
            ", ".join(f"{f[name] / ours[name]:.2g}×" if name in f else "–" for f in others.values()),
            f"under {limit:,.0f} {unit}" if limit else "–",
            ours[name] < limit if limit else None,
        )


def made_up(runs: int) -> Lineage:
    """A lineage asked for the run with the most neighbours."""
    graph = trigger_lineage(runs)
    focus = max((key for key in graph if graph.nodes[key]["kind"] == "run"), key=graph.degree)
    return Lineage(graph, focus=(focus,), source="made up")


def _viewer_page(lineage: Lineage, folder: Path) -> Path:
    path = folder / "viewer.html"
    path.write_text(report_page(scene(lineage)), "utf-8")
    return path


def _plotly_page(lineage: Lineage, folder: Path) -> Path:
    path = folder / "plotly.html"
    lineage.figure().write_html(path, include_plotlyjs=True, config={"scrollZoom": True})
    return path


def _pyvis_page(lineage: Lineage, folder: Path) -> Path:
    from pyvis.network import Network

    network = Network(directed=True, cdn_resources="in_line")
    for key in lineage.graph:
        network.add_node(key, label=key)
    network.add_edges(list(lineage.graph.edges))
    path = folder / "pyvis.html"
    path.write_text(network.generate_html(notebook=False), "utf-8")
    return path


def _measured(browser: Browser, times: int, path: Path, ready: str) -> Figures:
    """Medians of several rounds, each in a page of its own; only the size if it was not drawn in time."""
    size = {"size": path.stat().st_size / 1000}
    try:
        rounds = [_round(browser, path, ready) for _ in range(times)]
    except TooLong:
        return size
    return size | {k: median(r[k] for r in rounds) for k in rounds[0]}


def _round(browser: Browser, path: Path, ready: str) -> Figures:
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    try:
        page.goto(path.as_uri() + "#view=graph", wait_until="commit")
        page.wait_for_selector(ready, state="attached")
        if path.stem == "pyvis":  # vis-network shows nothing until its springs have come to rest
            _wait_until(page, "!!window.network?.physics?.ready")
        page.evaluate(f"async () => {{ {PAINTED} }}")
        if path.stem == "viewer":  # the browser writes it down a frame later
            _wait_until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
        drawn = page.evaluate(FIRST_PAINT if path.stem == "viewer" else NOW)
        page.evaluate(SHOW_ALL)
        surface = ".ln-stage" if path.stem == "viewer" else ready
        return {"drawn": drawn, "zoom": median(page.evaluate(ZOOM, surface) for _ in range(6))}
    finally:
        context.close()


def _wait_until(page: Page, condition: str) -> None:
    """Ask again and again: the report's policy refuses an early `page.wait_for_function`."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(condition):
        if time.monotonic() > end:
            raise TooLong(f"not in {PATIENCE} ms: {condition}")
        page.wait_for_timeout(20)


# ---- the live explorer

WATCH_CELL = """() => {
  for (const root of document.querySelectorAll(".lineage")) root.dataset.old = "";
  window.waited = new Promise((done) => {
    let began = null;
    addEventListener("keydown", (e) => e.key === "Enter" && (began ??= performance.now()), { capture: true });
    new MutationObserver((_, observer) => {
      if (!document.querySelector(".lineage-live .lineage:not([data-old]) .ln-node")) return;
      observer.disconnect();
      done(performance.now() - began);
    }).observe(document.body, { childList: true, subtree: true });
  });
}"""
WATCH_PANEL = """(id) => {
  window.waited = new Promise((done) => {
    let began = null;
    addEventListener("pointerup", () => (began = performance.now()), { capture: true, once: true });
    new MutationObserver((_, observer) => {
      const shown = document.querySelectorAll(".lineage-live .ln-copy code");
      const named = [...shown].some((e) => e.textContent === `Run("${id}")`);
      if (!named || began === null) return;
      observer.disconnect();
      done(performance.now() - began);
    }).observe(document.body, { childList: true, subtree: true });
  });
}"""
CARDS = """() => {
  const stage = document.querySelector(".lineage-live .ln-stage");
  const { left, right, top, bottom } = stage.getBoundingClientRect();
  const seen = (b) => b.left > left && b.right < right && b.top > top && b.bottom < bottom;
  return [...document.querySelectorAll(".lineage-live .ln-node")]
    .filter((card) => !card.dataset.id.startsWith("bundle:") && seen(card.getBoundingClientRect()))
    .map((card) => card.dataset.id);
}"""
SETUP = "from lineage import load, show_lineage\nlineage = load('lineage.json')\nprint('read', len(lineage))"
SHOW = "explorer = show_lineage(lineage)"


def _live(browser: Browser, times: int) -> Iterator[Row]:
    lineage = made_up(100)
    views: list[float] = []
    clicks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        lineage.save(Path(folder) / "lineage.json")
        cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, SHOW)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
        nbformat.write(notebook, Path(folder) / "live.ipynb")
        with jupyter(Path(folder), "lab") as address:
            for _ in range(times):
                view, some = _live_round(browser, f"{address}/lab/tree/live.ipynb?token={TOKEN}&reset")
                views.append(view)
                clicks += some
    limits = (
        ("first view of 100 runs", views, 1_000, "1 s of the data"),
        ("a click's details", clicks, 100, "100 ms"),
    )
    for what, taken, limit, words in limits:
        figure = median(taken)
        yield Row(
            f"live in JupyterLab: {what}",
            f"{figure:,.0f} ms",
            target=f"within {words}",
            reached=figure < limit,
            bound="the kernel's messages, and what JupyterLab does with them",
        )


def _live_round(browser: Browser, url: str) -> tuple[float, list[float]]:
    """Milliseconds of the first view in a page that has just been loaded, and of clicks on cards."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    try:
        page.goto(url)
        page.locator(".jp-Notebook").wait_for()
        page.get_by_text("| Idle").wait_for()
        _execute(page, 0)
        page.get_by_text("read 1").wait_for()
        page.evaluate(WATCH_CELL)
        _execute(page, 1)
        view = page.evaluate("window.waited")
        page.locator(".lineage-live .ln-details").first.wait_for()
        return view, [_click(page, card) for card in page.evaluate(CARDS)[:8]]
    finally:
        context.close()


def _execute(page: Page, cell: int) -> None:
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(cell).click()
    page.keyboard.press("Control+Enter")


def _click(page: Page, card: str) -> float:
    page.evaluate(WATCH_PANEL, card)
    page.locator(f'.lineage-live .ln-node[data-id="{card}"] rect').first.click(force=True)
    return page.evaluate("window.waited")
