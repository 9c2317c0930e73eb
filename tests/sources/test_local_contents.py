"""Content hashes straight from a local store, also where its files are not as usual."""

from __future__ import annotations

import json
from pathlib import Path

from lineage.records.contents import RunContents
from lineage.sources import LocalSource
from tests.support.planted import plant, write_local_run
from tests.support.planted_lineages import finished_run

RUN = "ETLFlow/1"


def store(root: Path) -> Path:
    """A run of which only Metaflow's metadata is there; returns its folder."""
    return write_local_run(plant(finished_run("ETLFlow", "1", 0)), root)


def contents(root: Path, end_step: str = "end") -> RunContents:
    return LocalSource(root).contents({RUN: end_step})[RUN]


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")


def test_parameters_are_told_from_artifacts_and_metaflows_own_are_left_out(tmp_path: Path) -> None:
    run = store(tmp_path)
    write(run / "_parameters/0/0.data.json", {"objects": {"alpha": "a1", "_graph_info": "g", "name": "n"}})
    objects = {"alpha": "a1", "model": "m1", "_task_ok": "t"}
    write(run / "end/3/0.data.json", {"objects": {"model": "of the attempt before"}})
    write(run / "end/3/1.data.json", {"objects": objects})
    found = contents(tmp_path)
    assert (found.parameters, found.artifacts) == ({"alpha": "a1"}, {"model": "m1"})


def test_a_run_whose_artifacts_are_elsewhere_tells_of_them_in_its_metadata(tmp_path: Path) -> None:
    run = store(tmp_path)
    for attempt, sha in ((0, "old"), (1, "new")):
        write(run / f"end/3/_meta/{attempt}_artifact_model.json", {"name": "model", "sha": sha})
    assert contents(tmp_path).artifacts == {"model": "new"}


def test_an_unfinished_run_tells_of_its_last_task(tmp_path: Path) -> None:
    run = store(tmp_path)
    write(run / "work/2/0.data.json", {"objects": {"first": "1"}})
    write(run / "work/10/0.data.json", {"objects": {"half": "h"}})
    assert contents(tmp_path, end_step="never").artifacts == {"half": "h"}


def test_what_is_not_there_or_broken_says_so(tmp_path: Path) -> None:
    run = store(tmp_path)
    assert contents(tmp_path).artifacts == {}
    write(run / "end/3/0.data.json", "{half-writ")
    assert contents(tmp_path).unread == "its files cannot be read (JSONDecodeError)"
    assert "cannot be that of a run" in str(LocalSource(tmp_path).contents({"../1": "end"})["../1"].unread)
    assert LocalSource(tmp_path).contents({"GoneFlow/9": "end"})["GoneFlow/9"] == RunContents()
