"""What deploying to Argo Workflows needs besides Metaflow: an object store, settings, and tasks in pods."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
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
    """The event payloads that every task of a workflow gets, with Argo's substitution done by hand."""
    parameters = api.parameters(workflow)
    (submitted,) = [w for w in api.all("workflows") if w["metadata"]["name"] == workflow]
    name = submitted["spec"]["workflowTemplateRef"]["name"]
    (template,) = [t for t in api.all("workflowtemplates") if t["metadata"]["name"] == name]
    return {
        env["name"]: re.sub(r"\{\{workflow\.parameters\.(\w+)\}\}", lambda m: parameters[m[1]], env["value"])
        for env in _environment(template)
        if env["name"].startswith(PREFIX)
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


def kubernetes_environment(api: KubernetesApi, folder: Path) -> dict[str, str]:
    """Settings with which Metaflow's Argo client calls the API of a test."""
    return {**api.kubeconfig(folder), "METAFLOW_KUBERNETES_NAMESPACE": "jobs"}


def submitted_values(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were submitted with a workflow, decoded."""
    return {p["name"]: json.loads(p["value"]) for p in workflow["spec"]["arguments"]["parameters"]}
