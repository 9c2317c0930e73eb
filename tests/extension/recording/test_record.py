"""The format of what is recorded: what is written is read back, within its limit, and bad input is told."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaflow_extensions.lineage.plugins.provenance.record import (
    VALUE_LIMIT,
    CountedReads,
    PublishedEvent,
    Read,
    ReadsRecord,
    decode_published,
    decode_reads,
    decode_spawned,
    decode_spawned_by,
    encode_published,
    encode_reads,
    encode_spawned,
    marked_task,
    marker_name,
)

SHA = "c339695f09edd9ba890441356e1a5fb09bbd3646"
NAMES = st.from_regex(r"[a-z]\w{0,9}", fullmatch=True)
TASKS = st.builds("{}/{}/{}/{}".format, NAMES, st.integers(1), NAMES, st.integers(1))
STORES = st.none() | st.just("service@https://elsewhere")
READS = st.builds(Read, TASKS, NAMES, st.none() | st.just(SHA), STORES)
COUNTED = st.builds(
    CountedReads, TASKS.map(lambda t: "/".join(t.split("/")[:2])), st.integers(0, 999), STORES
)


def reads(runs: int, artifacts: int) -> ReadsRecord:
    """So many artifacts of each of so many runs."""
    return ReadsRecord(
        tuple(
            Read(f"TrainingFlow/{run}/end/3", f"artifact_{number}", SHA)
            for run in range(runs)
            for number in range(artifacts)
        )
    )


def read_back(record: ReadsRecord) -> ReadsRecord:
    text = encode_reads(record)
    assert len(text) <= VALUE_LIMIT
    decoded, problems = decode_reads(text)
    assert problems == []
    return decoded


@given(st.lists(READS, unique=True, max_size=20), st.lists(COUNTED, max_size=9))
def test_reads_are_read_back(found: list[Read], counted: list[CountedReads]) -> None:
    decoded = read_back(ReadsRecord(tuple(found), tuple(counted)))
    assert set(decoded.reads) == set(found)  # by task
    assert decoded.more == tuple(counted)


def test_a_long_list_goes_without_hashes_first() -> None:
    decoded = read_back(reads(runs=20, artifacts=40))
    assert len(decoded.reads) == 800
    assert {read.sha for read in decoded.reads} == {None}


def test_then_without_names() -> None:
    decoded = read_back(reads(runs=200, artifacts=5))
    assert decoded.reads == ()
    assert decoded.more == tuple(CountedReads(f"TrainingFlow/{run}", 5) for run in range(200))


def test_then_with_as_many_runs_as_fit_and_a_count() -> None:
    decoded = read_back(reads(runs=2_000, artifacts=2))
    assert 300 < len(decoded.more) < 2_000
    assert decoded.rest_runs == 2_000 - len(decoded.more)
    assert decoded.rest_artifacts == 2 * decoded.rest_runs


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"v":1,"reads":[["A/1/s', "lineage-reads is not valid JSON"),
        ("[" * 100_000, "lineage-reads is not valid JSON"),
        ("9" * 10_000, "lineage-reads is not valid JSON"),
        ("[]", "lineage-reads is not a JSON object"),
        (
            '{"v":2,"reads":[]}',
            "lineage-reads is not in version 1 of the format; is a newer lineage installed",
        ),
        ('{"v":1,"reads":7}', "lineage-reads: 1 entry cannot be read"),
        ('{"v":1,"rest":[true,1],"more":[["A/1",-1],["A",1],["A/1",2,3],[]]}', "lineage-reads: 5 entries"),
        (
            '{"v":1,"reads":[["A/1/s",["x"]],["A/1/s/2","x"],["A/1/s/2",["x"],7],7]}',
            "lineage-reads: 4 entries",
        ),
    ],
    ids=["half", "deep", "a huge number", "a list", "version", "no list", "counts", "tasks"],
)
def test_what_cannot_be_read_is_told(text: str, problem: str) -> None:
    record, (told,) = decode_reads(text)
    assert told.startswith(problem)
    assert record == ReadsRecord()


def test_the_rest_of_a_record_with_bad_entries_is_read() -> None:
    value = {"v": 1, "reads": [["A/1/end/2", ["x", ["y", 5], ["z", "ab"], ""]], None], "unknown": 1}
    value |= {f"key {number}": number for number in range(1_000)}
    record, (problem,) = decode_reads(json.dumps(value))
    assert record.reads == (Read("A/1/end/2", "x"), Read("A/1/end/2", "z", "ab"))
    assert problem == "lineage-reads: 3 entries cannot be read"


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_decoding_never_fails(text: str) -> None:
    for decode in (decode_reads, decode_published, decode_spawned, decode_spawned_by):
        assert decode(text)[-1] is not None  # type: ignore[operator]  # each takes a text


def test_events_and_runs_are_cut_with_a_count() -> None:
    events = [PublishedEvent("first", f"{number:036}") for number in range(1_000)]
    text = encode_published(events)
    decoded, rest, problems = decode_published(text)
    assert len(text) <= VALUE_LIMIT
    assert decoded == events[: len(decoded)]
    assert (len(decoded) + rest, problems) == (1_000, [])
    assert decode_spawned(encode_spawned(["A/1", "B/2"])) == (["A/1", "B/2"], 0, [])


@pytest.mark.parametrize("text", ["", "A/1/start", "A/1/start/2/3", "A/1/ /2", "nonsense"])
def test_a_parent_that_is_no_task_is_told(text: str) -> None:
    assert decode_spawned_by(text) == (None, ["lineage-spawned-by does not name a task"])


def test_a_marker_names_a_task() -> None:
    assert marked_task(marker_name("train", "t-ab.c")) == "train/t-ab.c"
    for name in ("_self.json", "sysmeta_attempt_1.json", "lineage-record.", "lineage-record.train."):
        assert marked_task(name) is None


def test_the_format_can_be_imported_without_metaflow() -> None:
    module = "metaflow_extensions.lineage.plugins.provenance.record"
    code = f"import sys; sys.modules['metaflow'] = None; import {module}; print({module}.VERSION)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
