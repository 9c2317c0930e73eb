"""Executes the notebooks on fresh runs of the demo and keeps results that GitHub shows: `make notebooks`.

GitHub shows text and pictures, but neither widgets nor frames nor plotly: a view is kept as a picture of it.
"""

from __future__ import annotations

import base64
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import plotly.io
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for the browser of the tests

from lineage.demo import make_runs  # noqa: E402  # see above
from tests.support.chromium import CHROMIUM  # noqa: E402  # see above

STILL = re.compile(r"data:image/svg\+xml;base64,([\w+/=]+)")
PLOTLY = "application/vnd.plotly.v1+json"
WIDTH = 900  # pixels, as wide as GitHub shows a notebook


def main(names: list[str]) -> None:
    """Fill the notebooks of these names, or all of them."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_runs(Path(folder) / "demo", say=print)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 600})
        place = Path(folder) / "notebooks"
        place.mkdir()
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            if not names or path.stem in names:
                print("Filling", path.name)
                nbformat.write(filled(nbformat.read(path, as_version=4), place, page), path)
        browser.close()


def filled(notebook: Any, place: Path, page: Page) -> Any:
    """Execute a notebook in a folder, and reduce its outputs to what GitHub shows."""
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(place)}}).execute()
    private = {f"{place}/../": "", sys.executable: "python", f"{ROOT}/": ""}  # paths of this machine
    notebook.metadata.pop("widgets", None)
    notebook.metadata.pop("language_info", None)  # it names the version of Python
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        cell.metadata.pop("execution", None)  # times
        cell.execution_count = number + 1
        cell.outputs = [output for output in cell.outputs if shown(output, page)]
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number + 1
            for path, instead in private.items():
                replace(output, path, instead)
    return notebook


def shown(output: Any, page: Page) -> bool:
    """Reduce one output in place; False if nothing of it can be shown."""
    if output.output_type == "stream":
        return True
    data = output.data
    if "application/vnd.jupyter.widget-view+json" in data:
        return False  # beside it, there is a view without a kernel
    if still := STILL.search(data.get("text/html", "")):
        data["image/png"] = picture(page, base64.b64decode(still[1]).decode("utf-8"), "svg")
    elif "<iframe" in data.get("text/html", ""):
        data["image/png"] = picture(page, data["text/html"], "iframe")
    elif PLOTLY in data:
        figure = plotly.io.from_json(plotly.io.json.to_json_plotly(data[PLOTLY]), skip_invalid=True)
        data["image/png"] = picture(
            page, plotly.io.to_html(figure, config={"staticPlot": True}), ".plotly-graph-div"
        )
    if "image/png" in data:
        data.pop("text/html", None)
        data.pop(PLOTLY, None)
    return bool(data)


def replace(output: Any, old: str, new: str) -> None:
    """Replace a text in an output, in place."""
    if output.output_type == "stream":
        output.text = output.text.replace(old, new)
    elif "text/plain" in output.data:
        output.data["text/plain"] = output.data["text/plain"].replace(old, new)


def picture(page: Page, html: str, part: str) -> str:
    """A part of a page as PNG, in base64."""
    page.set_content(f"<!doctype html><body style='margin: 0; background: white'>{html}</body>")
    page.wait_for_timeout(500)  # plotly draws after it has loaded
    return base64.b64encode(page.locator(part).first.screenshot()).decode("ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
