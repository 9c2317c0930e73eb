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

# From the ground up: a room imports only rooms listed before it, at the top of a file or inside a function.
ROOMS = {
    "lazy": "packages that are imported when they are first used",
    "text": "text and JSON that can be shown and written anywhere",
    "errors": "what can go wrong, as one tree",
    "files": "files that are written whole or not at all",
    "format": "durations, sizes, times and counts as text",
    "progress": "a progress bar for terminals and notebooks",
    "style": "colour, symbol and word of each status",
    "layout": "where nodes stand",
    "viewer": "the JavaScript and the stylesheet of every page and widget",
    "records": "runs as plain records, and the metadata they are read from",
    "sources": "where runs are recorded: local, service, postgres, client, memory",
    "catalog": "what runs set off, in a SQLite file beside each source",
    "graph": "the graph of runs and events, saved files, the selection language",
    "client": "runs, artifacts and triggers from Metaflow's client",
    "tracing": "walks from record to record",
    "flow_map": "which flow triggers which, as declared",
    "flowgraph": "the old name of flow_map",
    "comparing": "why a run exists, how two differ, what is outdated",
    "simulation": "what would fire",
    "auditing": "what should have fired and did not",
    "replaying": "runs a cascade for real",
    "scene": "one JSON document for whatever is drawn",
    "render": "text, figures, still pictures, pages",
    "exporting": "GraphML, DOT, Mermaid, tables, OpenLineage",
    "api": "the front door: what `lineage` exports",
    "card": "the door through which a container finds the card",
    "notebook": "widgets",
    "demo": "real runs to look at",
    "cli": "the command `lineage`",
    "__main__": "`python -m lineage`",
}
# Imports against the order, each with its reason.
EXCEPTIONS = {
    ("simulation/__init__.py", "lineage"): "hands out `simulate` under its old name, for one release",
}
# Rooms and files that may talk to files, servers and processes.
IO = {"sources", "catalog", "client", "replaying", "exporting", "demo", "cli", "flow_map"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE / "demo" / "flows")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.Module) -> set[str]:
    """Dotted names that a module imports anywhere, without those for type checkers only."""
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:  # relative: its own package
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return found


def rooms_imported(path: Path) -> set[str]:
    names = {name for name in imports(_tree(path)) if name.split(".")[0] == "lineage"}
    return {name.split(".")[1] if "." in name else name for name in names} - {room(path)}


def picture() -> str:
    """The rooms as CONTRIBUTING.md draws them; `python -m tests.test_architecture` prints it."""
    return "\n".join(f"{name:<11} {meaning}" for name, meaning in ROOMS.items())


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        return
    assert room(path) in ROOMS, f"{room(path)} has no place in the plan"
    order = list(ROOMS)
    earlier = order[: order.index(room(path))]
    name = str(path.relative_to(PACKAGE))
    excused = {there for file, there in EXCEPTIONS if file == name}
    assert rooms_imported(path) - excused <= {*earlier, "__version__"}


@pytest.mark.parametrize(("name", "there"), EXCEPTIONS)
def test_an_exception_that_nobody_needs_is_gone(name: str, there: str) -> None:
    assert there in rooms_imported(PACKAGE / name)


def test_contributing_draws_the_same_rooms() -> None:
    assert picture() in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_no_folder_holds_more_files_than_a_reader_can_take_in() -> None:
    for folder in {path.parent for path in modules()}:
        assert len(list(folder.glob("*.py"))) <= 20, folder


def third_party(name: str) -> set[str]:
    return {n.split(".")[0] for p in modules() if room(p) == name for n in imports(_tree(p))}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def test_what_draws_knows_no_source() -> None:
    draws = [p for p in modules() if room(p) in ("scene", "render", "layout", "style", "viewer")]
    # the card is drawn in the task that it is about, so it also reads; a report's details are read before;
    # the addresses of other pages about a run are Metaflow's configuration
    reading = ("render/card.py", "render/report.py", "scene/sites.py")
    draws = [p for p in draws if p.relative_to(PACKAGE).as_posix() not in reading]
    for path in draws:
        assert not rooms_imported(path) & {"sources", "catalog", "client", "tracing", "replaying"}, path
        assert "metaflow" not in {name.split(".")[0] for name in imports(_tree(path))}, path


def test_the_report_is_made_without_ipywidgets() -> None:
    code = "import sys, lineage.render.report; print('ipywidgets' in sys.modules, 'plotly' in sys.modules)"
    assert _python(code) == "False False"


def test_sources_never_import_graphs() -> None:
    assert not third_party("sources") & {"networkx", "plotly", "ipywidgets"}


def test_only_the_rooms_of_the_plan_do_io() -> None:
    doing = {"socket", "subprocess", "sqlite3", "http", "urllib", "requests", "psycopg"}
    for name in set(ROOMS) - IO:
        assert not third_party(name) & doing, name
    senders = [p for p in modules() if room(p) == "exporting" and "requests" in imports(_tree(p))]
    assert [path.name for path in senders] == ["posting.py"]


def test_import_lineage_loads_neither_plotly_nor_ipywidgets() -> None:
    heavy = "('plotly', 'ipywidgets', 'anywidget', 'IPython', 'pandas')"
    assert _python(f"import sys, lineage; print([m for m in {heavy} if m in sys.modules])") == "[]"


def test_the_explorer_is_imported_without_networkx_numpy_and_plotly() -> None:
    heavy = "('networkx', 'numpy', 'plotly')"
    code = f"import sys; from lineage import show_lineage; print([m for m in {heavy} if m in sys.modules])"
    assert _python(code) == "[]"


def test_the_card_says_by_its_import_that_networkx_is_missing() -> None:
    code = """
import sys
sys.modules["networkx"] = None  # importing it fails
try:
    import lineage.card
except ImportError as error:
    print(error)
"""
    assert "networkx" in _python(code)


def test_the_extension_imports_metaflow_and_the_standard_library_only() -> None:
    known = sys.stdlib_module_names | {"metaflow", "metaflow_extensions"}
    for path in (ROOT / "metaflow_extensions").rglob("*.py"):
        names = {name.split(".")[0] for name in imports(_tree(path))}
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


if __name__ == "__main__":
    print(picture())
