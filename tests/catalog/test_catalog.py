"""The catalog: a cache that forgets nothing, loses nothing, and can be thrown away."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given

from lineage import trace
from lineage.catalog import Catalog, cache_folder, catalog_path, open_catalog, refresh
from lineage.catalog.rows import due_at, microseconds, run_from_row, run_row, stored_plain_runs, stored_run
from lineage.catalog.updates import refreshed
from lineage.errors import Cancelled, InvalidArgument, LineageError, SourceError, SourceUnreachable
from lineage.records.model import RunRecord
from lineage.sources import Cancel, Changes, MemorySource, PlainRun, Stamped
from tests.support.drawn import START, drawn_record, drawn_records, trigger_event
from tests.support.planted_lineages import by_event, by_run, finished_run
from tests.support.records import records


class Remembered(MemorySource):
    """Records in memory that are worth a catalog; counts what is read of them."""

    def __init__(self, text: str, key: str = "memory:test") -> None:
        super().__init__(drawn_records(text))
        self.key = key
        self.reads: list[str] = []

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        self.reads += pathspecs
        return super().read(pathspecs, cancel)

    def put(self, *records: RunRecord) -> None:
        self._records.update({record.pathspec: record for record in records})

    def drop(self, pathspec: str) -> None:
        del self._records[pathspec]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path / "cache" / "one.sqlite") as opened:
        yield opened


CHAIN = "A/1 > B/2 > C/3\nA/1 > B/4\ngo! > A/1"


@pytest.mark.slow
@given(records())
def test_a_row_gives_back_the_record_that_it_was_made_of(record: RunRecord) -> None:
    assert run_from_row(run_row(record)) == record


@pytest.mark.parametrize("since", [timedelta(minutes=10), timedelta(days=1)])
def test_a_plain_run_has_the_rows_of_its_record(since: timedelta) -> None:
    """One that ended an hour ago is settled, and one that was triggered twice by a run has one edge."""
    twice = (by_run("B/7", 0), by_run("B/7", 0, step="work"), by_event("landed", "e-1", 0))
    record = finished_run("A", "1", 0, *twice, tags=("nightly", "ü"))
    assert record.created_at
    assert record.finished_at
    times = microseconds(record.created_at), microseconds(record.finished_at)
    plain = PlainRun(
        record.pathspec, *times, record.user, record.tags, record.system_tags, record.triggers, "stamp"
    )
    now = record.finished_at + since
    assert list(stored_plain_runs([plain], now)) == [stored_run(Stamped(record, "stamp"), now)]


def test_a_refresh_reads_everything_once_and_then_only_what_is_new_or_changed(catalog: Catalog) -> None:
    source = Remembered(CHAIN)
    assert refreshed(catalog, source).read == 4
    assert refreshed(catalog, source).read == 0
    source.put(drawn_record("C/5"), replace(drawn_record("B/4"), tags=("late",)))
    source.reads.clear()
    assert refreshed(catalog, source).read == 2
    assert sorted(source.reads) == ["B/4", "C/5"]
    assert catalog.records(["B/4"])["B/4"].tags == ("late",)


def test_it_answers_what_a_run_or_an_event_set_off(catalog: Catalog) -> None:
    refreshed(catalog, Remembered(CHAIN))
    assert catalog.effects(["A/1", "C/3", "event:go/id", "Z/9"]) == {
        "A/1": {"B/2", "B/4"},
        "event:go/id": {"A/1"},
    }
    assert catalog.flows() == ["A", "B", "C"]
    assert len(catalog) == 4


def test_a_run_that_is_gone_is_forgotten_with_its_edges(catalog: Catalog) -> None:
    source = Remembered(CHAIN)
    refreshed(catalog, source)
    source.drop("B/2")
    assert refreshed(catalog, source).gone == 1
    assert catalog.records(["B/2"]) == {}
    assert catalog.effects(["A/1"]) == {"A/1": {"B/4"}}
    source.drop("C/3")
    refreshed(catalog, source)
    assert catalog.flows() == ["A", "B"]


def test_edges_follow_a_record_whose_triggers_were_written_late(catalog: Catalog) -> None:
    source = Remembered("A/1\nX/2")
    source.put(replace(drawn_record("B/3", (trigger_event("A/1"),)), status="running"))
    refreshed(catalog, source)
    source.put(drawn_record("B/3", (trigger_event("X/2"),)))
    refreshed(catalog, source)
    assert catalog.effects(["A/1", "X/2"]) == {"X/2": {"B/3"}}


def test_a_run_that_had_not_ended_is_read_again_until_it_has(catalog: Catalog) -> None:
    source = Remembered("A/1")
    source.put(replace(drawn_record("B/2"), status="running", finished_at=None))
    refreshed(catalog, source)
    source.reads.clear()
    refreshed(catalog, source)
    assert source.reads == ["B/2"]
    source.put(drawn_record("B/2"))
    refreshed(catalog, source)
    source.reads.clear()
    refreshed(catalog, source)
    assert source.reads == []
    assert catalog.records(["B/2"])["B/2"].status == "completed"


@pytest.mark.parametrize(
    ("status", "hours_ago", "wait"),
    [
        ("completed", 2, None),
        ("completed", 0, 1),
        ("running", 100, 0),
        ("failed", 1, 0),
        ("failed", 25, None),
        ("unknown", 30, 3),
    ],
)
def test_when_a_run_is_read_again(status: str, hours_ago: int, wait: int | None) -> None:
    record = replace(drawn_record("A/1"), status=status, created_at=START, finished_at=None)
    now = START + timedelta(hours=hours_ago)
    due = due_at(record, now)
    if wait is None or wait == 0:
        assert due == (None if wait is None else 0)
    else:
        assert due == now.timestamp() + wait * 3600


def test_a_resumed_run_counts_as_an_effect_of_its_origin_only(catalog: Catalog) -> None:
    source = Remembered("A/1 > B/2")
    source.put(replace(drawn_record("B/3", (trigger_event("A/1"),)), origin="B/2"))
    refreshed(catalog, source)
    assert catalog.effects(["A/1", "B/2"]) == {"A/1": {"B/2"}, "B/2": {"B/3"}}


def test_a_trigger_inherited_from_a_run_that_was_deleted_is_not_the_resumed_runs_own(
    catalog: Catalog,
) -> None:
    source = Remembered("A/1 > B/2")
    resumed = drawn_record("B/3", (trigger_event("A/1"),))
    source.put(replace(resumed, origin="B/2", inherited=True))
    refreshed(catalog, source)
    source.drop("B/2")
    refreshed(catalog, source)
    assert catalog.effects(["A/1", "B/2"]) == {"B/2": {"B/3"}}


def test_the_usual_duration_is_that_of_the_latest_runs_that_completed(catalog: Catalog) -> None:
    source = Remembered("")
    for number, minutes in ((3, 5), (1, 1), (2, 4), (0, 9)):
        record = drawn_record(f"A/{number}")
        source.put(replace(record, finished_at=record.created_at + timedelta(minutes=minutes)))
    source.put(replace(drawn_record("A/4"), status="failed"), drawn_record("AB/5"))
    refreshed(catalog, source)
    assert catalog.latest("A", 2) == ["A/4", "A/3"]
    assert catalog.latest("Z", 2) == []
    assert catalog.usual_duration("A", 30) == (270, 4)
    assert catalog.usual_duration("A", 4) == (240, 3)  # of A/3, A/2 and A/1: A/4 failed
    assert catalog.usual_duration("A", 3) is None  # two are too few
    assert catalog.usual_duration("Z", 30) is None


def test_a_trace_downstream_answers_from_the_catalog_like_a_scan() -> None:
    text = "A/1 > B/2 > C/3\nB/2 > D/4\nX/0 > C/3\nB/2 ~ B/5 > E/6\ngo! > X/0"
    for hops in (1, 2, None):
        scanned = trace("A/1", downstream=hops, source=MemorySource(drawn_records(text)))
        catalogued = trace("A/1", downstream=hops, source=Remembered(text))
        for _, node in catalogued.graph.nodes(data=True):
            assert "usual_duration" not in node  # of one run a flow nothing is usual
        assert dict(catalogued.graph.nodes) == dict(scanned.graph.nodes)
        assert set(catalogued.graph.edges) == set(scanned.graph.edges)
        assert catalogued.problems == ()


class Failing(Remembered):
    """Fails when it has read some."""

    def __init__(self, text: str, after: int) -> None:
        super().__init__(text)
        self.after = after

    def changes(self, known: object, cancel: Cancel | None = None):
        for changes in super().changes(known, cancel):
            for one in changes.read:
                if self.after == 0:
                    raise SourceUnreachable("the line went dead")
                self.after -= 1
                yield replace(changes, read=(one,), gone=())


def test_a_source_that_fails_half_way_keeps_what_it_gave_and_says_so() -> None:
    source = Failing(CHAIN, after=2)
    lineage = trace("A/1", downstream=None, source=source)
    (problem,) = lineage.problems
    assert "reading stopped after 2 of 4 runs: the line went dead" in str(problem)
    assert "line went dead" in str(lineage)  # a line that people see
    source.after = 10
    lineage = trace("A/1", downstream=None, source=source)
    assert lineage.problems == ()
    assert len(lineage) == 4


def test_a_refresh_that_is_stopped_keeps_what_it_has(catalog: Catalog) -> None:
    stop = threading.Event()
    source = Remembered(CHAIN)

    def progress(done: int, total: int | None) -> None:
        assert total == 4
        if done:
            stop.set()

    with pytest.raises(Cancelled):
        refreshed(catalog, Batches(source, 1), progress, stop)
    assert len(catalog) == 1
    assert refreshed(catalog, Batches(source, 1)).read == 3


class Batches(Remembered):
    """The same records, told in batches of a size."""

    def __init__(self, source: Remembered, size: int) -> None:
        self._records, self.size, self.reads, self.key = source._records, size, [], source.key

    def changes(self, known: object, cancel: Cancel | None = None):
        from lineage.sources.changes import in_turn, listed_changes

        def listing(flow: str, had: object, only: bool) -> dict[str, str]:
            return {r.run_id: "" for r in self._records.values() if r.flow == flow}

        return listed_changes(
            known, dict.fromkeys(self.flows(), ""), listing, in_turn(self.read, cancel), self.size, cancel
        )


def test_progress_counts_up_and_is_silent_when_there_is_nothing_to_do(catalog: Catalog) -> None:
    source = Batches(Remembered(CHAIN), 1)
    seen: list[tuple[int, int | None]] = []
    refreshed(catalog, source, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    seen.clear()
    refreshed(catalog, source, lambda done, total: seen.append((done, total)))
    assert seen == []


def test_a_file_is_for_its_owner_only_and_has_no_address_in_its_name(cache: Path) -> None:
    source = Remembered(CHAIN, key="service:https://metadata.example.com")
    refresh(source)
    (file,) = cache.glob("*.sqlite")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert "example" not in file.name
    assert catalog_path("service:a") != catalog_path("service:b")
    refresh(Remembered("Z/1", key="service:https://other.example.com"))
    assert len(list(cache.glob("*.sqlite"))) == 2


def test_the_cache_is_where_the_machine_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINEAGE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/somewhere")
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert cache_folder() == Path("/var/somewhere/metaflow-lineage")


def spoil(file: Path, how: str) -> None:
    if how == "garbage":
        file.write_bytes(b"no database at all " * 500)
    elif how == "truncated":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif how == "a hole":
        size = file.stat().st_size
        with file.open("r+b") as opened:
            opened.seek(4096)
            opened.write(b"\xff" * (size - 4096))
    elif how == "older":
        database = sqlite3.connect(file)
        database.execute("PRAGMA user_version = 0")
        database.close()
    else:
        file.unlink()
        database = sqlite3.connect(file)
        database.execute("CREATE TABLE other (x)")
        database.commit()
        database.close()


@pytest.mark.parametrize("how", ["garbage", "truncated", "a hole", "older", "of another program"])
def test_a_broken_file_is_rebuilt_with_one_warning(cache: Path, how: str) -> None:
    source = Remembered(CHAIN)
    whole = trace("A/1", downstream=None, source=source)
    (file,) = cache.glob("*.sqlite")
    spoil(file, how)
    with pytest.warns(RuntimeWarning, match="is rebuilt") as caught:
        again = trace("A/1", downstream=None, source=source)
    assert len(caught) == 1
    assert dict(again.graph.nodes) == dict(whole.graph.nodes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(trace("A/1", downstream=None, source=source)) == 4


def test_a_cache_that_cannot_be_written_costs_time_and_not_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(RuntimeWarning, match="LINEAGE_CACHE"):
        assert len(trace("A/1", downstream=None, source=Remembered(CHAIN))) == 4


def test_records_in_memory_have_no_catalog() -> None:
    with pytest.raises(InvalidArgument, match="no catalog"):
        open_catalog(MemorySource([]))


def test_a_source_that_cannot_be_read_at_all_is_an_error(catalog: Catalog) -> None:
    class Dead(Remembered):
        def flows(self) -> list[str]:
            raise SourceUnreachable("no answer")

    refreshed(catalog, Remembered(CHAIN))
    with pytest.raises(SourceError):
        refreshed(catalog, Dead(CHAIN))
    assert len(catalog) == 4


def test_a_file_that_another_process_keeps_is_said_and_not_thrown_away(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lineage.catalog.file._PATIENCE", 0.1)
    source = Remembered(CHAIN)
    refresh(source)
    (file,) = cache.glob("*.sqlite")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    source.put(drawn_record("C/5"))
    with pytest.raises(LineageError, match=r"cannot be used.*locked.*LINEAGE_CACHE"):
        refresh(source)
    other.execute("ROLLBACK")
    other.close()
    assert refresh(source).read == 1


def test_an_older_reading_does_not_replace_a_newer_one(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes read the same run; the one that read first may well write last."""
    source = Remembered("A/1")
    refreshed(catalog, source)
    later = catalog.records(["A/1"])["A/1"]
    stale = replace(later, status="running", finished_at=None)
    past = datetime.now(timezone.utc) - timedelta(minutes=1)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return past

    monkeypatch.setattr("lineage.catalog.store.datetime", Earlier)
    catalog.take(Changes(read=(Stamped(stale, "old"),)))
    assert catalog.records(["A/1"])["A/1"].status == "completed"


REBUILD = """
import sys, warnings
warnings.simplefilter("ignore")
from lineage.catalog import refresh
from tests.catalog.test_catalog import CHAIN, Remembered
print(refresh(Remembered(CHAIN), progress=False).complete)
"""


@pytest.mark.slow
def test_two_processes_that_find_a_broken_file_both_go_on(cache: Path) -> None:
    refresh(Remembered(CHAIN))
    (file,) = cache.glob("*.sqlite")
    spoil(file, "garbage")
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen([sys.executable, "-c", REBUILD], cwd=root, stdout=subprocess.PIPE) for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == [b"True", b"True"]
    assert refresh(Remembered(CHAIN)).read == 0
