"""A replay on Argo Workflows, from the command line's deployment to what the runs record.

Metaflow's own compiler, deployer and client talk to an API of the tests' own. What a cluster's controllers
do next is done by hand (`tests.support.argo.Controllers`): the tasks run on this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.argo import Controllers, object_store, skip_without_mount_namespace, submitted_values
from tests.support.kubernetes_api import KubernetesApi
from tests.support.store import FLOWS, Store

REPLAY = """
import contextlib, io, json, warnings
from metaflow import Run, namespace
from lineage import replay
import lineage.replaying.argo.runner as runner

namespace(None)
runner.POLL = 0.1
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    replay({etl!r}, on="argo-workflows", dry_run=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", UserWarning)
    done = replay({etl!r}, on="argo-workflows")
done.raise_for_failure()
print(json.dumps({{
    "printed": printed.getvalue().splitlines(),
    "warned": [str(w.message) for w in caught if issubclass(w.category, UserWarning)],
    "made": done.runs,
    "causes": {{run: Run(run).trigger.run.pathspec for run in done.runs.values()}},
    "tags": {{run: sorted(Run(run).user_tags) for run in done.runs.values()}},
    "again": list(replay({etl!r}, on="argo-workflows", dry_run=True).plan.runs),
}}))
"""


def test_roots_are_submitted_and_the_rest_arrives_once(
    new_store: Callable[[str], Store], tmp_path: Path
) -> None:
    skip_without_mount_namespace()
    store = new_store("argo-replay")
    etl = store.flow("etl").pathspec
    training = store.flow("training", trigger=[etl]).pathspec
    prediction = store.flow("prediction", trigger=[training]).pathspec
    with object_store() as settings, KubernetesApi() as api:
        kubernetes = api.kubeconfig(tmp_path)
        deploy(store, settings | kubernetes)
        files = {"trainingflow": "training", "predictionflow": "prediction"}
        with Controllers(api, store, files) as controllers:
            environment = kubernetes | {"METAFLOW_KUBERNETES_NAMESPACE": "jobs"}
            told: dict[str, Any] = store.client(REPLAY.format(etl=etl), env=environment)
        workflows = api.all("workflows")
    assert controllers.failed == []
    first, second = told["made"][training], told["made"][prediction]
    assert told["causes"] == {first: etl, second: first}
    # nothing ran twice: one was submitted here, the other by its sensor
    assert [workflow["metadata"]["generateName"] for workflow in workflows] == [
        "trainingflow-",
        "predictionflow-",
    ]
    assert ["metaflow/triggered_by_user" in w["metadata"]["annotations"] for w in workflows] == [True, False]
    assert list(submitted_values(workflows[0])) == ["metaflowETLFlowend_w4zq"]
    assert told["printed"][-2:] == [
        f"submit  trainingflow, triggered by {etl}",
        "arrives predictionflow, triggered by the new run of TrainingFlow",
    ]
    assert told["warned"] == [
        "PredictionFlow starts by itself when TrainingFlow ended, with its deployed parameters"
    ]
    assert told["tags"] == {first: [f"replay_of:{training}"], second: [f"replay_of:{prediction}"]}
    assert told["again"] == [training, prediction]


def deploy(store: Store, settings: dict[str, str]) -> None:
    """With Metaflow's own deployer, as people do from Python."""
    code = f"""
import json
from metaflow import Deployer

create = lambda file: Deployer(file, pylint=False, show_output=False).argo_workflows().create()
print(json.dumps([create(f"{FLOWS}/{{name}}.py").name for name in ("training", "prediction")]))
"""
    assert store.client(code, env=settings) == ["trainingflow", "predictionflow"]
