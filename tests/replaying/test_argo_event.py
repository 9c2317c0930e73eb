"""A replay that only publishes the first event, to an address over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import metaflow.metaflow_config
import pytest

from lineage import replay, simulate
from lineage.errors import ReplayError
from lineage.flow_map import FlowMap, declare
from lineage.records.model import RunRecord
from lineage.replaying.argo import event as argo_event
from lineage.replaying.engines import configured_engines
from lineage.sources import MemorySource
from metaflow_extensions.lineage.plugins.metadata.causes import TriggerEntry
from tests.support.receiver import Receiver, Reply

FLOWS = FlowMap.of([declare("DataFlow", on=["first", "second"]), declare("StatsFlow")])
pytestmark = pytest.mark.filterwarnings("ignore:every deployed flow that listens:UserWarning")


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with Receiver() as receiver:
        monkeypatch.setattr(metaflow.metaflow_config, "ARGO_EVENTS_WEBHOOK_URL", receiver.url)
        yield receiver


def test_the_first_event_of_a_simulation_is_published_with_its_payload(receiver: Receiver) -> None:
    sim = simulate(FLOWS, [{"name": "first", "payload": {"x": 1}}, {"name": "second"}])
    replay(sim, on="argo-events", dry_run=True)
    assert receiver.received == []
    done = replay(sim, on="argo-events")
    assert done.runs == {}
    (request,) = receiver.received
    assert request.body["name"] == request.body["payload"]["name"] == "first"
    assert request.body["payload"]["x"] == 1


def test_the_end_of_a_run_is_published_as_its_task_does(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = TriggerEntry("metaflow.DataFlow.end", "DataFlow/7/done/9", 7, "run")
    monkeypatch.setattr(argo_event, "run_entries", lambda run: [end])
    tags = ("project:shop", "project_branch:prod")
    record = RunRecord("DataFlow", "7", "completed", system_tags=tags)
    replay("DataFlow/7", on="argo-events", source=MemorySource([record]))
    (request,) = receiver.received
    payload = request.body["payload"]
    assert request.body["name"] == "metaflow.shop.prod.DataFlow.end"
    assert (payload["id"], payload["run_id"], payload["task_id"]) == ("DataFlow/7/done/9", "7", "9")
    assert payload["auto-generated-by-metaflow"] == "True"  # sensors compare text
    assert (payload["project_name"], payload["branch_name"]) == ("shop", "prod")


def test_what_cannot_be_published_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sim = simulate(FLOWS, [{"name": "first"}, {"name": "second"}])
    with pytest.raises(ReplayError, match="METAFLOW_ARGO_EVENTS_WEBHOOK_URL is not set"):
        replay(sim, on="argo-events")
    with pytest.raises(ReplayError, match="begins with a run of StatsFlow, which no event starts"):
        replay(simulate(FLOWS, "StatsFlow"), on="argo-events")
    with Receiver(Reply(status=403)) as receiver:
        monkeypatch.setattr(metaflow.metaflow_config, "ARGO_EVENTS_WEBHOOK_URL", receiver.url)
        with pytest.raises(ReplayError, match=r"first was not published: .*403"):
            replay(sim, on="argo-events")


def test_the_engines_that_are_configured_are_offered(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert configured_engines() == ["local", "argo-events"]
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert configured_engines() == ["local", "argo-workflows", "argo-events"]
