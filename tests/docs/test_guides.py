"""The code of the guides that have no test of their own runs, on runs of the names that the pages use."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import metaflow
import pytest

import lineage
from lineage.cli import _parser
from lineage.notebook.explorer import Explorer
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant, write_local
from tests.support.planted_lineages import by_event, by_run, finished_run

DOCS = Path(__file__).parent.parent.parent / "docs"
# Pages whose blocks another module executes.
ELSEWHERE = {"start", "bad-run", "did-not-fire", "scale", "share", "export", "recent", "simulation", "why"}
# two days before DAY, because a page asks for what was there on 1 March
RUNS = [
    finished_run("TrainingFlow", "32", -52),
    finished_run("TrainingFlow", "33", -51),  # of fewer than three runs no duration is usual
    finished_run("ETLFlow", "7", -50),
    finished_run("DataFlow", "12", -49, by_event("first", "8f1c", -49, {"x": 1})),
    finished_run("TrainingFlow", "34", -48, by_run("ETLFlow/7", -50)),
    finished_run("PredictionFlow", "12", -47, by_run("TrainingFlow/34", -48)),
]


def blocks(page: str, language: str = "python") -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


def run(block: str, page: str, names: dict[str, Any]) -> None:
    exec(compile(block, page, "exec"), names)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_local(map(plant, RUNS), tmp_path_factory.mktemp("guides"))


@pytest.fixture
def configured(planted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Metaflow reads these runs, whoever made them."""
    monkeypatch.chdir(tmp_path)
    metaflow.metadata(f"local@{planted}")
    metaflow.namespace(None)
    yield
    metaflow.default_namespace()
    metaflow.default_metadata()


def test_explorer(configured: None) -> None:
    shown, exported, changed = blocks("guide/explorer.md")
    names: dict[str, Any] = {"other": lineage.trace("TrainingFlow/34", upstream=0)}
    run(shown, "explorer.md", names)
    explorer: Explorer = names["explorer"]
    assert explorer.lineage.runs == ["ETLFlow/7", "TrainingFlow/34", "PredictionFlow/12"]
    names["lin"] = explorer.lineage
    run(exported, "explorer.md", names)
    assert Path("report.html").stat().st_size > 50_000
    run(changed, "explorer.md", names)
    assert explorer.lineage.runs == ["TrainingFlow/34"]
    explorer.close()


def test_notebook_hosts(configured: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit itself is not installed: what it would be given is looked at."""
    given: list[Any] = []
    components = ModuleType("streamlit.components.v1")
    components.html = lambda *page, **how: given.append((*page, how))  # type: ignore[attr-defined]  # a stand-in
    for name in ("streamlit", "streamlit.components", "streamlit.components.v1"):
        monkeypatch.setitem(sys.modules, name, components)
    components.components = components.v1 = components  # type: ignore[attr-defined]  # likewise
    (block,) = blocks("guide/notebook-hosts.md")
    run(block, "notebook-hosts.md", {"lin": lineage.trace("TrainingFlow/34")})
    ((page, how),) = given
    assert page.startswith("<!doctype html>")
    assert how == {"height": 900}


@pytest.mark.slow  # starts the process that reads flow files
@pytest.mark.parametrize("page", ["guide/what-is-recorded.md", "reference/trigger-api.md"])
def test_flows_are_flows(page: str, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(blocks(page)[0])
    flows = lineage.flow_graph(files=tmp_path, history=False)
    assert not flows.problems
    assert len(flows.declarations) == 1


def test_card() -> None:
    flow, options, package = blocks("guide/card.md")
    names: dict[str, Any] = {}
    run(flow.split("\n\n\n")[0], "card.md", names)
    step = "@step\ndef start(self):\n    pass\n"
    run(f"{options}{step}", "card.md", names)
    (card,) = names["start"].decorators
    assert (card.name, card.attributes["options"]) == ("card", {"upstream": 2, "seconds": 5})
    run(package, "card.md", names)
    assert lineage.__version__ in package
    assert '    @card(type="lineage")\n    @step' in flow


def test_trigger_api(configured: None) -> None:
    _, block = blocks("reference/trigger-api.md")
    names: dict[str, Any] = {"Flow": metaflow.Flow, "lineage": lineage}
    shown = [line.partition("#") for line in block.splitlines()]
    values = [eval(code, names) for code, _, _ in shown]
    assert values[0].pathspec == "ETLFlow/7"
    assert [repr(value) for value in values[1:]] == [said.strip() for _, _, said in shown[1:]]


@pytest.mark.slow  # starts a server
def test_sources(configured: None, planted: Path) -> None:
    """The line with a database runs in tests/sources/test_postgres.py."""
    first, *others = blocks("reference/sources.md")
    names: dict[str, Any] = {}
    with MetadataServer(map(plant, RUNS)) as server:
        first = first.replace("/data/project", str(planted)).replace(
            "https://metadata.example.com", server.url
        )
        run(
            "".join(line for line in first.splitlines(True) if "postgresql:" not in line), "sources.md", names
        )
        assert server.log
    for block in others:
        run(block, "sources.md", names)
    assert names["lin"].runs == ["ETLFlow/7", "TrainingFlow/34", "PredictionFlow/12"]
    assert (names["done"].gone, list(names["done"].problems)) == (0, [])  # read by an earlier block


def test_no_page_with_code_is_forgotten() -> None:
    with_code = {path.stem for path in DOCS.rglob("*.md") if "```python" in path.read_text("utf-8")}
    here = {"explorer", "notebook-hosts", "what-is-recorded", "card", "trigger-api", "sources"}
    assert with_code == ELSEWHERE | here


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_the_commands_are_ones_that_can_be_typed(page: Path) -> None:
    text = "\n".join(blocks(str(page), "bash"))
    for command in re.findall(r"^lineage (.*)$", text, re.MULTILINE):
        assert _parser().parse_args(shlex.split(command.partition(" > ")[0], comments=True)).verb
