"""A catalog that something else wrote to answers right or is rebuilt; what cannot be written is said."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage import Lineage, trace
from lineage.catalog import catalog_path, file, refresh
from lineage.catalog.soundness import is_sealed, seal
from lineage.errors import LineageError
from tests.catalog.test_catalog import Remembered
from tests.support.drawn import drawn_record

pytestmark = pytest.mark.slow  # catalogs by the hundred

ROOT = Path(__file__).parents[2]
KEY = "memory:damage"
WIDE = "\n".join(["go! > A/1", *(f"A/1 > B/{i} > C/{i}\nA/{i + 2} > A/{i + 3}" for i in range(60))])


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def source() -> Remembered:
    """A source whose catalog is complete."""
    there = Remembered(WIDE, KEY)
    refresh(there)
    return there


def answer(source: Remembered) -> Lineage:
    return trace("A/1", downstream=None, source=source)


def facts(lineage: Lineage) -> tuple[object, ...]:
    return dict(lineage.graph.nodes), sorted(lineage.graph.edges), lineage.problems


def rebuilt(source: Remembered) -> tuple[tuple[object, ...], int]:
    """The answer, and how many warnings came with it."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = facts(answer(source))
    assert all("is rebuilt" in str(warning.message) for warning in said)
    return found, len(said)


@pytest.mark.parametrize("part", range(10))
def test_random_bytes_in_200_catalogs_change_no_answer(source: Remembered, part: int) -> None:
    right, path = facts(answer(source)), catalog_path(KEY)
    whole, counts = path.read_bytes(), []
    for seed in range(20 * part, 20 * part + 20):
        chance = random.Random(seed)
        damaged = bytearray(whole)
        length = chance.choice([1, 2, 8, 64, 1000])
        place = chance.choice([chance.randrange(100), chance.randrange(len(whole))])
        damaged[place : place + length] = chance.randbytes(min(length, len(whole) - place))
        path.write_bytes(damaged)
        found, count = rebuilt(source)
        assert found == right, f"seed {seed}"
        assert count <= 1, f"seed {seed}"
        counts.append(count)
    assert sum(counts) > 5  # the rest hit unused space, or wrote what was there


ROWS = {
    "broken JSON": "UPDATE runs SET body = '[1, 2' WHERE pathspec = 'B/3'",
    "JSON of another form": "UPDATE runs SET body = '{}' WHERE pathspec = 'B/3'",
    "broken UTF-8": "UPDATE runs SET body = CAST(x'5b22ff22' AS TEXT) WHERE pathspec = 'B/3'",
    "a key that is not UTF-8": "UPDATE runs SET pathspec = CAST(x'42ff2f33' AS TEXT) WHERE pathspec = 'B/3'",
    "another status": "UPDATE runs SET status = 'failed' WHERE pathspec = 'B/3'",
    "a time beyond the calendar": "UPDATE runs SET created = 9223372036854775807 WHERE pathspec = 'B/3'",
    "an edge elsewhere": "UPDATE edges SET effect = 'B/99' WHERE effect = 'B/3'",
    "bytes for a stamp": "UPDATE runs SET stamp = x'00' WHERE pathspec = 'B/3'",
    "a table less": "DROP TABLE told",
    "an index less": "DROP INDEX runs_created",
}


def damage(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.create_function("checksum", -1, lambda *_: 0)
    with database:
        assert database.execute(statement).rowcount
    database.close()


@pytest.mark.parametrize("statement", ROWS.values(), ids=ROWS)
def test_a_broken_row_is_rebuilt_with_one_warning(source: Remembered, statement: str) -> None:
    right = facts(answer(source))
    damage(catalog_path(KEY), statement)
    assert rebuilt(source) == (right, 1)
    assert rebuilt(source) == (right, 0)


@pytest.mark.parametrize("how", ["broken JSON", "broken UTF-8", "a time beyond the calendar"])
def test_a_broken_row_in_a_file_that_is_trusted_is_found_when_it_is_read(
    source: Remembered, how: str
) -> None:
    right = facts(answer(source))
    damage(catalog_path(KEY), ROWS[how])
    seal(catalog_path(KEY))
    assert rebuilt(source) == (right, 1)
    assert rebuilt(source) == (right, 0)


def test_a_file_is_checked_only_if_something_else_wrote_to_it(
    source: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[object] = []
    monkeypatch.setattr(file, "check", lambda *arguments: checks.append(arguments))
    source.put(drawn_record("C/500"))
    answer(source)
    answer(source)
    assert checks == []
    catalog_path(KEY).touch()
    answer(source)
    assert len(checks) == 1


def test_a_process_that_was_killed_leaves_a_file_that_is_checked_and_kept(source: Remembered) -> None:
    script = """
import os, signal
from lineage.catalog import open_catalog
from lineage.catalog.updates import refreshed
from tests.support.drawn import drawn_record
from tests.catalog.test_catalog_damage import KEY, WIDE, Remembered
source = Remembered(WIDE, KEY)
source.put(drawn_record("C/500"))
with open_catalog(source) as catalog:
    assert refreshed(catalog, source).read == 1
    catalog._database.execute("PRAGMA wal_checkpoint")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == -signal.SIGKILL
    assert not is_sealed(catalog_path(KEY))
    source.put(drawn_record("C/500"))
    assert refresh(source).read == 0  # warnings are errors here
    assert is_sealed(catalog_path(KEY))


# ---- locked by a process that was stopped

STOPPED = {
    "while it was opening the file": (
        "import fcntl; f = open(path + '.lock', 'w'); fcntl.flock(f, fcntl.LOCK_EX)"
    ),
    "while it was writing": (
        "import sqlite3; d = sqlite3.connect(path, isolation_level=None); d.execute('BEGIN IMMEDIATE')"
    ),
    "with the whole file locked": (
        "import sqlite3; d = sqlite3.connect(path, isolation_level=None); "
        "d.execute('PRAGMA locking_mode = EXCLUSIVE'); d.execute('BEGIN EXCLUSIVE'); "
        "d.execute('DELETE FROM told')"
    ),
}


@pytest.mark.parametrize("script", STOPPED.values(), ids=STOPPED)
def test_a_lock_held_by_a_stopped_process_is_said_soon(
    source: Remembered, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file._PATIENCE < 10
    monkeypatch.setattr(file, "_PATIENCE", 0.2)
    path = catalog_path(KEY)
    stop = f"import os, signal; path = {str(path)!r}; {script}; os.kill(os.getpid(), signal.SIGSTOP)"
    process = subprocess.Popen([sys.executable, "-c", stop])
    try:
        while b"\nState:\tT" not in Path(f"/proc/{process.pid}/status").read_bytes():
            pass
        source.put(drawn_record("C/500"))
        with pytest.raises(
            LineageError, match=r"cannot be used: database is locked.*or end it, set LINEAGE_CACHE"
        ):
            answer(source)
    finally:
        process.kill()
        process.wait()
    assert "C/500" not in answer(source).graph
    assert refresh(source).read == 0


# ---- a disk that is full

FULL: dict[str, Callable[[sqlite3.Connection], object]] = {
    "no pages left": lambda database: database.execute("PRAGMA max_page_count = 1"),
    "writing is refused": lambda database: database.execute("PRAGMA query_only = ON"),
}


@pytest.mark.parametrize("fill", FULL.values(), ids=FULL)
def test_a_catalog_that_cannot_grow_is_said_and_kept(
    source: Remembered, fill: Callable[[sqlite3.Connection], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = file._prepared

    def filled(database: sqlite3.Connection) -> sqlite3.Connection:
        fill(prepared(database))
        return database

    right = facts(answer(source))
    source.put(*(drawn_record(f"C/{1000 + i}") for i in range(2000)))
    with monkeypatch.context() as patched:
        patched.setattr(file, "_prepared", filled)
        with pytest.raises(LineageError, match=r"cannot be used: .*(full|readonly)"):
            refresh(source)
    assert refresh(source).read == 2000  # what was there was kept
    assert facts(answer(source)) == right


def test_a_file_that_may_not_grow_is_said_and_kept(source: Remembered) -> None:
    script = """
import resource
from lineage.catalog import refresh
from tests.support.drawn import drawn_record
from tests.catalog.test_catalog_damage import KEY, WIDE, Remembered
source = Remembered(WIDE, KEY)
source.put(*(drawn_record(f"C/{1000 + i}") for i in range(2000)))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
refresh(source)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "lineage.errors.LineageError: The catalog in" in done.stderr
    assert refresh(source).read == 0
