"""Mermaid diagrams, drawn by Mermaid itself in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from playwright.sync_api import Browser

from lineage.api.lineages import Lineage
from lineage.errors import ExportError
from lineage.exporting.captions import node_caption
from lineage.exporting.mermaid import CHARACTERS, EDGES
from tests.browser.conftest import Opened, visiting
from tests.exporting.examples import hostile_graph, run, small_graph
from tests.support.lineages import trigger_lineage

# GitHub and GitLab are at 11
VERSIONS = ("11.12.2", "12.3.0")

DRAW = """async (source) => {
  mermaid.initialize({startOnLoad: false});
  const {svg} = await mermaid.render("drawn", source);
  document.body.innerHTML = svg;
  const text = (e) => e.innerText.trim().split(/\\n+/).map((line) => line.trim());
  const all = (selector) => [...document.querySelectorAll(selector)];
  const nodes = all("g.node").map((e) => [e.id, text(e.querySelector(".nodeLabel"))]);
  const edges = all("path.flowchart-link").map((e) => e.id);
  const captions = all("g.edgeLabels > g").map((e) => e.textContent.trim());
  const wild = document.body.querySelectorAll("script, img, a, b, em, strong, iframe").length;
  return {nodes, edges, captions: captions.filter((c) => c), wild, all: document.body.textContent};
}"""
# refuses what is too large, without arranging the rest, which takes a minute
READ = """async (source) => {
  mermaid.initialize({startOnLoad: false});
  return (await mermaid.parse(source, {suppressErrors: true})).diagramType ?? "refused";
}"""


@pytest.fixture(scope="module", params=VERSIONS)
def mermaid(request: pytest.FixtureRequest) -> str:
    """Mermaid's own script, kept beside the tests' environment."""
    kept = Path(sys.prefix) / f"mermaid-{request.param}.min.js"
    if not kept.exists():
        if shutil.which("npm") is None:
            pytest.skip("Mermaid comes as an npm package, and there is no npm to fetch it with")
        folder = kept.parent / f"mermaid-{request.param}"
        folder.mkdir(exist_ok=True)
        subprocess.run(
            ["npm", "pack", f"mermaid@{request.param}"], cwd=folder, check=True, capture_output=True
        )
        with tarfile.open(folder / f"mermaid-{request.param}.tgz") as package:
            script = package.extractfile("package/dist/mermaid.min.js")
            assert script is not None
            (folder / "mermaid.min.js").write_bytes(script.read())
        (folder / "mermaid.min.js").replace(kept)
        shutil.rmtree(folder)
    return kept.read_text("utf-8")


@pytest.fixture(scope="module")
def opened(mermaid: str, browser: Browser) -> Iterator[Opened]:
    """A page with Mermaid in it, which takes seconds to load."""
    with visiting(browser) as opened:
        opened.page.set_content("<!doctype html><meta charset='utf-8'><body></body>")
        opened.page.add_script_tag(content=mermaid)
        yield opened


@pytest.fixture
def draw(opened: Opened) -> Callable[..., Any]:
    """Draws a diagram and tells the nodes, edges and captions that a person sees."""

    def drawn(source: str, script: str = DRAW) -> Any:
        result = opened.page.evaluate(script, source)
        opened.picture("mermaid")
        assert opened.requests == []
        return result

    return drawn


def nodes_of(drawn: Any) -> list[list[str]]:
    """The lines on each node, in the order in which they were written."""
    found = (re.search(r"flowchart-n(\d+)-", name) for name, _ in drawn["nodes"])
    numbers = [int(match[1]) for match in found if match]
    numbered = dict(zip(numbers, (lines for _, lines in drawn["nodes"]), strict=True))
    return [numbered[i] for i in range(len(numbered))]


def edges_of(drawn: Any) -> set[tuple[int, int]]:
    ends = (re.search(r"L_n(\d+)_n(\d+)_", name) for name in drawn["edges"])
    return {(int(found[1]), int(found[2])) for found in ends if found}


def squeezed(text: str) -> str:
    """As a browser shows it: white space in a row is one."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("make", [small_graph, hostile_graph])
def test_it_draws_every_node_and_edge_as_they_are(draw: Callable[[str], Any], make: Any) -> None:
    graph = make()
    drawn = draw(Lineage(graph).to_mermaid())
    wanted = [squeezed(", ".join(node_caption(key, node))) for key, node in graph.nodes(data=True)]
    assert [squeezed(" ".join(lines)) for lines in nodes_of(drawn)] == wanted
    number = {key: i for i, key in enumerate(graph)}
    assert edges_of(drawn) == {(number[cause], number[effect]) for cause, effect in graph.edges}
    assert drawn["wild"] == 0


def test_kinds_are_told_by_words(draw: Callable[[str], Any]) -> None:
    drawn = draw(Lineage(small_graph()).to_mermaid())
    assert sorted(drawn["captions"]) == [
        *(
            "published",
            "read",
            "read model, scores",
            "resumed",
            "spawned, read a, b, c and 1,201 more, read back summary",
        ),
    ]


def test_as_many_edges_as_mermaid_takes_are_not_folded(draw: Callable[..., Any]) -> None:
    source = Lineage(fan(EDGES)).to_mermaid()
    assert source.count(" --> ") == EDGES
    assert draw(source, READ) == "flowchart-v2"
    assert draw(f"{source}  n0 --> n0\n", READ) == "refused"


def test_more_are_folded_by_flow_and_both_say_so(draw: Callable[[str], Any]) -> None:
    with pytest.warns(
        UserWarning, match="502 runs folded by flow: a Mermaid diagram holds 500 edges"
    ) as said:
        source = Lineage(fan(EDGES + 1)).to_mermaid()
    assert said[0].filename == __file__
    drawn = draw(source)
    assert nodes_of(drawn) == [["AFlow, 1 run"], ["BFlow, 501 runs, 1 failed"]]
    assert drawn["captions"] == ["501×"]
    assert "502 runs folded by flow" in drawn["all"]


def test_a_lineage_as_in_real_use_is_folded(draw: Callable[..., Any]) -> None:
    graph = trigger_lineage(2_000)
    with pytest.warns(UserWarning, match="2,000 runs folded by flow"):
        source = Lineage(graph).to_mermaid()
    assert draw(source, READ) == "flowchart-v2"
    for flow in {node["flow"] for node in graph.nodes.values() if node["kind"] == "run"}:
        assert source.count(f'"{flow}, ') == 1


def test_a_text_that_is_too_long_is_folded() -> None:
    graph = small_graph()
    for i in range(700):
        graph.add_node(f"EvenLongerNamedFlow/{i}", **run("EvenLongerNamedFlow" * 4, str(i)))
    with pytest.warns(UserWarning, match="706 runs folded"):
        source = Lineage(graph).to_mermaid()
    assert len(source) < CHARACTERS


def test_flows_that_are_too_many_are_an_error_that_says_what_to_do() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("AFlow/1", **run("AFlow", "1"))
    for i in range(EDGES + 1):
        graph.add_node(f"F{i}/1", **run(f"F{i}", "1"))
        graph.add_edge("AFlow/1", f"F{i}/1", kind="trigger", event=None, timestamp=None)
    with pytest.raises(ExportError, match=r"502 nodes and 501 edges: .* Select a part of it"):
        Lineage(graph).to_mermaid()


def fan(count: int) -> nx.DiGraph[str]:
    """One run that set off so many, of which the first failed."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("AFlow/1", **run("AFlow", "1"))
    for i in range(count):
        graph.add_node(f"BFlow/{i}", **run("BFlow", str(i), status="completed" if i else "failed"))
        graph.add_edge("AFlow/1", f"BFlow/{i}", kind="trigger", event=None, timestamp=None)
    return graph
