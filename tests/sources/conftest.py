from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineage.sources import ClientSource, LocalSource, MemorySource, Source
from lineage.sources.postgres.source import PostgresSource
from lineage.sources.service.source import ServiceSource
from tests.support.metadata_server import MetadataServer
from tests.support.planted import write_local
from tests.support.planted_lineages import small_lineage
from tests.support.postgres import PostgresServer

SERVERS = {  # what servers of different age can do
    "service": {},
    "service without run-level metadata": {"run_level": False},
    "service without pages": {"paging": False},
    "service with small pages": {"largest_page": 2},
}


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local store with the small lineage in it; tests must not write to it."""
    return write_local(small_lineage(), tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that the tests share."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def small_database(postgres: PostgresServer) -> str:
    """Address of a database with the small lineage in it; tests must not write to it."""
    return postgres.create("small", small_lineage())


@pytest.fixture(
    params=["local", "memory", "client", pytest.param("postgres", marks=pytest.mark.postgres), *SERVERS]
)
def any_source(request: pytest.FixtureRequest, metadata: Callable[[str], str]) -> Iterator[Source]:
    """Each kind of source in turn, over the small lineage."""
    if request.param in SERVERS:
        with MetadataServer(small_lineage(), **SERVERS[request.param]) as server:
            yield ServiceSource(server.url.replace("//", "//ann:secret@"))
        return
    if request.param == "postgres":
        yield PostgresSource(request.getfixturevalue("small_database"))
        return
    if request.param == "memory":
        yield MemorySource([run.record for run in small_lineage()])
        return
    store = request.getfixturevalue("small_store")
    if request.param == "client":
        metadata(f"local@{store}")
        yield ClientSource()
    else:
        yield LocalSource(store)
