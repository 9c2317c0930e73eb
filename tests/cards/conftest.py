from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.cards.reading import FLOWS
from tests.support.store import Store


@dataclass(frozen=True)
class Made:
    """Runs that triggered each other, the last two with cards: do not change them."""

    store: Store
    etl: str  # by bob, another namespace
    training: str
    carded: str


@pytest.fixture(scope="session")
def made(new_store: Callable[[str], Store]) -> Made:
    """Real runs with cards on."""
    store = new_store("cards")
    etl = store.flow("etl", options=["--with", "card:type=lineage"], env={"METAFLOW_USER": "bob"})
    training = store.flow("training", trigger=[str(etl.pathspec)])
    carded = store.flow(FLOWS / "carded.py", trigger=[str(training.pathspec)])
    for done in (etl, training, carded):
        assert done.returncode == 0, done.output
    return Made(store, str(etl.pathspec), str(training.pathspec), str(carded.pathspec))
