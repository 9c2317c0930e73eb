from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.store import Finished, Store

# programs that tests start, not modules to collect
collect_ignore = ["scripts"]


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter that flows run with: of another environment, to test against another Metaflow."""
    # not resolved: the link in an environment's bin folder is what makes it that environment
    return str(Path(os.environ.get("LINEAGE_TEST_PYTHON", sys.executable)).absolute())


@pytest.fixture(scope="session")
def store_at(tmp_path_factory: pytest.TempPathFactory, python: str) -> Callable[[str], Store]:
    """Makes a store that the tests of one module share."""
    return lambda name: Store(tmp_path_factory.mktemp(name), python)


@pytest.fixture(scope="session")
def runs(store_at: Callable[[str], Store]) -> Runs:
    """One store with an ETL, a training triggered by it, and a second ETL; made once a worker."""
    return Runs(store_at("runs"))


class Runs:
    """A store and the runs in it that most tests need."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.etl = self.flow("etl")
        self.training = self.flow("training", trigger=[self.etl])

    def flow(self, name: str | Path, *arguments: str, **how: object) -> str:
        """Run a flow that is to succeed; its pathspec."""
        finished = self.finished(name, *arguments, **how)
        assert finished.returncode == 0, finished.output
        assert finished.pathspec, finished.output
        return finished.pathspec

    def configured(
        self,
        decorators: list[tuple[str, dict[str, object]]],
        *arguments: str,
        env: dict[str, str] | None = None,
        **how: object,
    ) -> Finished:
        """Run tests/flows/configurable.py with these decorators, the first one innermost."""
        env = {"DECORATORS": repr(decorators), **(env or {})}
        return self.finished("configurable", *arguments, env=env, **how)

    def finished(self, name: str | Path, *arguments: str, **how: object) -> Finished:
        """Run a flow that may fail."""
        return self.store.flow(name, *arguments, **how)  # type: ignore[arg-type]  # passed on as it is
