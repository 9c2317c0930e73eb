"""Tasks as Argo starts them: real `init` and `step` commands with Metaflow's own decorator for them.

The decorator, `argo_workflows_internal`, writes to /mnt/out; a mount namespace provides that folder.
"""

from __future__ import annotations

import subprocess

import pytest

from tests.extension.recording.recorded import FLOWS, RecordingStore

NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
WITH_MNT_OUT = 'mount -t tmpfs none /mnt && mkdir /mnt/out && exec "$@"'
ARGO = {
    "ARGO_WORKFLOW_TEMPLATE": "roadsflow",
    "ARGO_WORKFLOW_NAME": "roadsflow-x7k2p",
    "ARGO_WORKFLOW_NAMESPACE": "default",
    "METAFLOW_OWNER": "ann",
}
RUN = "argo-roadsflow-x7k2p"


def skip_without_mounts() -> None:
    """Skip the test where the system allows no mount namespace."""
    tried = subprocess.run([*NAMESPACE, WITH_MNT_OUT, "sh", "true"], capture_output=True)
    if tried.returncode:
        pytest.skip(f"no mount namespace for /mnt/out on this machine: {tried.stderr.decode().strip()}")


def argo_step(store: RecordingStore, env: dict[str, str], step: str) -> str:
    """Run the start of RoadsFlow and one of its steps as Argo does; the run's pathspec."""
    top = ["--quiet", "--no-pylint", "--with=argo_workflows_internal:auto-emit-argo-events=0"]
    for command in (
        ["init", "--run-id", RUN, "--task-id", "params"],
        _task("start", "_parameters/params"),
        _task(step, "start/t-start"),
    ):
        done = subprocess.run(
            [*NAMESPACE, WITH_MNT_OUT, "sh", store.python, str(FLOWS / "roads.py"), *top, *command],
            cwd=store.root,
            env=store.environ | ARGO | env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout
    return f"RoadsFlow/{RUN}"


def _task(step: str, inputs: str) -> list[str]:
    return ["step", step, "--run-id", RUN, "--task-id", f"t-{step}", "--input-paths", f"{RUN}/{inputs}"]
