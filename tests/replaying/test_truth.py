"""The truth test: what was simulated is what real runs record, edge by edge.

A simulation is replayed with real flows in a store of its own, then the lineage that Metaflow recorded is
read back and compared. Everything here runs in processes of its own, as a person's session would.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import store as stores
from tests.support.store import Store

FLOWS = stores.FLOWS / "cascade"
NAMES = ("extract", "train", "tables", "score", "watch")

REPLAY = f"""
import json
from lineage.flow_map import flow_graph
from lineage import replay
from lineage import simulate
from lineage import trace

flows = flow_graph(files=[f"{FLOWS}/{{name}}.py" for name in {NAMES!r}])
sim = simulate(flows, [
    {{"name": "ExtractFlow", "payload": {{"rows": 4}}}},
    {{"name": "tables.ready", "payload": {{"table": "orders"}}}},
])
done = replay(sim, max_workers=2)
done.raise_for_failure()
real = trace(list(done.runs.values()), source="client")
past = flow_graph("client")  # the same flows, as their runs recorded them
print(json.dumps({{
    "listens": [{{key: [w.event for w in m[key].listens] for key in m}} for m in (flows, past)],
    "durations": [len(past[key].durations) for key in past],
    "resets": [str(m["ScoreFlow"].reset_at) for m in (flows, past)],
    "made": done.runs,
    "simulated": [[a, b, e["event"]] for a, b, e in sim.lineage.graph.edges(data=True)],
    "recorded": [[a, b, e["event"]] for a, b, e in real.graph.edges(data=True)],
    "payloads": [n["payload"] for _, n in real.graph.nodes(data=True) if n["kind"] == "event"],
    "problems": [str(p) for p in (*flows.problems, *flows.warnings, *real.problems)],
}}))
"""

AGAIN = f"""
import json
from lineage import replay
from lineage import trace

done = replay("{{run}}", files="{FLOWS}", source="client", max_workers=2)
done.raise_for_failure()
real = trace(list(done.runs.values()), source="client")
print(json.dumps({{{{
    "made": done.runs,
    "recorded": [[a, b, e["event"]] for a, b, e in real.graph.edges(data=True)],
    "tags": {{{{key: real.graph.nodes[run]["tags"] for key, run in done.runs.items()}}}},
}}}}))
"""


@pytest.fixture(scope="module")
def store(new_store: Callable[[str], Store]) -> Store:
    return new_store("truth")


@pytest.fixture(scope="module")
def replayed(store: Store) -> dict:
    return store.client(REPLAY)


def plain(edges: list[list[str]], made: dict[str, str]) -> set[tuple[str, str, str]]:
    """Edges with the names of real runs, and events by their names."""

    def cause(key: str) -> str:
        return key.split("/")[0] if key.startswith("event:") else made.get(key, key)

    return {(cause(a), made.get(b, b), event) for a, b, event in edges}


def test_real_runs_record_what_was_simulated_edge_by_edge(replayed: dict) -> None:
    made = replayed["made"]
    assert replayed["problems"] == []
    simulated = plain(replayed["simulated"], made)
    assert len(made) == 5
    assert len(simulated) == 5
    assert plain(replayed["recorded"], made) == simulated


def test_what_runs_record_of_their_declarations_is_what_their_files_declare(replayed: dict) -> None:
    by_files, by_runs = replayed["listens"]
    assert by_files == by_runs
    assert replayed["resets"][0] == replayed["resets"][1]
    assert replayed["durations"] == [1] * 5


def test_events_and_parameters_reach_the_real_runs(replayed: dict, store: Store) -> None:
    assert {"table": "orders"} in replayed["payloads"]
    made = replayed["made"]
    code = (
        "import json\nfrom metaflow import Run, namespace\nnamespace(None)\n"
        + "print(json.dumps({}))".format(
            f"[Run('{made['TablesFlow/sim-1']}').data.table, Run('{made['TrainFlow/sim-1']}').data.model]"
        )
    )
    assert store.client(code) == ["orders", 6]  # 0 + 1 + 2 + 3 of the four rows


def test_a_past_cascade_is_made_again_and_tagged(replayed: dict, store: Store) -> None:
    first = replayed["made"]
    run = first["ExtractFlow/sim-1"]
    again = store.client(AGAIN.format(run=run))
    made = again["made"]
    assert sorted(key.split("/")[0] for key in made) == ["ScoreFlow", "TrainFlow", "WatchFlow"]
    assert again["tags"] == {key: [f"replay_of:{key}"] for key in made}
    train, score = first["TrainFlow/sim-1"], first["ScoreFlow/sim-1"]
    into = {(a, b) for a, b, _ in plain(again["recorded"], {})}
    assert (run, made[train]) in into  # the run itself is not made again
    assert (made[train], made[score]) in into
    assert (first["TablesFlow/sim-1"], made[score]) in into  # not downstream: the old one


INTERRUPTED = f"""
from lineage.flow_map import FlowMap, declare
from lineage import replay
from lineage import simulate

flows = FlowMap.of([declare("SlowFlow"), declare("AfterFlow", on_finish=["SlowFlow"])])
sim = simulate(flows, [{{{{"name": "SlowFlow", "payload": {{{{"marker": "{{marker}}"}}}}}}}}])
replay(sim, files="{FLOWS}")
"""


def test_an_interrupt_leaves_no_process_running(tmp_path: Path, new_store: Callable[[str], Store]) -> None:
    store = new_store("interrupted")
    marker = tmp_path / "marker"
    with subprocess.Popen(
        [store.python, "-c", INTERRUPTED.format(marker=marker)],
        cwd=tmp_path,
        env=store.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as session:
        try:
            until(marker.exists, 60)  # the step itself runs now
            assert processes_of(marker)
            os.kill(session.pid, signal.SIGINT)
            output, _ = session.communicate(timeout=30)
        finally:
            session.kill()
    assert "KeyboardInterrupt" in output
    assert not processes_of(marker)


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def processes_of(marker: Path) -> list[str]:
    """Command lines of the flow's processes: the run has the marker in its own, its tasks name the flow."""
    # -ww: whole lines, whatever COLUMNS says
    listed = subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if "slow.py" in line and str(FLOWS) in line]
