"""What a cell leaves behind, in Markdown by any renderer, and in a page that embeds widgets."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import mistune
import nbformat
import pytest
from ipywidgets import Accordion, HBox, Tab, Widget
from ipywidgets.embed import dependency_state, embed_minimal_html
from markdown_it import MarkdownIt
from nbconvert import MarkdownExporter

import lineage
from lineage import trace
from lineage.notebook.explorer import Explorer
from lineage.records.model import TriggerEvent
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_record, drawn_records

BLANK_LINES = "first\n\n    second\n\n\tthird\r\n\r\n\u2028\x85\n\n"
MODEL = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
RENDERERS: dict[str, Callable[[str], object]] = {
    "markdown-it": MarkdownIt("commonmark").render,
    "mistune": mistune.create_markdown(escape=False),
}


@pytest.fixture(scope="module")
def source() -> MemorySource:
    """Two cascades, in which all that people name has blank lines."""
    event = TriggerEvent(BLANK_LINES, BLANK_LINES, START, "event", {BLANK_LINES: BLANK_LINES})
    runs = {run.pathspec: run for run in drawn_records("A/1 > B/2\nA/3 > B/4")}
    runs |= {key: replace(run, tags=(BLANK_LINES,), user=BLANK_LINES) for key, run in runs.items()}
    runs["A/1"] = replace(runs["A/1"], triggers=drawn_record("A/1", (event,)).triggers)
    return MemorySource(runs.values())


OUTPUTS: dict[str, Callable[[MemorySource], str]] = {
    "explorer": lambda source: Explorer(trace("B/2", source=source))._mime_bundles()[0]["text/html"],
    "lineage": lambda source: trace("B/2", source=source)._repr_html_(),
    "comparison": lambda source: lineage.diff("B/2", "B/4", source=source)._repr_mimebundle_()["text/html"],
    "explanation": lambda source: lineage.explain("A/1", source=source)._repr_html_(),
}


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_survives_a_markdown_file(source: MemorySource, name: str, renderer: str) -> None:
    html = OUTPUTS[name](source)
    output = nbformat.v4.new_output("display_data", data={"text/html": html})
    cells = [nbformat.v4.new_markdown_cell("before"), nbformat.v4.new_code_cell("show()", outputs=[output])]
    text, _ = MarkdownExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    page = str(RENDERERS[renderer](f"{text}\n\nafter *it*"))
    assert html in page  # nothing of it became code, and nothing was escaped
    assert page.rstrip().endswith("<p>after <em>it</em></p>")


@pytest.fixture
def explorers(source: MemorySource) -> Iterator[list[Explorer]]:
    made = [Explorer(trace(run, source=source)) for run in ("B/2", "B/4")]
    yield made
    for explorer in made:
        explorer.close()


CONTAINERS: dict[str, Callable[[list[Explorer]], list[Widget]]] = {
    "alone": lambda explorers: [explorers[0]],
    "both": lambda explorers: [*explorers],
    "tab": lambda explorers: [Tab(explorers)],
    "accordion of boxes": lambda explorers: [Accordion([HBox(explorers)])],
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_page_that_embeds_widgets_has_what_draws_each_explorer(
    explorers: list[Explorer], container: str
) -> None:
    views = CONTAINERS[container](explorers)
    state, shown = embedded(views)
    assert shown == [view.model_id for view in views]
    expected = explorers[:1] if container == "alone" else explorers
    drawn = {key: one["state"] for key, one in state.items() if one["model_module"] == "anywidget"}
    assert set(drawn) == {explorer.model_id for explorer in expected}
    for explorer in expected:
        held = drawn[explorer.model_id]
        assert "notebookPart.widget" in held["_esm"]
        assert ".lineage" in held["_css"]
        assert held["scene"] == json.loads(json.dumps(explorer.scene))
    assert set(drawn) <= reachable(state, shown)
    if container == "alone":  # one widget; each has a layout
        assert set(state) == {explorers[0].model_id, explorers[0].layout.model_id}


def embedded(views: list[Widget]) -> tuple[dict[str, dict[str, object]], list[str]]:
    """The models of a page that `embed_minimal_html` makes, and which of them it shows."""
    file = io.StringIO()
    embed_minimal_html(file, views=views, state=dependency_state(views))  # not all widgets of this process
    page = file.getvalue()
    scripts = {
        kind: re.findall(rf'<script type="{re.escape(kind)}">\s*(.*?)\s*</script>', page, re.DOTALL)
        for kind in (MODEL, VIEW)
    }
    (models,) = scripts[MODEL]
    state: dict[str, dict[str, object]] = json.loads(models)["state"]
    return state, [json.loads(view)["model_id"] for view in scripts[VIEW]]


def reachable(state: dict[str, dict[str, object]], shown: list[str]) -> set[str]:
    """The models that are shown, and those that they refer to."""
    found = list(shown)
    for key in found:
        found += [k for k in re.findall(r"IPY_MODEL_(\w+)", json.dumps(state[key])) if k not in found]
    return set(found)
