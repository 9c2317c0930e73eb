"""`lin["Flow"]` is the run that was read, whatever Metaflow's client is pointed at, or an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from lineage import trace
from lineage.errors import RunNotFound
from tests.support.planted import plant, write_local
from tests.support.planted_lineages import DAY, by_run, finished_run


def chain(root: Path, hours: int = 0) -> Path:
    born = DAY + timedelta(hours=hours)
    first = finished_run("A", "1", 1, created_at=born, finished_at=born)
    return write_local([plant(first), plant(finished_run("B", "2", 2, by_run("A/1", 1)))], root)


def test_a_run_of_the_configured_store_is_a_metaflow_run(tmp_path: Path, metadata: Callable) -> None:
    metadata(f"local@{chain(tmp_path)}")
    assert trace("B/2")["A"].pathspec == "A/1"
    assert trace("B/2", source=f"local:{tmp_path}")["A"].pathspec == "A/1"


def test_a_run_that_the_client_sees_elsewhere_as_the_same_one_is_a_metaflow_run(
    tmp_path: Path, metadata: Callable
) -> None:
    read, copy = chain(tmp_path / "read"), chain(tmp_path / "copy")
    lineage = trace("B/2", source=f"local:{read}")
    metadata(f"local@{copy}")
    assert lineage["A"].pathspec == "A/1"


def test_a_run_of_another_store_is_refused_rather_than_mistaken(tmp_path: Path, metadata: Callable) -> None:
    read, other = chain(tmp_path / "read"), chain(tmp_path / "other", hours=5)
    lineage = trace("B/2", source=f"local:{read}")
    metadata(f"local@{other}")
    with pytest.raises(RunNotFound, match=r"a different run of that name.*metaflow\.metadata"):
        lineage["A/1"]
    empty = write_local([plant(finished_run("C", "1", 1))], tmp_path / "empty")
    metadata(f"local@{empty}")
    with pytest.raises(RunNotFound, match=r"does not have it.*metaflow\.metadata"):
        lineage["A/1"]
