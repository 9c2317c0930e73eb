"""Which steps past runs took, and how long they lasted, for flows that are read from files."""

from __future__ import annotations

from pathlib import Path

import metaflow
import pytest

from lineage import simulate
from lineage.flow_map import FlowMap, flow_graph
from tests.flow_map.writing import FLOWS
from tests.support.store import Store

pytestmark = pytest.mark.slow  # real runs

FILES = [FLOWS / "switching.py", FLOWS / "switch_listener.py"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("switches"))
    for turns in ("1", "2", "4"):
        done = store.flow(FILES[0], "--turns", turns)
        assert done.returncode == 0, done.output
    return store


@pytest.fixture
def flows(store: Store, monkeypatch: pytest.MonkeyPatch) -> FlowMap:
    before = metaflow.metadata(f"local@{store.root}")
    monkeypatch.setenv("METAFLOW_DATASTORE_SYSROOT_LOCAL", str(store.root))
    try:
        return flow_graph(files=FILES)
    finally:
        metaflow.metadata(before)


def test_a_file_has_the_durations_and_the_paths_of_its_past_runs(flows: FlowMap) -> None:
    declared = flows["SwitchingFlow"]
    assert declared.declared_by.startswith("file ")
    assert len(declared.durations) == 3
    assert all(seconds > 0.5 for seconds in declared.durations)
    assert declared.failure_rate == 0
    assert [path.get("b", 0) for path in declared.paths] == [0, 0, 0]
    assert sorted(path["again"] for path in declared.paths) == [1, 2, 4]
    assert flows.problems == ()


def test_a_branch_that_no_run_took_is_told_as_uncertain(flows: FlowMap) -> None:
    why = simulate(flows, "SwitchingFlow").why["BranchFlow"]
    assert why == "does not fire: step b of SwitchingFlow is not taken (taken in 0 of 3 runs)"


def test_without_history_no_store_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("lineage.flow_map.past_runs.open_source", lambda _: pytest.fail("was opened"))
    flows = flow_graph(files=FILES, history=False)
    assert flows["SwitchingFlow"].durations == ()
    assert flows["SwitchingFlow"].possible_paths == ({"a": 1, "again": 1}, {"b": 1, "again": 1})
