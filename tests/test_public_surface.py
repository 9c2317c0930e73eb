"""The names that people may rely on: five modules, each with a complete `__all__`."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import lineage
import lineage.errors

PUBLIC = {
    "lineage": {
        "Explorer",
        "FlowMap",
        "Lineage",
        "MetaflowEvent",
        "MetaflowTrigger",
        "Recent",
        "Replay",
        "Simulation",
        "__version__",
        "audit",
        "check",
        "consumers",
        "diff",
        "explain",
        "flow_graph",
        "load",
        "recent",
        "refresh",
        "replay",
        "show_diff",
        "show_flow_map",
        "show_lineage",
        "simulate",
        "simulator",
        "trace",
        "trigger",
    },
    "lineage.errors": {
        "ArtifactUnavailable",
        "Cancelled",
        "CheckFailed",
        "EndpointDenied",
        "EndpointUnreachable",
        "ExportError",
        "FlowNotFound",
        "InvalidArgument",
        "InvalidSelection",
        "LineageError",
        "MissingExtra",
        "NotFound",
        "ReplayError",
        "RunNotFound",
        "SourceDenied",
        "SourceError",
        "SourceInvalid",
        "SourceUnreachable",
    },
    "lineage.sources": {
        "Cancel",
        "Changes",
        "ClientSource",
        "Known",
        "KnownRun",
        "LocalSource",
        "MemorySource",
        "PlainRun",
        "PostgresSource",
        "Problem",
        "RunRecord",
        "ServiceSource",
        "Source",
        "Stamped",
        "TriggerEvent",
        "open_source",
    },
    "lineage.flow_map": {
        "Caution",
        "Clock",
        "Deployments",
        "FlowDeclaration",
        "FlowMap",
        "Listening",
        "declare",
        "flow_graph",
    },
    "lineage.simulation": {
        "Finish",
        "SimEvent",
        "SimRun",
        "SimStimulus",
        "SimulationResult",
        "State",
        "Stimulus",
        "scheduled",
    },
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_module_lists_all_that_it_exports(name: str) -> None:
    module = importlib.import_module(name)
    assert set(module.__all__) == PUBLIC[name]
    assert all(getattr(module, public) is not None for public in module.__all__)


def test_every_error_is_exported_and_is_a_lineage_error() -> None:
    module = vars(lineage.errors).items()
    defined = {name for name, value in module if getattr(value, "__module__", "") == "lineage.errors"}
    defined = {name for name in defined if isinstance(getattr(lineage.errors, name), type)}
    assert defined == PUBLIC["lineage.errors"]
    assert all(issubclass(getattr(lineage.errors, name), lineage.errors.LineageError) for name in defined)


def test_every_other_room_says_that_it_is_internal() -> None:
    rooms = {f"lineage.{found.name}" for found in pkgutil.iter_modules(lineage.__path__) if found.ispkg}
    for name in sorted(rooms - PUBLIC.keys()):
        doc = importlib.import_module(name).__doc__ or ""
        assert "Internal" in doc, f"{name} says neither what is public in it nor that it is internal"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import lineage.flowgraph", "lineage.flowgraph is now lineage.flow_map"),
        ("from lineage.simulation import simulate", "use lineage.simulate"),
        ("from lineage.simulation import Simulation", "use lineage.Simulation"),
    ],
)
def test_an_old_name_still_works_and_warns(code: str, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, check=True
    )
    assert "DeprecationWarning" in done.stderr
    assert words in done.stderr
