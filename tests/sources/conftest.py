from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import metaflow
import pytest

from lineage.sources import ClientSource, LocalSource, MemorySource, Source
from tests.support.planted import write_local
from tests.support.planted_lineages import small_lineage


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local store with the small lineage in it; tests must not write to it."""
    return write_local(small_lineage(), tmp_path_factory.mktemp("small"))


@pytest.fixture
def metadata() -> Iterator[Callable[[str], str]]:
    """`metaflow.metadata`, undone at the end of the test."""
    yield metaflow.metadata
    metaflow.default_metadata()


@pytest.fixture(params=["local", "memory", "client"])
def any_source(request: pytest.FixtureRequest, metadata: Callable[[str], str]) -> Source:
    """Each kind of source in turn, over the small lineage."""
    if request.param == "memory":
        return MemorySource([run.record for run in small_lineage()])
    store = request.getfixturevalue("small_store")
    if request.param == "client":
        metadata(f"local@{store}")
        return ClientSource()
    return LocalSource(store)
