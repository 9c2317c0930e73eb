"""What the viewer costs while a reader types, zooms and shows everything: the processor time of the page.

Counted is the time that Chromium's page thread works (`TaskDuration` of the DevTools protocol, in ticks of
the thread). A key is one of those of a flow's name in the search box; a zoom step is one notch of the wheel,
until it is painted, for notches follow each other. Both are with everything shown. After a key, and after
everything was shown, what the page does later counts, too. `benchmarks.compare` measures an earlier commit in
turns with this one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.bench_viewer import PAINTED, SHOW_ALL, made_up
from benchmarks.table import Row
from tests.browser.conftest import ARGUMENTS
from tests.support.chromium import CHROMIUM

TURNS = 5
TYPED = "TrainingFlow"
NOTCHES = 12
REST = 300  # milliseconds; the latest work after a step begins 120 ms after it
WAIT = f"async () => {{ {PAINTED} }}"
# Runs in any environment: through public names only.
REPORT = "import sys, lineage; lineage.load(sys.argv[1]).to_html(sys.argv[2])"

Figures = dict[str, float]  # milliseconds of processor time by what is done


def rows(quick: bool) -> Iterator[Row]:
    """Steps in this checkout's reports, with no other beside them."""
    sizes = (1_000,) if quick else (1_000, 10_000)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for runs in sizes:
            page = report(Path(sys.executable), runs, Path(folder))
            rounds = [steps(browser, page) for _ in range(1 if quick else TURNS)]
            for what in rounds[0]:
                figure = median(taken[what] for taken in rounds)
                yield Row(f"{what}, {runs:,} runs, processor time", f"{figure:,.0f} ms")
        browser.close()


def compared(there: Path) -> Iterator[tuple[str, list[float], list[float]]]:
    """Words, and the seconds of each turn in the reports of this checkout and of another one."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for runs in (1_000, 10_000):
            pythons = (Path(sys.executable), there / ".venv" / "bin" / "python")
            pages = [report(python, runs, Path(folder) / str(i)) for i, python in enumerate(pythons)]
            turns = [[steps(browser, page) for page in pages] for _ in range(TURNS)]
            for what in turns[0][0]:
                ours, theirs = ([turn[i][what] / 1e3 for turn in turns] for i in (0, 1))
                yield f"{what}, {runs:,} runs", ours, theirs
        browser.close()


def report(python: Path, runs: int, folder: Path) -> Path:
    """The report that an environment writes of a made-up lineage."""
    folder.mkdir(exist_ok=True)
    saved, path = folder / f"{runs}.json", folder / f"{runs}.html"
    made_up(runs).save(saved)
    subprocess.run([str(python), "-c", REPORT, str(saved), str(path)], cwd=folder, check=True)
    return path


def steps(browser: Browser, report: Path) -> Figures:
    """What each step takes in a page that has just been opened."""
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(report.as_uri() + "#view=graph")
    page.wait_for_selector(".ln-node")
    page.wait_for_timeout(3 * REST)
    whole = _taken(page, session, lambda: page.evaluate(SHOW_ALL))
    search = page.locator("input[type=search]")
    search.focus()
    keys = [_taken(page, session, lambda key=key: page.keyboard.press(key)) for key in TYPED]  # type: ignore[misc] # a default binds the loop's variable
    search.press("Escape")
    page.locator(".ln-stage").hover()
    page.wait_for_timeout(3 * REST)
    zooms = [_taken(page, session, lambda: page.mouse.wheel(0, -60), rest=0) for _ in range(NOTCHES)]
    context.close()
    return {
        "showing all": whole,
        "a key in the search box": median(keys),
        "a zoom step": median(zooms),
        f"the worst of {NOTCHES} zoom steps": max(zooms),
    }


def _taken(page: Page, session: CDPSession, act: Callable[[], object], rest: int = REST) -> float:
    """Milliseconds that the page works because of something, until it has been painted and rested."""
    before = _worked(session)
    act()
    page.evaluate(WAIT)
    page.wait_for_timeout(rest)
    return _worked(session) - before


def _worked(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
