"""The project's notebooks: executed on the demo's runs, and as kept, with results that GitHub shows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbclient
import nbformat

from lineage.demo import Demo

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"
_WORDS = re.compile(r"\b(?!(?:min|took)\b)[a-z]{3,}\b|\b\w+Flow\b")  # no ids, times, days and paths


def kept(name: str) -> Any:
    """A notebook as it is in the repository."""
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def execute(name: str, demo: Demo, place: Path) -> Any:
    """A notebook with its outputs, run beside a copy of the demo's store."""
    shutil.copytree(demo.root, place / "demo")
    (place / "notebooks").mkdir()
    notebook = kept(name)
    resources = {"metadata": {"path": str(place / "notebooks")}}
    nbclient.NotebookClient(notebook, timeout=120, resources=resources).execute()
    return notebook


def outputs(notebook: Any, source: str) -> list[Any]:
    """The outputs of the one cell that contains a text."""
    (cell,) = [cell for cell in notebook.cells if cell.cell_type == "code" and source in cell.source]
    return list(cell.outputs)


def said(notebook: Any) -> list[list[str]]:
    """The words of each code cell's outputs; widgets, which GitHub does not show, are left out."""
    cells = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    return [_WORDS.findall(" ".join(_text(output) for output in results)) for results in cells]


def _text(output: Any) -> str:
    if output.output_type == "stream":
        text = output.text
    else:
        text = "" if VIEW in output.data else output.data.get("text/plain", "")
    return re.sub(r"\S*/(?=demo|lineage/demo|python)", "", text)


def shown_without_running(notebook: Any) -> bool:
    """Whether GitHub shows each of its outputs, and nothing in it is of the machine that made it."""
    results = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    kinds = {kind for output in results for kind in output.get("data", ())}
    private = re.search(r"/(tmp|home|root|Users)/", nbformat.writes(notebook))
    return bool(results) and kinds <= {"text/plain", "text/html", "image/png"} and private is None
