"""Servers and connections that fail at random places: the answer is right, or says that it may not be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from lineage import Lineage, trace
from lineage.errors import LineageError
from lineage.sources import Source
from lineage.sources.postgres.source import PostgresSource
from lineage.sources.service.patience import Limits
from lineage.sources.service.source import ServiceSource
from tests.support.cutting_proxy import CuttingProxy
from tests.support.metadata_server import Fault, MetadataServer
from tests.support.planted_lineages import small_lineage
from tests.support.postgres import PASSWORD, PostgresServer
from tests.support.seeds import seeds

# psycopg cannot close a server's cursor on a connection that was cut, and says so when it is collected
pytestmark = pytest.mark.filterwarnings(r"ignore:<psycopg\.ServerCursor:ResourceWarning")
QUICK = Limits(attempts=3, pause=0.01, timeout=0.2, deadline=10)
PATIENT = Limits()  # for a server that is well, on a machine that may be busy
RUN = "ETLFlow/1"
Facts: TypeAlias = tuple[object, ...]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def facts(lineage: Lineage) -> Facts:
    return dict(lineage.graph.nodes), sorted(lineage.graph.edges(data="kinds")), lineage.problems


def everything(source: Source) -> Lineage:
    return trace(RUN, downstream=None, source=source)


def check_while_broken(source: Source, right: Lineage) -> bool:
    """Ask, and hold that the answer is right unless it says otherwise; returns whether it was right."""
    try:
        lineage = everything(source)
    except LineageError:
        return False
    if facts(lineage) == facts(right):
        return True
    assert set(lineage.problems) - set(right.problems), "a wrong answer without a word"
    assert set(lineage.graph) <= set(right.graph)
    return False


def kinds_of_fault(target: str, chance: random.Random) -> Fault:
    times = chance.choice([1, 2, 10**9])
    return chance.choice(
        [
            Fault(target, times, status=chance.choice([400, 403, 429, 500, 503])),
            Fault(
                target,
                times,
                body=chance.choice([b"", b"[", b"{}", b"null", b"<html>", b"[{}]", b'[["\xff"]]']),
            ),
            Fault(target, times, cut=True),
            Fault(target, 1, hang=True),
        ]
    )


def test_a_service_that_fails_at_random_requests_makes_no_answer_wrong() -> None:
    with MetadataServer(small_lineage()) as server:
        right = everything(ServiceSource(server.url, {}, PATIENT))
        targets = sorted({target.split("?")[0] for target in server.log})
    ended_right = 0
    for seed in seeds(20):
        chance = random.Random(f"faults/{seed}")
        with MetadataServer(small_lineage()) as server:
            server.faults += [
                kinds_of_fault(chance.choice(targets), chance) for _ in range(chance.randint(1, 3))
            ]
            source = ServiceSource(server.url, {}, QUICK)
            ended_right += check_while_broken(source, right)
            server.faults.clear()
            again = everything(ServiceSource(server.url, {}, PATIENT))
            assert facts(again) == facts(right), f"seed {seed}"
    assert 0 < ended_right < len(seeds(20))


def source_through(kind: str, port: int, limits: Limits = PATIENT) -> Source:
    """A source that asks through a port of this machine."""
    if kind == "service":
        return ServiceSource(f"http://127.0.0.1:{port}", {}, limits)
    return PostgresSource(f"postgresql://owner:{PASSWORD}@127.0.0.1:{port}/cut")


@pytest.fixture(params=["service", pytest.param("postgres", marks=pytest.mark.postgres)])
def cut(request: pytest.FixtureRequest) -> Iterator[tuple[str, CuttingProxy]]:
    """A kind of source, and a connection to its server that can be cut."""
    if request.param == "service":
        with MetadataServer(small_lineage()) as server, CuttingProxy(server.port) as proxy:
            yield request.param, proxy
        return
    database = request.getfixturevalue("postgres")
    database.create("cut", small_lineage())
    with CuttingProxy(database.port) as proxy:
        yield request.param, proxy


def test_a_connection_that_is_cut_at_a_random_byte_makes_no_answer_wrong_and_loses_nothing(
    cut: tuple[str, CuttingProxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, proxy = cut
    right = everything(source_through(kind, proxy.port))
    whole, ended_right = proxy.passed, 0
    for seed in seeds(12):
        chance = random.Random(f"cut/{seed}")
        monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path / str(seed)))
        proxy.cut_after(chance.randrange(whole), for_good=chance.random() < 0.5)
        ended_right += check_while_broken(source_through(kind, proxy.port, QUICK), right)
        proxy.heal()
        assert facts(everything(source_through(kind, proxy.port))) == facts(right), f"seed {seed}"
    assert ended_right < len(seeds(12))
