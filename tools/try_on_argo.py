"""Try triggers and a replay on the Argo Workflows that Metaflow is configured for.

Deploys three small flows, starts about six runs of them, says for each expectation whether it came true,
and deletes the flows again. Run it in an environment with `metaflow-lineage` and `kubernetes`; the flows
need what Metaflow needs on your cluster: a datastore in the cloud, the metadata service, an image. It takes
some minutes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metaflow import Deployer, Flow, Run, namespace
from metaflow.exception import MetaflowNotFound

import lineage

FLOWS = Path(__file__).parent / "argo_flows"
NAMES = ("upstream", "downstream", "listener")
# Whether a text survives Argo's substitution on its way to the task; a shell corrupts `$` and backslashes.
TEXTS = ("plain", "with \"quotes\" and 'others', ü, {braces}")
failed = 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--patience", type=float, default=600, help="seconds to wait for one run (default: 600)"
    )
    options.add_argument("--keep", action="store_true", help="leave the flows deployed")
    given = options.parse_args()
    namespace(None)
    with deployed(given.keep) as flows:
        upstream = finished(flows["upstream"].trigger(rows=3).pathspec, given.patience)
        by_sensor = downstream_of(upstream, given.patience)
        expect("a sensor starts the flow that waits for the run", by_sensor is not None)
        by_hand = submit("downstream", upstream, given.patience)
        expect("--trigger … argo-workflows trigger records the run", cause(by_hand) == upstream)
        expect("… exactly as the sensor's run does", by_sensor and recorded(by_hand) == recorded(by_sensor))
        expect("… and the task sees its artifacts", Run(by_hand).data.seen == 6)
        for text in TEXTS:
            event = json.dumps({"name": "lineage.try", "fields": {"text": text}})
            run = submit("listener", event, given.patience)
            expect(f"the event's payload arrives unchanged: {text}", payload(run) == {"text": text})
            expect(f"its field sets the parameter unchanged: {text}", Run(run).data.seen == text)
        replayed(given.patience)
    print(f"\n{failed or 'nothing'} failed")
    sys.exit(bool(failed))


@contextmanager
def deployed(keep: bool) -> Iterator[dict[str, Any]]:
    flows: dict[str, Any] = {}
    try:
        for name in NAMES:
            flows[name] = Deployer(str(FLOWS / f"{name}.py"), pylint=False).argo_workflows().create()
            print(f"deployed {flows[name].name}")
        yield flows
    finally:
        for flow in () if keep else flows.values():
            print(f"deleted {flow.name}" if flow.delete() else f"NOT deleted: {flow.name}")


def replayed(patience: float) -> None:
    """Replay what a run of TryUpstreamFlow would set off: it is submitted, and the rest arrives."""
    flows = lineage.flow_graph(deployments="argo-workflows")
    before = {run.pathspec for run in Flow("TryDownstreamFlow")}
    sim = lineage.simulate(flows, {"name": "TryUpstreamFlow", "payload": {"rows": 4}})
    done = lineage.replay(
        sim, on="argo-workflows", progress=lambda change: print(f"  {change.key}: {change.state}")
    )
    expect("the replay completes", done.succeeded)
    time.sleep(min(60, patience))  # for a second run that should not come
    new = [run for run in Flow("TryDownstreamFlow") if run.pathspec not in before]
    expect("… and runs the flow that waits once", len(new) == 1)
    expect(
        "… with the new run as its trigger", cause(new[0].pathspec) == done.runs.get("TryUpstreamFlow/sim-1")
    )


def submit(name: str, trigger: str, patience: float) -> str:
    """Submit a flow on its command line; returns the finished run."""
    file, id_file = FLOWS / f"{name}.py", Path(f".{name}.run-id")
    words = ["--no-pylint", "--trigger", trigger, "argo-workflows", "trigger", "--run-id-file", str(id_file)]
    subprocess.run([sys.executable, str(file), *words], check=True)
    run_id = id_file.read_text().strip()
    id_file.unlink()
    return finished(f"Try{name.capitalize()}Flow/{run_id}", patience)


def finished(pathspec: str, patience: float) -> str:
    """Wait until a run has ended well; returns its pathspec."""

    def ended() -> bool:
        try:
            return bool(Run(pathspec, _namespace_check=False).finished)
        except MetaflowNotFound:  # its first task has not begun
            return False

    until(ended, patience, f"{pathspec} has not finished")
    return pathspec


def downstream_of(upstream: str, patience: float) -> str | None:
    """The run of TryDownstreamFlow that a sensor starts; None if there is none in time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        runs = lineage.trace(upstream, upstream=0, downstream=1).runs
        if found := [run for run in runs if run.startswith("TryDownstreamFlow/")]:
            return finished(found[0], patience)
        time.sleep(2)
    return None


def until(condition: Callable[[], bool], patience: float, otherwise: str) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{otherwise} after {patience:g} s; see the cluster")
        time.sleep(2)


def cause(pathspec: str) -> str | None:
    trigger = Run(pathspec).trigger
    return trigger.run.pathspec if trigger else None


def payload(pathspec: str) -> Any:
    return Run(pathspec).trigger["lineage.try"].payload


def recorded(pathspec: str) -> Any:
    """What Metaflow recorded of the trigger, but for its time: a task sends its event a little later."""
    entries = json.loads(Run(pathspec)["start"].task.metadata_dict["execution-triggers"])
    return [{key: value for key, value in entry.items() if key != "timestamp"} for entry in entries]


def expect(what: str, true: object) -> None:
    global failed
    failed += not true
    print(f"{'ok    ' if true else 'FAILED'}  {what}", flush=True)


if __name__ == "__main__":
    main()
