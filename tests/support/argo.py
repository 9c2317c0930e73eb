"""What deploying to Argo Workflows needs besides Metaflow: an object store, settings, and tasks in pods."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pytest

from tests.support.kubernetes_api import KubernetesApi
from tests.support.store import FLOWS, Store

NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
WITH_MNT_OUT = 'mount -t tmpfs none /mnt && mkdir /mnt/out && exec "$@"'
PREFIX = "METAFLOW_ARGO_EVENT_PAYLOAD_"


@contextmanager
def object_store() -> Iterator[dict[str, str]]:
    """An S3 on this machine with one bucket, as environment variables of Metaflow."""
    boto3 = pytest.importorskip("boto3", reason="the offline object store needs boto3 and moto")
    moto_server = pytest.importorskip("moto.server", reason="the offline object store needs moto[server]")
    pytest.importorskip("kubernetes", reason="Metaflow compiles for Argo with the kubernetes package")
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        session.client("s3", endpoint_url=url).create_bucket(Bucket="bucket")
        yield {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "METAFLOW_DEFAULT_DATASTORE": "s3",
            "METAFLOW_DATASTORE_SYSROOT_S3": "s3://bucket/metaflow",
            "METAFLOW_S3_ENDPOINT_URL": url,
            "METAFLOW_KUBERNETES_NAMESPACE": "jobs",
            "METAFLOW_ARGO_EVENTS_EVENT": "metaflow-event",
            "METAFLOW_ARGO_EVENTS_EVENT_BUS": "default",
            "METAFLOW_ARGO_EVENTS_EVENT_SOURCE": "argo-events-webhook",
            "METAFLOW_ARGO_EVENTS_SERVICE_ACCOUNT": "operate-workflow-sa",
            "METAFLOW_SERVICE_VERSION_CHECK": "0",  # local metadata has no service to ask
        }
    finally:
        server.stop()


def pod_environment(api: KubernetesApi, workflow: str) -> dict[str, str]:
    """What the tasks of a workflow get: the payloads of events, and the parameters of the flow.

    Argo's substitution, and that of Metaflow's set_parameters.py, are done by hand.
    """
    values = api.parameters(workflow)
    (submitted,) = [w for w in api.all("workflows") if w["metadata"]["name"] == workflow]
    name = submitted["spec"]["workflowTemplateRef"]["name"]
    (template,) = [t for t in api.all("workflowtemplates") if t["metadata"]["name"] == name]
    payloads = {
        env["name"]: re.sub(r"\{\{workflow\.parameters\.(\w+)\}\}", lambda m: values[m[1]], env["value"])
        for env in _environment(template)
        if env["name"].startswith(PREFIX)
    }
    declared = json.loads(template["metadata"]["annotations"].get("metaflow/parameters", "{}"))
    given = {name: json.loads(values[name]) for name in declared}
    return payloads | {
        f"METAFLOW_INIT_{name.upper().replace('-', '_')}": value
        if isinstance(value, str)
        else json.dumps(value)
        for name, value in given.items()
        if value is not None
    }


def _environment(template: Mapping[str, Any]) -> list[dict[str, str]]:
    containers = [t["container"] for t in template["spec"]["templates"] if t.get("container")]
    return [env for container in containers for env in container["env"] if "value" in env]


def argo_variables(run_id: str) -> dict[str, str]:
    """What Argo tells every task of a run about its workflow."""
    name = run_id.removeprefix("argo-")
    return {
        "ARGO_WORKFLOW_TEMPLATE": name.rsplit("-", 1)[0],
        "ARGO_WORKFLOW_NAME": name,
        "ARGO_WORKFLOW_NAMESPACE": "jobs",
        "METAFLOW_OWNER": "ann",
    }


def run_as_argo(
    store: Store, file: str, run_id: str, environment: Mapping[str, str], emit: bool = False
) -> None:
    """Run start and end of a flow with the commands and the environment of Argo's tasks.

    Metaflow's own `argo_workflows_internal` writes to /mnt/out, which a mount namespace provides.
    """
    top = ["--quiet", "--no-pylint", f"--with=argo_workflows_internal:auto-emit-argo-events={int(emit)}"]
    for command in (
        ["init", "--run-id", run_id, "--task-id", "params"],
        _step("start", run_id, f"{run_id}/_parameters/params"),
        _step("end", run_id, f"{run_id}/start/t-start"),
    ):
        done = subprocess.run(
            [*NAMESPACE, WITH_MNT_OUT, "sh", store.python, str(FLOWS / f"{file}.py"), *top, *command],
            cwd=store.root,
            env=store.environ | argo_variables(run_id) | dict(environment),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout


def _step(name: str, run_id: str, inputs: str) -> list[str]:
    return ["step", name, "--run-id", run_id, "--task-id", f"t-{name}", "--input-paths", inputs]


def skip_without_mount_namespace() -> None:
    """Skip a test that runs tasks as Argo does, where /mnt/out cannot be provided."""
    tried = subprocess.run([*NAMESPACE, WITH_MNT_OUT, "sh", "true"], capture_output=True)
    if tried.returncode:
        pytest.skip(f"no mount namespace for /mnt/out on this machine: {tried.stderr.decode().strip()}")


def submitted_values(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were submitted with a workflow, decoded."""
    return {p["name"]: json.loads(p["value"]) for p in workflow["spec"]["arguments"]["parameters"]}


class Controllers(threading.Thread):
    """Does by hand what the controllers of Argo Workflows and Argo Events do on a cluster.

    It runs the tasks of each new workflow on this machine, and lets the end of a flow fill the event
    parameter of every template that listens to that flow alone.
    """

    def __init__(self, api: KubernetesApi, store: Store, files: Mapping[str, str]) -> None:
        super().__init__(daemon=True)
        self.api, self.store, self.files = api, store, files  # names of files by template
        self.failed: list[BaseException] = []
        self._stopping = threading.Event()

    def __enter__(self) -> Controllers:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.join()

    def run(self) -> None:
        while not self._stopping.wait(0.05):
            for workflow in self.api.all("workflows"):
                if "status" not in workflow:
                    self._carry_out(workflow["metadata"]["name"], workflow["spec"])

    def _carry_out(self, name: str, spec: Mapping[str, Any]) -> None:
        template = spec["workflowTemplateRef"]["name"]
        self.api.admit(name)
        try:
            run_as_argo(self.store, self.files[template], f"argo-{name}", pod_environment(self.api, name))
        except BaseException as exc:  # for the test to show
            self.failed.append(exc)
            self.api.finish(name, "Failed")
            return
        self._fire(template, name)
        self.api.finish(name)

    def _fire(self, template: str, name: str) -> None:
        (sender,) = [t for t in self.api.all("workflowtemplates") if t["metadata"]["name"] == template]
        flow = sender["metadata"]["annotations"]["metaflow/flow_name"]
        event = f"metaflow.{flow}.end"
        payload = {"name": event, "id": f"{flow}/argo-{name}/end/t-end", "timestamp": int(time.time())}
        for listener in self.api.all("workflowtemplates"):
            declared = json.loads(listener["metadata"]["annotations"].get("metaflow/triggers", "[]"))
            if [one["name"] for one in declared] == [event]:
                parameter = listener["spec"]["arguments"]["parameters"][-1]["name"]
                reference = listener["metadata"]["name"]
                workflow = {
                    "metadata": {
                        "generateName": f"{reference}-",
                        "annotations": {"metaflow/triggered_by": "{}"},
                    },
                    "spec": {
                        "workflowTemplateRef": {"name": reference},
                        "arguments": {"parameters": [{"name": parameter, "value": json.dumps(payload)}]},
                    },
                }
                self.api.answer("POST", "/apis/argoproj.io/v1alpha1/namespaces/jobs/workflows", workflow)
