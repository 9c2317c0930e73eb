"""What one process has noted: each thing once, and no more than can be kept."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from metaflow_extensions.lineage.plugins.provenance.collected import (
    LISTED_LIMIT,
    NAMED_LIMIT,
    Collected,
    without_credentials,
)
from metaflow_extensions.lineage.plugins.provenance.record import ReadsRecord, decode_reads
from metaflow_extensions.lineage.plugins.provenance.spool import (
    LEFTOVER_AGE,
    PREFIX,
    SIZE_LIMIT,
    Spool,
)

OWN = "local@/here"


def record(collected: Collected) -> ReadsRecord:
    return decode_reads(collected.fields(OWN)["lineage-reads"])[0]


def test_nothing_noted_is_nothing_to_write() -> None:
    assert Collected().fields(OWN) == {}


def test_an_artifact_is_noted_once_and_again_with_another_content() -> None:
    collected = Collected()
    assert collected.read("A/1/end/2/x", "ab", OWN) == ["read", "A/1/end/2/x", "ab", OWN]
    assert collected.read("A/1/end/2/x", "ab", OWN) is None
    assert collected.read("A/1/end/2/x", "cd", OWN) is not None
    assert [read.sha for read in record(collected).reads] == ["ab", "cd"]


def test_beyond_the_limit_artifacts_are_counted_once_each_by_run() -> None:
    collected = Collected()
    for number in range(NAMED_LIMIT):
        collected.read(f"A/1/end/2/x{number}", None, OWN)
    for _ in range(3):
        collected.read("B/1/end/2/y", None, OWN)
        collected.read("B/1/end/2/z", None, OWN)
    counts = {counted.run: counted.artifacts for counted in record(collected).more}
    assert counts["B/1"] == 2


def test_another_metadata_provider_is_named_without_its_secrets() -> None:
    collected = Collected()
    collected.read("A/1/end/2/x", None, "service@https://ann:secret@elsewhere/api")
    (read,) = record(collected).reads
    assert read.store == "service@https://elsewhere/api"
    assert without_credentials("local@/home/ann@work") == "local@/home/ann@work"


def test_child_processes_pass_on_what_they_note_and_nonsense_is_passed_over() -> None:
    child, task = Collected(), Collected()
    entries = [child.read("A/1/end/2/x", "ab", OWN), child.published("first", "e-1"), child.spawned("B/1")]
    nonsense = [
        None,
        7,
        [],
        ["fields", "x"],
        ["read"],
        ["read", "A/1/end/2/x"],
        ["more", "A/1", {}],
        ["__init__"],
    ]
    task.absorb(json.loads(json.dumps([*nonsense, *entries, *entries])))
    assert task.fields(OWN) == child.fields(OWN)


def test_lists_are_limited() -> None:
    collected = Collected()
    for number in range(LISTED_LIMIT):
        assert collected.published("first", str(number))
    assert collected.published("first", "one more") is None


def test_a_spool_that_nothing_was_left_in_does_not_exist(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    assert list(spool.entries()) == []
    spool.remove()
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_line_of_a_spool_is_passed_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(["read", "x"])
    with (tmp_path / "spool").open("ab") as file:
        file.write(b'["read", "y')
    assert list(spool.entries()) == [["read", "x"]]


def test_a_spool_does_not_grow_without_limit_nor_follow_a_link(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.touch()
    os.truncate(path, SIZE_LIMIT)
    Spool(path).append(["read", "x"])
    assert path.stat().st_size == SIZE_LIMIT
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        Spool(tmp_path / "link").append(["read", "x"])
    assert not (tmp_path / "elsewhere").exists()


def test_files_of_tasks_that_were_killed_long_ago_are_removed(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (f"{PREFIX}old", f"{PREFIX}new", "other"))
    for path in (old, new, other):
        path.touch()
    long_ago = time.time() - LEFTOVER_AGE - 60
    for path in (old, other):
        os.utime(path, (long_ago, long_ago))
    spool = Spool(tmp_path / "spool")
    spool.append(["read", "x"])
    spool.remove()
    assert sorted(tmp_path.iterdir()) == sorted([new, other])
