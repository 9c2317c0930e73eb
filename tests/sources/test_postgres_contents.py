"""Content hashes from the database of a metadata service: the same as the service gives."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

import lineage
from lineage.records.contents import RunContents
from lineage.sources.postgres.source import PostgresSource
from lineage.sources.service.source import ServiceSource
from tests.sources.test_service_contents import QUICK, planted
from tests.support.metadata_server import MetadataServer
from tests.support.planted import PlantedRun, plant
from tests.support.planted_lineages import by_run, finished_run
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.postgres
RUNS = {"FitFlow/1": "end", "FitFlow/2": "end", "FitFlow/argo-fitflow-x7k2p": "end", "FitFlow/77": "end"}


def on_argo() -> PlantedRun:
    run = planted("3", model="m3")
    return replace(run, record=replace(run.record, run_id="argo-fitflow-x7k2p"))


@pytest.fixture(scope="module")
def address(postgres: PostgresServer) -> str:
    """A completed run, a failed one, one on Argo."""
    return postgres.create(
        "contents", [planted("1", model="m1"), planted("2", "failed", model="m2"), on_argo()]
    )


def test_they_are_what_the_service_tells(address: str) -> None:
    runs = [planted("1", model="m1"), planted("2", "failed", model="m2"), on_argo()]
    with MetadataServer(runs) as server:
        told = ServiceSource(server.url, {}, QUICK).contents(RUNS)
    known = PostgresSource(address).contents(RUNS)
    assert known == told
    assert known["FitFlow/2"].artifacts == {"model": "m2"}
    assert known["FitFlow/argo-fitflow-x7k2p"].code["script"] == "x"


def test_the_last_attempt_of_a_task_counts(postgres: PostgresServer) -> None:
    address = postgres.create("attempts", [planted("1", model="first")])
    with psycopg.connect(address) as connection:
        connection.execute(
            "INSERT INTO artifact_v3 SELECT flow_id, run_number, step_name, task_id, name, location, "
            "ds_type, 'second', type, content_type, user_name, 1, ts_epoch FROM artifact_v3 "
            "WHERE step_name = 'end' AND name = 'model'"
        )
    (known,) = PostgresSource(address).contents({"FitFlow/1": "end"}).values()
    assert known.artifacts == {"model": "second"}


def test_a_name_that_no_run_can_have_is_unread(address: str) -> None:
    known = PostgresSource(address).contents({"FitFlow/a/b": "end", "FitFlow/1": "end"})
    assert known["FitFlow/a/b"].unread
    assert known["FitFlow/1"].artifacts == {"model": "m1"}
    assert PostgresSource(address).contents({"nothing": "end"})["nothing"].unread


def test_a_run_without_artifacts_has_no_contents(address: str) -> None:
    assert PostgresSource(address).contents({"FitFlow/77": "end"}) == {"FitFlow/77": RunContents()}


def test_two_runs_are_compared_without_metaflows_client(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lineage.comparing.contents.recorded_run", None)  # the way to the client
    load = plant(finished_run("LoadFlow", "1", 0))
    fits = [planted("2", model="m2"), planted("3", model="m3")]
    fits = [replace(fit, record=replace(fit.record, triggers=(by_run("LoadFlow/1", 1),))) for fit in fits]
    fits = [replace(plant(fit.record), artifacts=fit.artifacts) for fit in fits]
    address = postgres.create("compared", [load, *fits])
    found = lineage.diff("FitFlow/2", "FitFlow/3", source=address, parameters=False)
    assert [str(change) for place in found.changed for change in place.changes] == ["model: other content"]


def test_an_account_that_may_not_read_artifacts_is_told_so(postgres: PostgresServer, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE ROLE narrow LOGIN PASSWORD 'narrow'")
        connection.execute("GRANT SELECT ON flows_v3, runs_v3, metadata_v3 TO narrow")
    source = PostgresSource(postgres.url("contents", "narrow", "narrow"))
    assert "FitFlow/1" in source.read(["FitFlow/1"])
    (known,) = source.contents({"FitFlow/1": "end"}).values()
    assert "permission denied for table artifact_v3" in str(known.unread)
