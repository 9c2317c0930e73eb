"""Answers about real runs: two trainings with another parameter and another commit, a failure, a lost run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import metaflow
import pytest

import lineage
from lineage.cli import main
from lineage.comparing.contents import contents_of
from lineage.sources import MemorySource
from tests.support.store import FLOWS, Store


class Made(NamedTuple):
    """The store, and its runs in the order in which they were made."""

    store: Store
    loads: list[str]
    fits: list[str]


@pytest.fixture(scope="module")
def made(new_store: Callable[[str], Store]) -> Iterator[Made]:
    """Two runs of each flow; in between, the code is committed again."""
    store = new_store("why")
    code = store.root / "code"
    shutil.copytree(FLOWS / "why", code)
    _commit(code, "init", "--quiet")
    runs = Made(store, [], [])
    for rows, alpha in (("3", "0.7"), ("4", "0.9")):
        _commit(code, "add", "--all")
        _commit(code, "-c", "user.name=ann", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", rows)
        (code / "README").write_text(rows)
        load = store.flow(code / "loading.py", "--rows", rows, options=["--no-pylint"])
        fit = store.flow(
            code / "fitting.py", "--alpha", alpha, trigger=[str(load.pathspec)], options=["--no-pylint"]
        )
        assert (load.returncode, fit.returncode) == (0, 0), load.output + fit.output
        runs.loads.append(str(load.pathspec))
        runs.fits.append(str(fit.pathspec))
    metaflow.metadata(f"local@{store.root}")
    yield runs
    metaflow.default_metadata()


def _commit(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def test_a_comparison_names_parameter_commit_and_contents_and_what_follows(made: Made) -> None:
    found = lineage.diff(*made.fits, source=f"local:{made.store.root}")
    assert [(place.name, place.number, place.follows) for place in found.places] == [
        ("LoadFlow", 1, ()),
        ("FitFlow", 2, (1,)),
    ]
    load, fit = ([str(change) for change in place.changes] for place in found.places)
    assert load[0] == "rows 3 -> 4"
    assert load[1].startswith("commit ")
    assert load[2:] == ["table: other content"]
    assert fit[0] == "alpha 0.7 -> 0.9"
    assert fit[2:] == ["model: other content"]
    assert "is not recorded" not in str(found)


def test_values_are_loaded_only_where_asked_for(made: Made) -> None:
    found = lineage.diff(*made.fits, values=["model", "nope"], source=f"local:{made.store.root}")
    assert found.notes[-1] == "no artifact 'nope' differs in two runs"
    assert "model 2.0999999999999996 -> 5.4" in str(found)
    assert "table: other content" in str(found)


def test_hashes_are_the_same_straight_from_disk_and_through_the_client(made: Made) -> None:
    from lineage.client.contents import client_contents
    from lineage.sources import LocalSource

    (contents,) = LocalSource(made.store.root).contents({made.fits[0]: "end"}).values()
    assert contents == client_contents(metaflow.Run(made.fits[0], _namespace_check=False))
    assert set(contents.parameters) == {"alpha"}
    assert set(contents.artifacts) == {"model"}


def test_a_comparison_through_the_client_is_the_same(made: Made) -> None:
    straight, client = (
        lineage.diff(*made.fits, source=name) for name in (f"local:{made.store.root}", "client")
    )
    assert client.places == straight.places


def test_contents_that_the_client_does_not_find_are_unread_and_not_equal(made: Made, tmp_path: Path) -> None:
    (tmp_path / ".metaflow").mkdir()
    metaflow.metadata(f"local@{tmp_path}")  # another store than the one that the records are from
    try:
        contents = contents_of(
            {key: {"created_at": None} for key in made.fits}, str(made.store.root), MemorySource([])
        )
    finally:
        metaflow.metadata(f"local@{made.store.root}")
    assert [bool(part.unread) for part in contents.values()] == [True, True]


def test_a_failed_run_tells_its_exception_only_when_asked(demo_runs: dict[str, str]) -> None:
    failed = demo_runs["failed"]
    assert lineage.explain(failed).failure is None
    failure = lineage.explain(failed, error=True).failure
    assert failure is not None
    assert (failure.type, failure.message) == ("ConnectionError", "the mail server does not answer")
    assert failure.step == "send"


def test_a_resumed_run_and_a_read_without_a_trigger_are_explained(demo_runs: dict[str, str]) -> None:
    resumed = lineage.explain(demo_runs["resumed"])
    assert f"from {demo_runs['failed']}, which had failed at step send" in resumed.reason
    report = lineage.explain(demo_runs["failed"])
    assert f"model of {demo_runs['training']}" in report.reason


def test_a_training_whose_record_is_lost_should_have_fired(made: Made) -> None:
    """The last test of the module: it deletes the run."""
    source = f"local:{made.store.root}"
    assert lineage.audit("1d", grace="0s", source=source).passed
    assert main(["stale", made.fits[0], "--source", source]) == 1
    assert [run.run for run in lineage.trace(made.fits[0], source=source).stale(source)] == [made.fits[0]]
    shutil.rmtree(made.store.metaflow_dir / made.fits[1])
    found = lineage.audit("1d", grace="0s", source=source)
    assert [firing.causes for firing in found["FitFlow"].missed] == [(made.loads[1],)]
    assert found["FitFlow"].fired == (made.fits[0],)
    assert main(["audit", "--since", "1d", "--grace", "0s", "--source", source]) == 1
