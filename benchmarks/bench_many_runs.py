"""Many runs: what is sent to a notebook and stored in it, and shapes that grow when they are folded.

Sent is the message of the widget's scene, as JSON; stored is the first output of the cell, which is there
without a kernel. Asked for too much is a lineage of 100,000 runs: what is sent and stored of it, and the
seconds from the lineage in memory until its page is drawn in Chromium. A lattice is two flows, each run
triggered by both runs of the stage before; "Show all" is timed until all of it is painted, with the memory
that the page holds after it.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
from playwright.sync_api import Browser, sync_playwright

from benchmarks.bench_viewer import FIRST_PAINT, PAINTED, SHOW_ALL, made_up
from benchmarks.table import Row
from lineage import Lineage
from lineage.notebook.viewer_widget import Viewer
from lineage.render.page import embed, page
from lineage.scene.lineage_scene import scene
from tests.browser.conftest import ARGUMENTS
from tests.support.chromium import CHROMIUM

BEFORE = {1_000: 541, 10_000: 5_000}  # kB that e82b56d sent


def rows(quick: bool) -> Iterator[Row]:
    """What is sent and stored, and the shapes."""
    for runs in (1_000,) if quick else (1_000, 10_000):
        sent = _sent(scene(made_up(runs))) / 1000
        yield Row(
            f"sent to JupyterLab for {runs:,} runs",
            f"{sent:,.0f} kB",
            f"{BEFORE[runs]:,} kB (e82b56d)",
            f"{BEFORE[runs] / sent:.1f}×",
            "a quarter",
            4 * sent < BEFORE[runs],
        )
    stored = len(json.dumps(embed(scene(made_up(100))))) / 1000
    yield Row(
        "stored in the notebook, 100 runs",
        f"{stored:,.0f} kB",
        "177 kB (e82b56d)",
        f"{177 / stored:.1f}×",
        "100 kB",
        stored < 100,
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, "--enable-precise-memory-info"]
        )
        yield from _too_much(browser, 25_000 if quick else 100_000)
        yield _lattice(browser, 50 if quick else 200)
        browser.close()


def _sent(document: dict[str, Any]) -> int:
    return len(json.dumps(Viewer(scene=document).get_state("scene")))


def _too_much(browser: Browser, runs: int) -> Iterator[Row]:
    lineage = made_up(runs)
    began = time.perf_counter()
    document = scene(lineage)
    text = page(document)
    made = time.perf_counter() - began
    sent = (_sent(document) + len(embed(document))) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(text, "utf-8")
        drawn = made + _drawn(browser, path)
    yield Row(
        f"sent and stored for {runs:,} runs, asked for by mistake",
        f"{sent:.2f} MB",
        "58.6 MB (e82b56d)",
        f"{58.6 / sent:.0f}×",
        "2 MB",
        sent < 2,
        "the nearest 5,000 runs, twice",
    )
    yield Row(
        f"a view of {runs:,} runs",
        f"{drawn:.1f} s",
        "61 s (e82b56d)",
        f"{61 / drawn:.0f}×",
        "2 s",
        drawn < 2,
        "counting by flow, and the layout of the nearest",
    )


def _drawn(browser: Browser, path: Path) -> float:
    """Seconds until the first view is painted."""
    opened = browser.new_page()
    opened.goto(path.as_uri())
    opened.wait_for_selector(".ln-flows-key", state="visible")
    opened.evaluate(f"async () => {{ {PAINTED} }}")
    seconds: float = opened.evaluate(FIRST_PAINT) / 1000
    opened.close()
    return seconds


def _lattice(browser: Browser, stages: int) -> Row:
    graph = nx.DiGraph(
        [(f"{a}Flow/{i}", f"{b}Flow/{i + 1}") for i in range(stages - 1) for a in "AB" for b in "AB"]
    )
    for key in graph:
        flow, run_id = key.split("/")
        graph.nodes[key].update(kind="run", flow=flow, run_id=run_id, status="completed")
        graph.nodes[key].update(created_at=None, finished_at=None)
    for edge in graph.edges.values():
        edge.update(kind="trigger", event=None, timestamp=None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(page(scene(Lineage(graph, focus=(f"AFlow/{stages // 2}",)))), "utf-8")
        opened = browser.new_page()
        opened.goto(path.as_uri() + "#view=graph")
        opened.wait_for_selector(".ln-node")
        began = time.perf_counter()
        opened.evaluate(SHOW_ALL)
        seconds = time.perf_counter() - began
        held = opened.evaluate("performance.memory.usedJSHeapSize") / 1e6
        opened.close()
    return Row(
        f"Show all of a lattice of {stages} stages",
        f"{seconds * 1000:.0f} ms, {held:.0f} MB",
        "memory ends (e82b56d)",
        target="1 s, 50 MB",
        reached=seconds < 1 and held < 50,
    )
