"""`--trigger … argo-workflows trigger` submits the trigger, and the run that starts records it.

Metaflow's own command line deploys and submits with the real kubernetes client, over HTTP, to an API of the
tests' own; the tasks of the workflow then run here, with the parameters that were submitted. Argo's own
controller, which substitutes them on a cluster, is not here.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from metaflow_extensions.lineage.plugins.option.event_parameters import parameter_name
from tests.extension.conftest import Runs
from tests.extension.reading import STOCK, artifacts, start_fields
from tests.support.argo import (
    object_store,
    pod_environment,
    run_as_argo,
    skip_without_mount_namespace,
    submitted_values,
)
from tests.support.kubernetes_api import KubernetesApi
from tests.support.store import FLOWS

FIRST = [("trigger", {"event": "first"})]
SLOT = parameter_name("first")


class Cluster:
    """Flows on the command line, with an object store and a Kubernetes API that answer here."""

    def __init__(self, runs: Runs, api: KubernetesApi, environ: dict[str, str]) -> None:
        self.runs, self.api, self._environ = runs, api, environ

    def flow(self, file: str, *words: str, decorators: object = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.runs.store.python, str(FLOWS / f"{file}.py"), "--no-pylint", *words],
            cwd=self.runs.store.root,
            env=self._environ | {"DECORATORS": repr(decorators)},
            text=True,
            capture_output=True,
            timeout=300,
        )

    def deploy(self, file: str, decorators: object = ()) -> None:
        done = self.flow(file, "argo-workflows", "create", decorators=decorators)
        assert done.returncode == 0, done.stdout + done.stderr

    def submitted(self, file: str, *words: str, decorators: object = ()) -> dict[str, object]:
        """The workflow that a command submits."""
        before = len(self.api.all("workflows"))
        done = self.flow(file, *words, decorators=decorators)
        assert done.returncode == 0, done.stdout + done.stderr
        (workflow,) = self.api.all("workflows")[before:]
        return workflow


@pytest.fixture(scope="module")
def cluster(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    with object_store() as settings, KubernetesApi() as api:
        cluster = Cluster(runs, api, runs.store.environ | settings | api.kubeconfig(folder))
        cluster.deploy("training")
        cluster.deploy("configurable", FIRST)
        yield cluster


def test_the_run_that_starts_records_the_run_that_was_given(cluster: Cluster) -> None:
    skip_without_mount_namespace()
    runs, etl = cluster.runs, cluster.runs.etl
    workflow = cluster.submitted("training", "--trigger", etl, "argo-workflows", "trigger")
    name = workflow["metadata"]["name"]
    run_as_argo(runs.store, "training", f"argo-{name}", pod_environment(cluster.api, name))
    on_argo = f"TrainingFlow/argo-{name}"
    local = start_fields(runs.store, runs.training)
    assert json.loads(start_fields(runs.store, on_argo)["execution-triggers"]) == [
        {**entry, "type": "run"} for entry in json.loads(local["execution-triggers"])
    ]
    seen = "[r.trigger.run.pathspec, r.trigger.event.name, r.trigger.run.data.rows]"
    code = f"import json, metaflow\nmetaflow.namespace(None)\nr = metaflow.Run({on_argo!r})\n"
    stock = runs.store.client(f"{code}print(json.dumps({seen}))", env=STOCK)
    assert stock == [etl, "metaflow.ETLFlow.end", [1, 2, 3]]
    shown = artifacts(runs.store, on_argo, "trigger_seen", step="start")["trigger_seen"]
    assert shown == artifacts(runs.store, runs.training, "trigger_seen", step="start")["trigger_seen"]


def test_fields_of_an_event_become_parameters_and_given_values_win(cluster: Cluster) -> None:
    spec = {
        "name": "first",
        "id": "e-1",
        "timestamp": 7,
        "fields": {"alpha": 3, "beta_value": "x", "ratio": 2},
    }
    words = ["--trigger", json.dumps(spec), "argo-workflows", "trigger", "--alpha", "9"]
    workflow = cluster.submitted("configurable", *words, decorators=FIRST)
    submitted = submitted_values(workflow)
    assert submitted.pop(SLOT) == {"name": "first", "id": "e-1", "timestamp": 7, **spec["fields"]}
    assert submitted == {"alpha": 9, "beta-value": "none", "gamma": '{"g": 0}', "delta": False, "ratio": 2.0}
    assert {p["name"] for p in workflow["spec"]["arguments"]["parameters"]} <= set(
        cluster.api.parameters(workflow["metadata"]["name"])
    )


def test_what_is_deployed_decides_and_not_the_file(cluster: Cluster) -> None:
    other = [("trigger", {"event": "second"})]
    before = len(cluster.api.all("workflows"))
    done = cluster.flow("configurable", "--trigger", "second", "argo-workflows", "trigger", decorators=other)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "Trigger refused: the workflow template configurableflow listens to first, not to 'second'; "
        "deploy the flow again if it has changed since"
    )
    done = cluster.flow("prediction", "--trigger", cluster.runs.training, "argo-workflows", "trigger")
    assert done.returncode == 1
    assert "doesn't exist on Argo Workflows" in done.stderr
    assert len(cluster.api.all("workflows")) == before


def test_characters_that_a_shell_changes_are_warned_of(cluster: Cluster) -> None:
    spec = json.dumps({"name": "first", "fields": {"beta-value": "a", "empty": "$HOME"}})
    done = cluster.flow("configurable", "--trigger", spec, "argo-workflows", "trigger", decorators=FIRST)
    assert done.returncode == 0, done.stderr
    (warning,) = [line for line in done.stderr.splitlines() if line.startswith("Warning: the value")]
    assert warning == (
        "Warning: the value of the parameter empty has characters that Argo passes through a shell, "
        "and may arrive changed"
    )
