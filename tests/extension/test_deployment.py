"""Deployment to Argo Workflows, compiled offline: what would be sent, and what is refused.

Nothing is deployed here, and no event is published or awaited.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.extension.conftest import Runs
from tests.extension.reading import STOCK
from tests.support.argo import object_store
from tests.support.store import FLOWS

COMPILE = Path(__file__).parent / "scripts" / "compile_sensor.py"
RESET = {"reset_at": {"cron": "0 0 * * *", "timezone": "Europe/Helsinki"}}
ATTRIBUTES: dict[str, dict[str, object]] = {
    "trigger": {"events": [{"name": "first", "parameters": {"alpha": "x"}}, "second"], "options": RESET},
    "trigger_on_finish": {"flows": ["TrainingFlow", "DataFlow"]},
}
# What differs from one compilation to the next, and Metaflow's own list of installed extensions.
VOLATILE = {
    r"(?<=has_uncommitted_changes)\W+(true|false)": "",
    r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00": "<time>",
    r"\+lineage\([\w.]+\)": "",
    r"([0-9a-f]{2}/)?[0-9a-f]{40}": "<sha>",
    r"(?<=set_parameters )[a-z]{10}|(?<=`pwd`/)[a-z]{10}": "<file>",
}


@pytest.fixture(scope="module")
def argo(runs: Runs) -> Iterator[Argo]:
    with object_store() as settings:
        yield Argo(runs, settings)


class Argo:
    """Compiles flows with an object store that answers on this machine."""

    def __init__(self, runs: Runs, settings: dict[str, str]) -> None:
        self._python = runs.store.python
        self._compiled: dict[str, dict[str, Any]] = {}
        self._environ = {**runs.store.environ, **settings}

    def run(
        self, flow: str, *options: str, decorators: Iterable[object] = (), env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._python, str(COMPILE), str(FLOWS / f"{flow}.py"), *options],
            env=self._environ | {"DECORATORS": repr(list(decorators))} | (env or {}),
            text=True,
            capture_output=True,
            timeout=300,
        )

    def command(self, flow: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A flow's own command line."""
        return subprocess.run(
            [self._python, str(FLOWS / f"{flow}.py"), *words],
            env=self._environ,
            text=True,
            capture_output=True,
            timeout=300,
        )

    def compiled(self, flow: str, **how: Any) -> dict[str, Any]:
        if (key := repr((flow, how))) not in self._compiled:
            done = self.run(flow, **how)
            assert done.returncode == 0, done.stdout + done.stderr
            self._compiled[key] = json.loads(done.stdout.splitlines()[-1])
        return self._compiled[key]


def steady(compiled: object) -> str:
    """What was compiled, without what differs every time."""
    text = json.dumps(compiled, indent=1)
    for pattern, word in VOLATILE.items():
        text = re.sub(pattern, word, text)
    return text


@pytest.mark.parametrize("name", ["trigger", "trigger_on_finish"])
def test_with_and_without_the_extension_the_same_is_deployed(argo: Argo, name: str) -> None:
    decorators = [(name, ATTRIBUTES[name])]
    without = argo.compiled("configurable", decorators=decorators, env=STOCK)
    assert steady(argo.compiled("configurable", decorators=decorators)) == steady(without)
    assert "<sha>" in steady(without)  # what was left out is what was meant


@pytest.mark.parametrize(
    "env",
    [{"METAFLOW_LINEAGE_RECORD": "0"}, {"METAFLOW_LINEAGE_TASK": "NightlyFlow/7/start/1"}],
    ids=["without recording", "from within a task"],
)
def test_recording_leaves_no_trace_in_what_is_deployed(argo: Argo, env: dict[str, str]) -> None:
    decorators = [("trigger", ATTRIBUTES["trigger"])]
    without = argo.compiled("configurable", decorators=decorators, env=STOCK)
    assert steady(argo.compiled("configurable", decorators=decorators, env=env)) == steady(without)


def test_trigger_on_deploys_exactly_as_trigger_does(argo: Argo) -> None:
    ours = argo.compiled("configurable", decorators=[("trigger_on", ATTRIBUTES["trigger"])])
    stock = argo.compiled("configurable", decorators=[("trigger", ATTRIBUTES["trigger"])])
    assert steady(ours) == steady(stock)
    sensor = ours["sensor"]["spec"]
    names = [dependency["name"] for dependency in sensor["dependencies"]]
    assert [name.split("_")[0] for name in names] == ["first", "second"]  # both have to arrive
    (trigger,) = sensor["triggers"]
    assert trigger["template"]["conditionsReset"] == [
        {"byTime": {"cron": "0 0 * * *", "timezone": "Europe/Helsinki"}}
    ]
    fields = [
        (parameter["src"]["dependencyName"], parameter["dest"])
        for parameter in trigger["template"]["k8s"]["parameters"]
    ]
    assert (names[0], "spec.arguments.parameters.#(name=alpha).value") in fields


def test_an_option_that_argo_does_not_know_stops_the_deployment_of_trigger_on(argo: Argo) -> None:
    done = argo.run("data_with_options")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "Trigger refused: @trigger_on on DataFlow: Argo Workflows does not know the option 'reset'; "
        "it knows only reset_at={'cron': '0 0 * * *', 'timezone': 'Europe/Helsinki'}, which forgets "
        "what has arrived so far"
    )
    assert "Traceback" not in done.stderr


def test_under_the_released_decorators_it_is_a_warning(argo: Argo) -> None:
    for name, attributes in (
        ("trigger", {"event": "first"}),
        ("trigger_on_finish", {"flow": "TrainingFlow"}),
    ):
        done = argo.run("configurable", decorators=[(name, {**attributes, "options": {"reset": 5}})])
        assert done.returncode == 0, done.stderr
        (warning,) = [line for line in done.stderr.splitlines() if line.startswith("Warning")]
        assert f"@{name} on ConfigurableFlow: Argo Workflows does not know the option 'reset'" in warning
        assert "reset_at={'cron': '0 0 * * *'" in warning


def test_argo_refuses_a_flow_with_both_kinds_of_decorators(argo: Argo) -> None:
    both = [("trigger", {"event": "first"}), ("trigger_on_finish", {"flow": "TrainingFlow"})]
    done = argo.run("configurable", decorators=both)
    assert done.returncode == 1
    assert "doesn't support both" in done.stderr


@pytest.mark.parametrize("deployer", ["step-functions", "airflow"])
def test_no_other_deployer_builds_a_trigger_into_what_is_deployed(argo: Argo, deployer: str) -> None:
    """Both are refused before a flow's datastore or the deployer's service is asked for anything."""
    target = ["dag.py"] if deployer == "airflow" else []
    done = argo.command("data", "--trigger", "first", deployer, "create", *target)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "Trigger refused: --trigger 'first' would be built into the deployed flow, and every later run "
        "would show it; deploy without it"
    )


@pytest.mark.parametrize("trigger", ["first", "SomeFlow/1"])
def test_a_trigger_is_not_built_into_what_is_deployed(argo: Argo, trigger: str) -> None:
    done = argo.run("data", "--trigger", trigger)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"Trigger refused: --trigger '{trigger}' would be built into the deployed flow, and every later run "
        "would show it; deploy without it, and give it to `argo-workflows trigger`"
    )
