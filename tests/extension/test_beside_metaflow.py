"""The extension beside Metaflow: in which order it is imported, and what happens where it cannot be."""

from __future__ import annotations

import ast
import tarfile
from pathlib import Path
from typing import Any

import pytest

import metaflow_extensions
from tests.extension.conftest import Runs
from tests.extension.reading import STOCK
from tests.support.store import Store

EXTENSION = Path(metaflow_extensions.__path__[0]) / "lineage"
PLUGINS = "metaflow_extensions.lineage.plugins"
# Imported by themselves, before Metaflow, by tools and by people in notebooks.
PURE = [
    "trigger/trigger",
    "trigger/event",
    "trigger/data",
    "metadata/causes",
    "option/declared",
    "trigger/recorded",
    "trigger/of_run",
    "option/specs",
]
ALIVE = "metaflow.trigger_on and type(metaflow.Run.trigger).__name__"


def answer(runs: Runs, code: str, **env: str) -> Any:
    return runs.store.client(f"import json\n{code}", env=env)


@pytest.mark.parametrize(
    "imports",
    [
        f"import {PLUGINS}.trigger.trigger, metaflow",
        f"import metaflow, {PLUGINS}.trigger.trigger",
        f"import {PLUGINS}.metadata.causes, metaflow",
        f"import {PLUGINS}.trigger.of_run, metaflow",
        "import lineage, metaflow; lineage.trigger",
        "import metaflow, lineage; lineage.trigger",
        "import lineage.client.triggers, metaflow",
    ],
)
def test_either_may_be_imported_first(runs: Runs, imports: str) -> None:
    code = f"{imports}\nprint(json.dumps({ALIVE}))"
    assert answer(runs, code) == "property"


@pytest.mark.parametrize("name", PURE)
def test_modules_without_decorators_import_nothing_of_metaflow(name: str) -> None:
    tree = ast.parse((EXTENSION / "plugins" / f"{name}.py").read_text())
    found = [
        node.module or ""
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and not node.level and node.module
    ]
    assert not [module for module in found if module.startswith(("metaflow", "lineage"))]


def test_the_extension_never_imports_lineage() -> None:
    for path in EXTENSION.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if "cards" not in path.parts:
                assert not [name for name in names if name.split(".")[0] == "lineage"], path


@pytest.mark.parametrize(("point", "name"), [("plugins", "FLOW_DECORATORS_DESC"), ("toplevel", "toplevel")])
def test_the_files_that_metaflow_starts_with_import_alone(runs: Runs, point: str, name: str) -> None:
    path = EXTENSION / point / "mfextinit_lineage.py"
    blocked = "import runpy, sys; sys.modules['metaflow'] = sys.modules['metaflow_extensions'] = None"
    assert answer(runs, f"{blocked}\nprint(json.dumps({name!r} in runpy.run_path({str(path)!r})))") is True


def test_there_is_no_init_that_would_shut_other_extensions_out() -> None:
    assert not (EXTENSION / "__init__.py").exists()
    assert not (EXTENSION.parent / "__init__.py").exists()


@pytest.mark.parametrize(
    "module", ["option.marks", "option.decorators", "trigger.client_property", "toplevel_names"]
)
def test_whatever_breaks_metaflow_still_starts_and_a_line_says_so(
    runs: Runs, tmp_path: Path, module: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules['{PLUGINS}.{module}'] = None\n")
    said = tmp_path / "said"
    code = f"""
import os, sys
sys.stderr.flush()
os.dup2(os.open({str(said)!r}, os.O_WRONLY | os.O_CREAT), 2)
import metaflow
print(json.dumps([hasattr(metaflow, "trigger_on"), hasattr(metaflow, "trigger_on_finish")]))
"""
    assert answer(runs, code, PYTHONPATH=str(tmp_path)) == [False, True]
    (line,) = said.read_text().splitlines()
    assert line.startswith("lineage: Metaflow runs without this extension: ")


@pytest.mark.parametrize("module", ["option.declared", "option.resolver", "trigger.trigger"])
def test_what_is_imported_when_it_is_needed_may_break_too(runs: Runs, tmp_path: Path, module: str) -> None:
    """The flow then runs, and the client answers, as with Metaflow alone."""
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules['{PLUGINS}.{module}'] = None\n")
    finished = runs.finished("scoring", trigger=[runs.training], env={"PYTHONPATH": str(tmp_path)})
    assert finished.returncode == 0, finished.output
    assert "lineage: the flow runs as Metaflow alone would run it: " in finished.output
    code = f"""
from metaflow import Run
print(json.dumps(type(Run("{runs.training}", _namespace_check=False).trigger).__module__))
"""
    expected = f"{PLUGINS}.trigger.trigger" if module == "option.resolver" else "metaflow.events"
    assert answer(runs, code, PYTHONPATH=str(tmp_path)) == expected


def test_whatever_fails_run_trigger_is_metaflows_own(runs: Runs) -> None:
    code = f"""
from metaflow import Run
from {PLUGINS}.trigger import of_run
run = Run("{runs.training}", _namespace_check=False)
ours = run.trigger
of_run.run_trigger = None
print(json.dumps([type(trigger).__module__ for trigger in (ours, run.trigger)]))
"""
    assert answer(runs, code) == [f"{PLUGINS}.trigger.trigger", "metaflow.events"]


def test_current_trigger_is_none_outside_of_flows_too(runs: Runs) -> None:
    code = "from metaflow import current; print(json.dumps([current.trigger, 'trigger' in current]))"
    assert answer(runs, code) == [None, False]
    with pytest.raises(AssertionError, match="has no attribute 'trigger'"):
        answer(runs, code, **STOCK)


def test_in_a_container_it_comes_with_the_code_and_needs_nothing_else(runs: Runs, tmp_path: Path) -> None:
    """What Metaflow packs for a container runs with an interpreter that has neither of the packages."""
    package = tmp_path / "code.tgz"
    saved = runs.finished("nested", "save", str(package), command="package")
    assert saved.returncode == 0, saved.output
    with tarfile.open(package) as archive:
        archive.extractall(tmp_path, filter="data")
    bare = Store(tmp_path / "store", answer(runs, "import sys; print(json.dumps(sys._base_executable))"))
    trigger = ['{"name": "first", "fields": {"alpha": 4}}']
    # as Metaflow's bootstrap commands do it
    env = {"PYTHONPATH": str(tmp_path / ".mf_code"), "METAFLOW_EXTRACTED_ROOT": str(tmp_path)}
    finished = bare.flow(tmp_path / "nested.py", trigger=trigger, env=env)
    assert finished.returncode == 0, finished.output
    code = f"""
import importlib.util, json, metaflow
run = metaflow.Run("{finished.pathspec}", _namespace_check=False)
said = [run.trigger.event.payload, run.data.alpha, run.data.trigger_seen]
print(json.dumps([metaflow.__file__, importlib.util.find_spec("lineage"), said]))
"""
    file, lineage, said = bare.client(code, env=env)
    assert file.startswith(str(tmp_path))
    assert lineage is None
    assert said[:2] == [{"alpha": 4}, 4]
    assert said[2].startswith("<MetaflowTrigger: event first at ")
