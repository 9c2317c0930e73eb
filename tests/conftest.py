from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# no example fails for its time: another program may have the processor; pytest-timeout ends what hangs
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

# Metaflow reads its settings when it is imported: nothing of this machine's may reach the tests
for name in [name for name in os.environ if name.startswith("METAFLOW_")]:
    del os.environ[name]
os.environ["METAFLOW_HOME"] = os.devnull
os.environ["METAFLOW_USER"] = "somebody else"

import metaflow

from lineage.demo import Demo, make_runs
from tests.needs import mark
from tests.support.cards import Made, made_in
from tests.support.store import Store


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark(items)


@pytest.fixture(scope="session", autouse=True)
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Catalogs of the tests go to a folder of their own, also those of processes that tests start."""
    os.environ["LINEAGE_CACHE"] = str(tmp_path_factory.mktemp("catalogs"))


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Give SIGINT its default back, for the processes that tests start and interrupt.

    A shell starts a background job with SIGINT ignored, and a process hands that down to all it starts. A
    signal that is handled, in contrast, is back at its default in a new program.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def metadata() -> Iterator[Callable[[str], str]]:
    """`metaflow.metadata`, undone at the end of the test."""
    yield metaflow.metadata
    metaflow.default_metadata()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty Metaflow store."""
    return Store(tmp_path)


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Store]:
    """Makes a store that the tests of one module share."""
    return lambda name: Store(tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, dict[str, str]]:
    """The demo's store with its real runs, the same for all workers: do not change it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    store = Demo(folder / "demo")
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second finds the runs that the first has made
        return store, make_runs(store.root, say=print)


@pytest.fixture(scope="session")
def with_cards(new_store: Callable[[str], Store]) -> Made:
    """Real runs with cards on: do not change them."""
    return made_in(new_store("cards"))


@pytest.fixture
def demo_runs(demo: tuple[Demo, dict[str, str]]) -> Iterator[dict[str, str]]:
    """The demo's runs by their name in the story; Metaflow's client in this process reads them."""
    store, runs = demo
    metaflow.metadata(f"local@{store.root}")
    yield runs
    metaflow.default_metadata()
