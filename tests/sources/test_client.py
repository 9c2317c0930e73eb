"""The client source on real runs of every outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import metaflow
import pytest

from lineage import trace
from lineage.errors import InvalidArgument
from lineage.sources import ClientSource, LocalSource
from tests.support.store import Store

FLOW = '''
import os
from metaflow import FlowSpec, step, retry

class OutcomeFlow(FlowSpec):
    """Ends as OUTCOME says."""

    @step
    def start(self):
        self.next(self.middle)

    @retry(times=1, minutes_between_retries=0)
    @step
    def middle(self):
        from metaflow import current
        outcome = os.environ["OUTCOME"]
        if outcome == "fail" or (outcome == "retry" and current.retry_count == 0):
            raise ValueError("as asked")
        if outcome == "kill":
            os.kill(os.getppid(), 9)
            os.kill(os.getpid(), 9)
        self.next(self.end)

    @step
    def end(self):
        if os.environ["OUTCOME"] == "fail at the end":
            raise ValueError("as asked")

if __name__ == "__main__":
    OutcomeFlow()
'''


@dataclass
class Outcomes:
    store: Store
    runs: dict[str, str]


@pytest.fixture(scope="module")
def outcomes(new_store) -> Outcomes:
    store = new_store("outcomes")
    file = store.root / "outcomeflow.py"
    file.write_text(FLOW)
    runs = {}
    for outcome in ("well", "fail", "fail at the end", "retry", "kill"):
        done = store.flow(file, "--tag", f"asked:{outcome}", env={"OUTCOME": outcome})
        runs[outcome] = done.pathspec or f"OutcomeFlow/{newest(store)}"
    return Outcomes(store, runs)


def newest(store: Store) -> str:
    return max(p.name for p in (store.metaflow_dir / "OutcomeFlow").iterdir() if p.name.isdigit())


@pytest.fixture
def source(outcomes: Outcomes) -> Iterator[ClientSource]:
    metaflow.metadata(f"local@{outcomes.store.root}")
    yield ClientSource()
    metaflow.default_metadata()


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("well", "completed"),
        ("retry", "completed"),
        ("fail", "failed"),
        ("fail at the end", "failed"),
        ("kill", "running"),  # nothing tells a killed run from a running one, until it was silent for a day
    ],
)
def test_the_status_is_what_happened(
    outcomes: Outcomes, source: ClientSource, outcome: str, status: str
) -> None:
    pathspec = outcomes.runs[outcome]
    record = source.read([pathspec])[pathspec]
    assert record.status == status
    assert (record.finished_at is not None) == (status in ("completed", "failed"))
    assert record.user == "ann"
    assert record.tags == (f"asked:{outcome}",)
    if record.finished_at and record.created_at:
        assert 0 < (record.finished_at - record.created_at).total_seconds() < 120


def test_the_times_agree_with_the_client(outcomes: Outcomes, source: ClientSource) -> None:
    pathspec = outcomes.runs["well"]
    run = metaflow.Run(pathspec, _namespace_check=False)
    record = source.read([pathspec])[pathspec]
    # the local provider makes the id a moment before the object
    assert 0 <= run.created_at.timestamp() - record.created_at.timestamp() < 0.5
    assert abs(record.finished_at.timestamp() - run.finished_at.timestamp()) < 0.5


def test_runs_of_other_namespaces_are_read(outcomes: Outcomes, source: ClientSource) -> None:
    assert metaflow.get_namespace() == "user:somebody else"
    assert source.flows() == ["OutcomeFlow"]
    assert source.latest("OutcomeFlow") == outcomes.runs["kill"]
    assert sorted(record.pathspec for record in source.scan()) == sorted(outcomes.runs.values())


def test_a_tag_makes_no_run_the_latest(outcomes: Outcomes, source: ClientSource) -> None:
    first, last = metaflow.Run(outcomes.runs["well"], _namespace_check=False), outcomes.runs["kill"]
    began = source.read([first.pathspec])[first.pathspec].created_at
    first.add_tag("later")
    try:
        assert source.latest("OutcomeFlow") == LocalSource(outcomes.store.root).latest("OutcomeFlow") == last
        assert source.latest("OutcomeFlow", began) == first.pathspec
        assert source.read([first.pathspec])[first.pathspec].created_at == began
    finally:
        first.remove_tag("later")


def test_a_task_is_no_run_but_has_one(outcomes: Outcomes, source: ClientSource) -> None:
    run = metaflow.Run(outcomes.runs["well"], _namespace_check=False)
    with pytest.raises(InvalidArgument, match=f"not Task.*; its run is '{run.pathspec}'"):
        trace(run.end_task)
    with pytest.raises(InvalidArgument, match=f"not Step.*; its run is '{run.pathspec}'"):
        trace(run["end"])


def test_what_does_not_exist_is_left_out(source: ClientSource) -> None:
    assert source.read(["OutcomeFlow/1", "NoFlow/1", "OutcomeFlow/nope"]) == {}
    assert source.latest("NoFlow") is None


def test_a_broken_file_is_a_record_with_a_problem_and_the_rest_is_there(
    outcomes: Outcomes, source: ClientSource
) -> None:
    pathspec = outcomes.runs["well"]
    file = outcomes.store.metaflow_dir / pathspec / "_meta/_self.json"
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    try:
        record = source.read([pathspec, outcomes.runs["fail"]])[pathspec]
        assert record.status == "unknown"
        assert "cannot be read" in record.problems[0]
        assert trace(pathspec).problems[0].pathspec == pathspec
        scanned = {record.pathspec: record.status for record in source.scan()}
        assert sorted(scanned) == sorted(outcomes.runs.values())
        assert (scanned[pathspec], scanned[outcomes.runs["fail"]]) == ("unknown", "failed")
    finally:
        file.write_text(whole)


def test_its_label_names_the_place_without_a_password(
    outcomes: Outcomes, source: ClientSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert source.label == f"local store at {outcomes.store.root}"
    monkeypatch.setattr(
        "lineage.sources.client.get_metadata", lambda: "service@https://u:secret@host:80/x?t=1"
    )
    assert source.label == "Metaflow service at https://host:80/x"
