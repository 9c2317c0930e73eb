"""Content hashes from a metadata service: the same as Metaflow's client reads, for two requests a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import metaflow
import pytest

import lineage
from lineage.client.contents import client_contents
from lineage.errors import SourceDenied
from lineage.records.contents import RunContents
from lineage.sources.service.patience import Limits
from lineage.sources.service.source import ServiceSource
from tests.support.metadata_server import Fault, MetadataServer
from tests.support.planted import PlantedRun, plant
from tests.support.planted_lineages import by_run, finished_run

GIVEN = {"alpha": "a1", "name": "n", "_graph_info": "g"}
QUICK = Limits(attempts=1, pause=0.01, timeout=2, deadline=10)


def planted(run_id: str, status: str = "completed", **model: str) -> PlantedRun:
    """A run with a parameter; its tasks store what `model` has."""
    run = plant(replace(finished_run("FitFlow", run_id, int(run_id)), status=status))
    steps = dict.fromkeys({task.step for task in run.tasks}, GIVEN | model)
    return replace(run, artifacts=steps | {"_parameters": GIVEN})


@pytest.fixture
def server() -> Iterator[MetadataServer]:
    with MetadataServer([planted("1", model="m1"), planted("2", "failed", model="m2")]) as running:
        metaflow.metadata(f"service@{running.url}")
        yield running
    metaflow.default_metadata()


def contents(server: MetadataServer, run: str = "FitFlow/1") -> RunContents:
    return ServiceSource(server.url, {}, QUICK).contents({run: "end"})[run]


@pytest.mark.parametrize("run", ["FitFlow/1", "FitFlow/2"])
def test_they_are_what_the_client_reads_for_two_requests_a_run(server: MetadataServer, run: str) -> None:
    server.log.clear()
    known = contents(server, run)
    assert len(server.log) == 2
    assert known == client_contents(metaflow.Run(run, _namespace_check=False))
    assert known.parameters == {"alpha": "a1"}
    assert known.artifacts == {"model": f"m{run[-1]}"}
    assert known.code["script"] == "x"


@pytest.mark.parametrize("run", ["FitFlow/1", "FitFlow/2"])
def test_a_server_without_the_route_of_a_run_is_asked_for_two_tasks(server: MetadataServer, run: str) -> None:
    with MetadataServer([planted("1", model="m1"), planted("2", "failed", model="m2")], False) as small:
        assert contents(small, run) == contents(server, run)


def test_a_run_of_many_tasks_is_not_read_whole(server: MetadataServer) -> None:
    known = contents(server)
    server.faults.append(Fault(r"runs/1/artifacts", body=b"[" + b" " * (2 << 20) + b"]"))
    assert contents(server) == known


def test_what_fails_is_said_of_the_run_and_a_refusal_ends_the_comparison(server: MetadataServer) -> None:
    server.faults.append(Fault(r"/artifacts", status=500, body=b"broken"))
    assert "HTTP 500" in str(contents(server).unread)
    server.faults[0] = Fault(r"/artifacts", body=b'[{"name": 7}]')
    assert "a list of objects with sha" in str(contents(server).unread)
    server.faults[0] = Fault(r"/artifacts", status=403)
    with pytest.raises(SourceDenied):
        contents(server)


def test_only_what_differs_is_read_and_once() -> None:
    """Two fits of one load: of the load, which is the same run, nothing is read."""
    load = plant(finished_run("LoadFlow", "1", 0))
    fits = [planted("2", model="m2"), planted("3", model="m3")]
    fits = [replace(fit, record=replace(fit.record, triggers=(by_run("LoadFlow/1", 1),))) for fit in fits]
    fits = [replace(plant(fit.record), artifacts=fit.artifacts) for fit in fits]
    with MetadataServer([load, *fits]) as running:
        source = ServiceSource(running.url, {}, QUICK)
        found = lineage.diff("FitFlow/2", "FitFlow/3", source=source, parameters=False)
        asked = [path for path in running.log if "/artifacts" in path]
        assert running.log.count("/flows/LoadFlow/runs/1/metadata") == 1, "what both come from is read once"
    assert sorted(asked) == ["/flows/FitFlow/runs/2/artifacts", "/flows/FitFlow/runs/3/artifacts"]
    assert [str(change) for place in found.changed for change in place.changes] == ["model: other content"]
