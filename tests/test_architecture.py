"""Who may import whom, as the design draws it from the ground up."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lineage

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "lineage"

# a room imports only rooms listed before it
ROOMS = [
    "errors",
    "files",
    "model",
    "jsontext",
    "causes",
    "records",
    "origins",
    "localstore",
    "style",
    "text_tree",
    "sources",
    "meter",
    "catalog",
    "reading",
    "values",
    "artifacts",
    "triggers",
    "graph",
    "details",
    "selection",
    "tracing",
    "flowgraph",
    "simulation",
    "replaying",
    "comparing",
    "layout",
    "scene",
    "flow_scene",
    "playback",
    "text_timeline",
    "viewer",
    "player",
    "still",
    "figures",
    "report",
    "report_file",
    "card",
    "panel",
    "loading",
    "progress_bar",
    "explorer",
    "cell_view",
    "flow_facts",
    "flow_map_widget",
    "simulator_state",
    "past_scenario",
    "stimulus_list",
    "scenario_panel",
    "replay_job",
    "replay_panel",
    "simulator_widget",
    "demo",
    "cli",
    "__main__",
]
# convenience methods of these modules import upwards, inside the function
INSIDE_FUNCTIONS = {"graph", "simulation", "cli", "demo"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "flows" not in path.parts)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.Module, top_level_only: bool) -> set[str]:
    """Dotted names that a module imports, without those for type checkers only."""
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if node in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:  # relative: its own package
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def rooms_imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = imports(tree, top_level_only=room(path) in INSIDE_FUNCTIONS)
    return {n.split(".")[1] for n in names if n.startswith("lineage.") and n.count(".")} - {room(path)}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        return
    assert room(path) in ROOMS, f"{room(path)} has no place in the plan"
    earlier = ROOMS[: ROOMS.index(room(path))]
    assert rooms_imported(path) <= {*earlier, "__version__"}


def third_party(name: str) -> set[str]:
    return {n.split(".")[0] for p in modules() if room(p) == name for n in imports(_tree(p), False)}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@pytest.mark.parametrize("name", ["scene", "figures", "report", "still", "layout", "style", "viewer"])
def test_what_draws_knows_no_source_and_no_metaflow(name: str) -> None:
    used = {other for p in modules() if room(p) == name for other in rooms_imported(p)}
    assert not used & {"sources", "catalog", "reading", "replaying"}
    assert "metaflow" not in third_party(name)


def test_the_report_is_made_without_ipywidgets() -> None:
    code = "import sys, lineage.report; print('ipywidgets' in sys.modules, 'plotly' in sys.modules)"
    assert _python(code) == "False False"


def test_sources_never_import_graphs() -> None:
    assert not third_party("sources") & {"networkx", "plotly", "ipywidgets"}


def test_only_the_plans_rooms_do_io() -> None:
    doing = {"socket", "subprocess", "sqlite3", "http", "urllib", "requests", "psycopg"}
    allowed = {"localstore", "sources", "catalog", "reading", "replaying", "demo", "cli", "flowgraph"}
    for name in set(ROOMS) - allowed:
        assert not third_party(name) & doing, name


def test_import_lineage_loads_neither_plotly_nor_ipywidgets() -> None:
    heavy = "('plotly', 'ipywidgets', 'anywidget', 'IPython', 'pandas')"
    assert _python(f"import sys, lineage; print([m for m in {heavy} if m in sys.modules])") == "[]"


def test_the_extension_imports_metaflow_and_the_standard_library_only() -> None:
    known = sys.stdlib_module_names | {"metaflow", "metaflow_extensions"}
    for path in (ROOT / "metaflow_extensions").rglob("*.py"):
        names = {name.split(".")[0] for name in imports(_tree(path), False)}
        if "cards" in path.parts:
            names -= {"lineage"}  # the one place that may draw, where lineage is installed
        assert names <= known, path


def test_the_extension_has_no_package_files_above_its_plugins() -> None:
    assert not (ROOT / "metaflow_extensions/__init__.py").exists()
    assert not (ROOT / "metaflow_extensions/lineage/__init__.py").exists()


def test_every_public_name_is_there_and_none_is_a_module() -> None:
    for name in lineage.__all__:
        assert getattr(lineage, name) is not None
        assert f"lineage.{name}" not in sys.modules, f"{name} is a module and a public name"
    assert set(lineage.__all__) == {*lineage._HOMES, "__version__"}
    assert not {"Run", "Flow", "Task"} & set(dir(lineage))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lineage.nothing


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()
