"""What a replay on Argo Workflows submits, waits for and ends, against an API over HTTP."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import lineage.replaying.argo.runner as runner
from lineage import Replay, replay, simulate
from lineage.errors import ReplayError
from lineage.flow_map import FlowMap, declare
from lineage.records.model import RunRecord, TriggerEvent
from lineage.replaying import ReplayProgress
from lineage.replaying.argo import triggers
from lineage.sources import MemorySource
from metaflow_extensions.lineage.plugins.metadata.causes import TriggerEntry
from tests.replaying.deployed import deploy, manifest
from tests.support.argo import submitted_values
from tests.support.kubernetes_api import KubernetesApi

kube_config = pytest.importorskip(
    "kubernetes.config.kube_config", reason="a replay on Argo Workflows needs the kubernetes package"
)

FLOWS = FlowMap.of([declare("DataFlow", on=["first"]), declare("TrainFlow", on_finish=["DataFlow"])])
DATA = manifest("DataFlow", "first", parameters={"rows": 5})
TRAIN = manifest("TrainFlow", "metaflow.DataFlow.end")
DEAF = manifest("TrainFlow")
NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)

pytestmark = pytest.mark.filterwarnings("ignore:.* starts by itself:UserWarning")


class Growing(MemorySource):
    """A source in which runs appear."""

    def add(self, record: RunRecord) -> None:
        self._records[record.pathspec] = record


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesApi]:
    monkeypatch.setattr(runner, "POLL", 0.01)
    with KubernetesApi() as api:
        use_kubeconfig(monkeypatch, api.kubeconfig(tmp_path)["KUBECONFIG"])
        yield api


def use_kubeconfig(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setenv("KUBECONFIG", file)
    # the kubernetes package reads the variable once, when it is imported
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", file)


def replayed(source: Growing, note: Callable[[ReplayProgress], None] | None = None, **how: Any) -> Replay:
    sim = simulate(FLOWS, [{"name": "first", "payload": {"rows": 7}}])
    return replay(sim, on="argo-workflows", source=source, progress=note, **how)


def ended(run: str) -> TriggerEvent:
    return TriggerEvent(f"metaflow.{run.split('/')[0]}.end", f"{run}/end/9", NOW, "run")


def test_a_workflow_is_waited_for_before_the_controller_has_seen_it_and_the_next_is_found(
    api: KubernetesApi,
) -> None:
    deploy(api, DATA, TRAIN)
    source = Growing([])
    looks: list[str] = []

    def note(change: ReplayProgress) -> None:
        looks.append(f"{change.key} {change.state.status}")
        run = change.state.pathspec or ""
        name = run.split("/argo-")[-1]
        if looks[-1] == "DataFlow/sim-1 running":
            threading.Timer(0.1, api.finish, [name]).start()  # no status until then
        if looks[-1] == "DataFlow/sim-1 completed":
            source.add(RunRecord("DataFlow", f"argo-{name}", "completed", NOW))
            source.add(RunRecord("TrainFlow", "argo-other", "running", NOW, triggers=(ended("DataFlow/1"),)))
            source.add(RunRecord("TrainFlow", "argo-gone", "completed", NOW, triggers=(ended(run),)))

    done = replayed(source, note)
    assert looks == [
        "DataFlow/sim-1 running",
        "DataFlow/sim-1 completed",
        "TrainFlow/sim-1 running",
        "TrainFlow/sim-1 completed",  # its workflow is deleted already; the source knows how it ended
    ]
    (workflow,) = api.all("workflows")
    values = submitted_values(workflow)
    (slot,) = [value for value in values.values() if isinstance(value, dict)]
    assert (values["rows"], slot["name"], slot["rows"]) == ("7", "first", 7)
    assert done.runs["TrainFlow/sim-1"] == "TrainFlow/argo-gone"
    assert done.succeeded


def test_a_flow_that_does_not_listen_is_submitted_with_the_run_that_it_needs(
    api: KubernetesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(api, DATA, manifest("TrainFlow", "metaflow.DataFlow.end", "metaflow.OtherFlow.end"))

    def entry(run: str) -> list[TriggerEntry]:
        return [TriggerEntry("metaflow.DataFlow.end", f"{run}/end/9", 7, "run")]

    monkeypatch.setattr(triggers, "run_entries", entry)

    def note(change: ReplayProgress) -> None:
        if change.state.status == "running":
            api.finish((change.state.pathspec or "").split("/argo-")[-1])

    with pytest.warns(UserWarning, match="not all that it waits for is repeated"):
        done = replayed(Growing([]), note)
    assert done.succeeded
    _, second = api.all("workflows")
    assert list(submitted_values(second).values()) == [
        {"id": f"{done.runs['DataFlow/sim-1']}/end/9", "timestamp": 7, "name": "metaflow.DataFlow.end"}
    ]


def test_cancel_terminates_what_was_submitted_and_only_that(api: KubernetesApi) -> None:
    deploy(api, DATA, TRAIN)
    stop = threading.Event()
    api.answer("POST", "/apis/argoproj.io/v1alpha1/namespaces/default/workflows", workflow("another"))
    done = replayed(Growing([]), lambda change: stop.set(), cancel=stop)
    states = {key: (state.status, state.log) for key, state in done.states.items()}
    assert states == {"DataFlow/sim-1": ("failed", "terminated"), "TrainFlow/sim-1": ("skipped", "")}
    another, submitted = api.all("workflows")
    assert submitted["spec"]["shutdown"] == "Terminate"  # though no controller has seen it
    assert "shutdown" not in another["spec"]


def workflow(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"workflowTemplateRef": {"name": "dataflow"}}}


def test_an_interrupt_terminates_what_was_submitted(api: KubernetesApi) -> None:
    deploy(api, DATA, TRAIN)

    def note(change: ReplayProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replayed(Growing([]), note)
    (submitted,) = api.all("workflows")
    assert submitted["spec"]["shutdown"] == "Terminate"


def test_an_interrupt_while_a_workflow_is_submitted_terminates_it(
    api: KubernetesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(api, DATA, TRAIN)
    answer = api.answer

    def interrupted(method: str, path: str, body: Any) -> Any:
        if method == "POST":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)  # the replay waits for the name of the workflow meanwhile
        return answer(method, path, body)

    monkeypatch.setattr(api, "answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replayed(Growing([]))
    (submitted,) = api.all("workflows")
    assert submitted["spec"]["shutdown"] == "Terminate"


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_after_a_failure_nothing_more_is_submitted(api: KubernetesApi, phase: str) -> None:
    deploy(api, DATA, DEAF)

    def note(change: ReplayProgress) -> None:
        if change.state.status == "running":
            api.finish((change.state.pathspec or "").split("/argo-")[-1], phase)

    done = replayed(Growing([]), note)
    assert (done.failed, done.skipped) == (["DataFlow/sim-1"], ["TrainFlow/sim-1"])
    assert done.states["DataFlow/sim-1"].log.startswith("see the workflow dataflow-")


def test_a_run_that_its_sensor_does_not_start_is_a_failed_one(
    api: KubernetesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(api, DATA, TRAIN)
    monkeypatch.setattr(runner, "PATIENCE", 0.05)
    source = Growing([])

    def note(change: ReplayProgress) -> None:
        if change.state.status == "running":
            flow, run_id = (change.state.pathspec or "").split("/")
            source.add(RunRecord(flow, run_id, "completed", NOW))
            api.finish(run_id.removeprefix("argo-"))

    done = replayed(source, note)
    assert done.states["TrainFlow/sim-1"].log == "its sensor has not started it within 0.05 s"


def test_a_cluster_that_stops_answering_is_given_up_and_what_was_submitted_goes_on(
    api: KubernetesApi,
) -> None:
    deploy(api, DATA, TRAIN)

    def note(change: ReplayProgress) -> None:
        api.refusals += [(403, "you may not look at workflows")] * runner.FAILURES

    with pytest.raises(
        ReplayError, match=r"you may not look at workflows\. What was submitted goes on: dataflow-"
    ):
        replayed(Growing([]), note)
    (submitted,) = api.all("workflows")
    assert "shutdown" not in submitted["spec"]


def test_a_refusal_to_submit_and_a_missing_configuration_are_errors(
    api: KubernetesApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deploy(api, DATA, TRAIN)
    sim = simulate(FLOWS, [{"name": "first"}])
    listed = api.answer

    def refused(method: str, path: str, body: Any) -> Any:
        if method == "POST":
            return 403, {"kind": "Status", "message": "you may not create workflows"}
        return listed(method, path, body)

    monkeypatch.setattr(api, "answer", refused)
    with pytest.raises(ReplayError, match="did not start dataflow: you may not create workflows"):
        replay(sim, on="argo-workflows", source=Growing([]))
    use_kubeconfig(monkeypatch, str(tmp_path / "nowhere"))
    with pytest.raises(Exception, match="could not be asked what is deployed: Invalid kube-config file"):
        replay(sim, on="argo-workflows", source=Growing([]))
