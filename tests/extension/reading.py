"""What tests read back of a run, in a process of its own."""

from __future__ import annotations

from typing import Any

from tests.support.store import Store

# A process that has Metaflow's client and no extension at all.
STOCK = {"METAFLOW_EXTENSIONS_SEARCH_DIRS": "/nonexistent"}


def artifacts(store: Store, pathspec: str, *names: str, step: str = "end") -> dict[str, Any]:
    """Artifacts of the run's task in a step, which must be JSON."""
    return store.ask(  # type: ignore[return-value]  # JSON that the code prints
        f"""
import json
from metaflow import Run
task = Run({pathspec!r}, _namespace_check=False)[{step!r}].task
print(json.dumps({{name: task[name].data for name in {names!r}}}))
""",
        env=STOCK,
    )


def start_fields(store: Store, pathspec: str) -> dict[str, str]:
    """Metadata of the run's start task that has to do with triggers."""
    return store.ask(  # type: ignore[return-value]  # JSON that the code prints
        f"""
import json
from metaflow import Run
fields = Run({pathspec!r}, _namespace_check=False)["start"].task.metadata_dict
print(json.dumps({{name: value for name, value in fields.items() if "trigger" in name}}))
""",
        env=STOCK,
    )


def evaluated(store: Store, expression: str, env: dict[str, str] | None = None) -> Any:
    """The value of an expression in which Metaflow's client and `lineage` are at hand."""
    return store.ask(
        f"""
import json
import lineage
from metaflow import Flow, Run, namespace
namespace(None)
print(json.dumps({expression}))
""",
        env=env,
    )
