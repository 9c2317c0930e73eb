"""Reading in several processes: the same records, whatever becomes of the processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.catalog import open_catalog, refresh
from lineage.errors import Cancelled
from lineage.records.model import RunRecord
from lineage.sources import LocalSource
from lineage.sources.changes import batches
from lineage.sources.local import process_pool as module
from lineage.sources.local.process_pool import Readers
from lineage.sources.local.records import read_causes, read_runs
from lineage.sources.local.worker import decode_records, encode_records
from tests.support.planted import plant, write_local
from tests.support.planted_lineages import big_lineage, by_event, finished_run
from tests.support.records import records

RUNS = 120


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    payload = {"huge": 2**70, "nan": float("inf"), "half": "\ud800"}
    odd = finished_run("OddFlow", "1", 1, by_event("go", "e", 1, payload))
    planted = [plant(record) for record in (*big_lineage(RUNS - 1), odd)]
    return write_local(planted, tmp_path_factory.mktemp("store"))


@pytest.fixture(autouse=True)
def worth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH", 1)
    monkeypatch.setattr(module, "_processors", lambda: 2)


@pytest.fixture
def started(root: Path) -> Iterator[tuple[Readers, list[str]]]:
    names = [record.pathspec for record in LocalSource(root).scan()]
    with Readers(str(root / ".metaflow")) as readers:
        readers.expect(len(names))
        yield readers, names


def children() -> list[psutil.Process]:
    """The readers that run; one that was just started is not named so for a moment."""
    return [p for p in psutil.Process().children() if "sources.local.worker" in " ".join(p.cmdline())]


def two_children() -> list[psutil.Process]:
    deadline = time.monotonic() + 10
    while len(found := children()) < 2:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    assert len(found) == 2
    return found


def all_of(readers: Readers, names: list[str], root: Path) -> bool:
    read = list(readers.read(batches(names, 10)))
    assert [list(one) for one in read] == list(batches(names, 10))  # in turn
    brief = {k: v for one in readers.read(batches(names, 10), whole=False) for k, v in one.items()}
    assert brief == read_causes(str(root / ".metaflow"), names)
    return {k: v for one in read for k, v in one.items()} == read_runs(str(root / ".metaflow"), names)


def test_processes_read_the_same_records_in_turn(started: tuple[Readers, list[str]], root: Path) -> None:
    readers, names = started
    assert len(names) == RUNS
    two_children()
    assert all_of(readers, names, root)


def test_they_end_with_the_block(root: Path) -> None:
    with Readers(str(root / ".metaflow")) as readers:
        readers.expect(1)
        two_children()
    assert children() == []


def test_a_process_that_is_killed_costs_nothing(started: tuple[Readers, list[str]], root: Path) -> None:
    readers, names = started
    for child in two_children():
        child.kill()
    assert all_of(readers, names, root)


def test_more_than_fits_on_the_line_is_asked_and_answered(root: Path) -> None:
    long = [f"{'F' * 200}{number}/{'r' * 250}" for number in range(3000)]
    names = [*long[:1500], *(record.pathspec for record in LocalSource(root).scan()), *long[1500:]]
    with Readers(str(root / ".metaflow")) as readers:
        readers.expect(len(names))
        read = [one for one in readers.read(batches(names, 1600)) if one]
    assert sum(map(len, read)) == RUNS


def test_without_processes_the_runs_are_read_here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    names = [record.pathspec for record in LocalSource(root).scan()]
    with Readers(str(root / ".metaflow")) as readers:
        readers.expect(len(names))
        assert children() == []
        assert all_of(readers, names, root)


def test_a_few_runs_are_not_worth_a_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH", 2)
    with Readers(str(root / ".metaflow")) as readers:
        readers.expect(1)
        assert children() == []


def test_a_refresh_reads_with_them_and_can_be_stopped(root: Path) -> None:
    class Reading:
        def is_set(self) -> bool:
            return len(children()) == 2

    source = LocalSource(root)
    with pytest.raises(Cancelled):
        refresh(source, progress=False, cancel=Reading())
    assert children() == []
    assert refresh(source, progress=False).complete
    with open_catalog(source) as catalog:
        assert len(catalog) == RUNS
        odd = catalog.records(["OddFlow/1"])["OddFlow/1"].triggers[0].payload
    assert odd is not None
    assert odd["huge"] == 2**70


INTERRUPTED = """
import sys, time
from lineage.catalog import refresh
from lineage.sources.local import process_pool as readers
from lineage.sources import LocalSource
readers._WORTH, readers._processors = 1, lambda: 2
really = readers.Readers.read
def slowly(*asked, **how):
    for read in really(*asked, **how):
        print("reading", flush=True)
        time.sleep(60)
        yield read
readers.Readers.read = slowly
refresh(LocalSource(sys.argv[1]), progress=False)
"""


def test_ctrl_c_ends_the_processes_too(root: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "LINEAGE_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", INTERRUPTED, str(root)]
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as session:
        assert session.stdout is not None
        assert session.stdout.readline() == "reading\n"
        readers = psutil.Process(session.pid).children()
        assert len(readers) == 2
        os.killpg(session.pid, signal.SIGINT)  # as a terminal does: to all of them
        _, said = session.communicate(timeout=30)
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert said.count("Traceback") == 1  # the readers say nothing
    _, alive = psutil.wait_procs(readers, timeout=5)
    assert alive == []


@settings(max_examples=60)
@given(st.lists(records(), max_size=3))
def test_records_arrive_as_they_were_sent(sent: list[RunRecord]) -> None:
    by_name = {record.pathspec: record for record in sent}
    assert decode_records(encode_records(by_name)) == by_name


def test_a_process_starts_and_answers(started: tuple[Readers, list[str]]) -> None:
    """It has no `site`, so no finder of an editable install: both packages are found by path."""
    readers, names = started
    for process in readers._processes:
        assert process.ask(names[:3], True)
        assert list(process.answer() or ()) == names[:3]


def test_what_a_process_imports_is_not_metaflow() -> None:
    code = "import sys, lineage.sources.local.worker; print('metaflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
