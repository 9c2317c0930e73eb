"""Where declarations come from: files, deployments on Argo Workflows, past runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from lineage.errors import ArtifactUnavailable, InvalidArgument, SourceDenied, SourceUnreachable
from lineage.flow_map import Clock, FlowMap, flow_graph
from lineage.flow_map.deployments import ArgoDeployments, from_deployments
from lineage.flow_map.flow_files import from_files
from lineage.flow_map.past_runs import from_runs
from lineage.records.model import RunRecord, TriggerEvent
from lineage.sources import MemorySource

pytestmark = pytest.mark.slow  # each starts the process that reads flow files

FLOWS = Path(__file__).parent.parent / "flows" / "cascade"

# files


@pytest.fixture(scope="module")
def from_folder() -> FlowMap:
    """All flow files of these tests, read once."""
    return flow_graph(files=FLOWS)


def test_files_are_read_and_nothing_of_them_runs(from_folder: FlowMap) -> None:
    assert not from_folder.problems
    score = from_folder["ScoreFlow"]
    assert [w.event for w in score.listens] == ["metaflow.TrainFlow.end", "metaflow.TablesFlow.end"]
    assert score.reset_at == Clock("0 3 * * *", "Europe/Berlin")
    assert score.file == str(FLOWS / "score.py")
    assert score.declared_by == f"file {FLOWS / 'score.py'}"
    assert from_folder["TrainFlow"].end_step == "finish"
    assert from_folder["TablesFlow"].listens[0].required == {"table"}
    assert from_folder["ExtractFlow"].steps == ("start", "load", "end")
    assert from_folder.read_at is not None


TRICKY = """
from metaflow import FlowSpec, namespaced_event_name, project, step, trigger
from metaflow.integrations import ArgoEvent

print("a file may print")

class Base(FlowSpec):
    pass

@trigger(event=namespaced_event_name("first"))
@project(name="shop")
class OneFlow(Base):
    @step
    def start(self):
        ArgoEvent(name="second").publish()
        self.next(self.end)

    @step
    def end(self):
        pass

@project(name="shop", production=True)
@trigger(events=lambda context: ["a." + context.flow_name, {"name": "b", "parameters": {}}])
class TwoFlow(OneFlow):
    pass
"""


def test_functions_for_names_are_called_as_deployment_does(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("METAFLOW_USER", "ann")
    single = TRICKY[: TRICKY.index('@project(name="shop", production')]
    (tmp_path / "one.py").write_text(single)
    two = TRICKY.replace('@trigger(event=namespaced_event_name("first"))\n@project(name="shop")\n', "")
    (tmp_path / "two.py").write_text(
        two.replace("class OneFlow", "class PlainFlow").replace("(OneFlow)", "(PlainFlow)")
    )
    flows = flow_graph(files=tmp_path / "*.py")
    assert not flows.problems
    one = flows["shop.user.ann.OneFlow"]
    assert [w.event for w in one.listens] == ["mfns.shop.user.ann.first"]
    assert "--production" in (one.listens[0].assumed or "")  # the branch depends on how it is deployed
    assert one.publishes == ("second",)
    assert flows.graph.edges["shop.user.ann.OneFlow", "event:second"]["assumed"]
    prod = flows["shop.prod.TwoFlow"]
    assert [(w.event, w.assumed) for w in prod.listens] == [("a.TwoFlow", None), ("b", None)]


def test_a_file_that_cannot_be_read_is_named_with_the_reason_and_the_rest_is_mapped(tmp_path: Path) -> None:
    (tmp_path / "a_syntax.py").write_text("def broken(:\n")
    (tmp_path / "b_import.py").write_text("import os\nimport no_such_package\n")
    (tmp_path / "c_exit.py").write_text("import os\nos._exit(3)\n")
    (tmp_path / "d_slow.py").write_text("import time\ntime.sleep(60)\n")
    (tmp_path / "e_none.py").write_text("x = 1\n")
    (tmp_path / "f_good.py").write_text((FLOWS / "extract.py").read_text())
    found, problems = from_files(tmp_path, seconds=2)
    assert [one.flow for one in found] == ["ExtractFlow"]
    told = {Path(p.pathspec).name: p.reason for p in problems}
    assert told["a_syntax.py"].startswith("could not be read: SyntaxError")
    assert "ModuleNotFoundError, line 2: No module named 'no_such_package'" in told["b_import.py"]
    assert "ended the process" in told["c_exit.py"]
    assert "more than 2 s" in told["d_slow.py"]
    assert "e_none.py" not in told  # a helper module beside flows
    assert [p.reason for p in from_files(tmp_path / "e_none.py")[1]] == ["has no flow in it"]


def test_a_pattern_that_matches_nothing_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"no flow file 'nowhere/\*.py'"):
        flow_graph(files="nowhere/*.py")
    with pytest.raises(InvalidArgument, match="files is a path"):
        flow_graph(files=[3])


# deployments


class Recorded:
    """The cluster's answer, recorded: the annotations and sensors that Metaflow 2.19.39 makes."""

    def __init__(self, sensors: bool = True) -> None:
        answer = json.loads((Path(__file__).parent / "recorded" / "argo_deployments.json").read_text())
        self._templates: list[Mapping[str, Any]] = answer["templates"]
        self._sensors: list[Mapping[str, Any]] = answer["sensors"] if sensors else []

    def templates(self) -> list[Mapping[str, Any]]:
        foreign = {"metadata": {"name": "not-ours", "annotations": {}}}
        broken = {
            "metadata": {
                "name": "broken",
                "annotations": {"metaflow/flow_name": "BrokenFlow"} | {"metaflow/triggers": "{"},
            }
        }
        return [*self._templates, foreign, broken]

    def sensors(self) -> list[Mapping[str, Any]]:
        return self._sensors


def test_what_is_deployed_is_read_from_annotations_and_sensors(from_folder: FlowMap) -> None:
    flows = flow_graph(deployments=Recorded())
    assert list(flows) == ["ExtractFlow", "ScoreFlow", "TablesFlow", "shop.prod.TrainFlow"]
    for name in ("ExtractFlow", "ScoreFlow", "TablesFlow"):
        deployed, declared = flows[name], from_folder[name]
        assert [(w.event, w.kind, w.parameters, w.required) for w in deployed.listens] == [
            (w.event, w.kind, w.parameters, w.required) for w in declared.listens
        ]
        assert deployed.reset_at == declared.reset_at
    train = flows["TrainFlow"]
    assert (train.project, train.branch) == ("shop", "prod")
    assert [w.event for w in train.listens] == ["metaflow.shop.prod.ExtractFlow.end"]
    assert train.declared_by == "Argo workflow template shop.prod.trainflow"
    assert [p.pathspec for p in flows.problems] == ["broken"]


def test_a_clock_that_argo_does_not_take_is_said_of_deployments_too() -> None:
    class Bad(Recorded):
        def templates(self) -> list[Mapping[str, Any]]:
            found = json.loads(json.dumps(super().templates()))
            for template in found:
                template["metadata"]["annotations"]["metaflow/cron"] = '{"schedule": "0 9 * * 7", "tz": null}'
            return list(found)

        def sensors(self) -> list[Mapping[str, Any]]:
            text = json.dumps(super().sensors())
            return list(json.loads(text.replace("Europe/Berlin", "Europe/Nowhere")))

    found, _ = from_deployments(Bad())
    score = next(one for one in found if one.flow == "ScoreFlow")
    assert (score.schedule, score.reset_at) == (None, None)
    assert "the day of week 7 is not within 0 to 6" in "; ".join(score.refused)
    assert "'Europe/Nowhere' is not known" in "; ".join(score.refused)


def test_without_sensors_the_rest_is_assumed_and_says_so() -> None:
    found, _ = from_deployments(Recorded(sensors=False))
    tables = next(one for one in found if one.flow == "TablesFlow")
    assert "sensor was not read" in (tables.listens[0].assumed or "")
    assert tables.listens[0].required == {"table"}  # one event alone: the automatic mapping


def test_errors_of_the_cluster_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from metaflow.plugins.argo import argo_client

    class Refused(Exception):
        status = 403

    def client(exc: Exception) -> Any:
        def make(namespace: str) -> Any:
            raise exc

        return make

    monkeypatch.setattr(argo_client, "ArgoClient", client(Refused("forbidden")))
    with pytest.raises(SourceDenied, match="forbidden"):
        flow_graph(deployments="argo-workflows")
    monkeypatch.setattr(argo_client, "ArgoClient", client(ConnectionError("no route")))
    with pytest.raises(SourceUnreachable, match="no route"):
        list(ArgoDeployments().templates())


# past runs

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def run(flow: str, number: int, seconds: float, status: str = "completed", **facts: Any) -> RunRecord:
    at = NOON + timedelta(hours=number)
    return RunRecord(flow, str(number), status, at, at + timedelta(seconds=seconds), **facts)


INFO = {"decorators": [{"name": "trigger_on_finish", "attributes": {"flow": "ETLFlow", "flows": []}}]}


def read_info(pathspec: str) -> Mapping[str, Any]:
    if pathspec.startswith("LostFlow"):
        raise ArtifactUnavailable("its datastore is gone")
    return INFO if pathspec.startswith("TrainFlow") else {}


SOURCE = MemorySource(
    [
        run("ETLFlow", 1, 10),
        run("ETLFlow", 2, 30),
        run("ETLFlow", 3, 5, "failed"),
        run("TrainFlow", 4, 60, system_tags=("project:shop", "project_branch:prod")),
        run(
            "LostFlow",
            5,
            1,
            triggers=(
                TriggerEvent("metaflow.ETLFlow.end", "ETLFlow/1/end/4", NOON, "run"),
                TriggerEvent("first", "e-1", NOON, "event"),
            ),
        ),
    ]
)


def test_the_latest_run_of_each_flow_tells_what_it_declares() -> None:
    found, problems = from_runs(SOURCE, read_info=read_info)
    flows = FlowMap.of(found, problems)
    assert flows["TrainFlow"].key == "shop.prod.TrainFlow"
    assert flows["TrainFlow"].listens[0].event == "metaflow.shop.prod.ETLFlow.end"
    assert flows["TrainFlow"].declared_by == "run TrainFlow/4"
    assert flows["ETLFlow"].durations == (30, 10)  # of completed runs
    assert flows["ETLFlow"].failure_rate == pytest.approx(1 / 3)


def test_where_the_declaration_is_lost_what_happened_stands_for_it_and_says_so() -> None:
    found, problems = from_runs(SOURCE, read_info=read_info)
    lost = FlowMap.of(found)["LostFlow"]
    assert [(w.event, w.kind) for w in lost.listens] == [("metaflow.ETLFlow.end", "run"), ("first", "event")]
    assert all("not known" in (w.assumed or "") for w in lost.listens)
    assert [str(p) for p in problems] == ["LostFlow/5: its declaration cannot be read: its datastore is gone"]


def test_without_history_only_the_latest_run_counts() -> None:
    found, _ = from_runs(SOURCE, history=False, read_info=read_info)
    assert {one.flow: one.durations for one in found} == {
        "ETLFlow": (),
        "LostFlow": (1,),
        "TrainFlow": (60,),
    }


def test_bad_arguments_fail_at_the_door() -> None:
    with pytest.raises(InvalidArgument, match="argo-workflows"):
        flow_graph(deployments="airflow")
    with pytest.raises(InvalidArgument, match="history"):
        flow_graph(SOURCE, history="yes")
