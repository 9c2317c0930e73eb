"""Tasks that Argo starts record what they read, and know no other task's id.

Argo itself is not here: real `init` and `step` commands run with Metaflow's own
`argo_workflows_internal`, which writes to /mnt/out; a mount namespace provides that folder.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.extension.recording.recorded import FLOWS, RecordingStore

pytestmark = pytest.mark.slow  # real processes of tasks

NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
WITH_MNT_OUT = 'mount -t tmpfs none /mnt && mkdir /mnt/out && exec "$@"'
ARGO = {
    "ARGO_WORKFLOW_TEMPLATE": "roadsflow",
    "ARGO_WORKFLOW_NAME": "roadsflow-x7k2p",
    "ARGO_WORKFLOW_NAMESPACE": "default",
    "METAFLOW_OWNER": "ann",
}
RUN = "argo-roadsflow-x7k2p"


@pytest.fixture(scope="module", autouse=True)
def mount_namespace() -> None:
    tried = subprocess.run([*NAMESPACE, WITH_MNT_OUT, "sh", "true"], capture_output=True)
    if tried.returncode:
        pytest.skip(f"no mount namespace for /mnt/out on this machine: {tried.stderr.decode().strip()}")


def step(name: str, inputs: str) -> list[str]:
    return ["step", name, "--run-id", RUN, "--task-id", f"t-{name}", "--input-paths", f"{RUN}/{inputs}"]


def test_a_task_records_and_the_start_task_says_so(
    recording_store: Callable[[str], RecordingStore],
) -> None:
    store = recording_store("argo")
    top = ["--quiet", "--no-pylint", "--with=argo_workflows_internal:auto-emit-argo-events=0"]
    for command in (
        ["init", "--run-id", RUN, "--task-id", "params"],
        step("start", "_parameters/params"),
        step("by_task", "start/t-start"),
    ):
        done = subprocess.run(
            [*NAMESPACE, WITH_MNT_OUT, "sh", store.python, str(FLOWS / "roads.py"), *top, *command],
            cwd=store.root,
            env=store.environ | ARGO,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout
    pathspec = f"RoadsFlow/{RUN}"
    assert store.reads(pathspec) == {"by_task": ["end/score", "end/size", "start/model", "start/rows"]}
    assert store.marked(pathspec) == ["by_task/t-by_task"]
