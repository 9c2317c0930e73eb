from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty Metaflow store."""
    return Store(tmp_path)


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Store]:
    """Makes a store that the tests of one module share."""
    return lambda name: Store(tmp_path_factory.mktemp(name))
