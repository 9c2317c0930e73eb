"""The catalog's SQLite file: created, checked, opened, and rebuilt when it is unusable."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from lineage.catalog.rows import LAYOUT
from lineage.catalog.soundness import check, checksum, is_passing, is_sealed

_TABLES_VERSION = 9
VERSION = _TABLES_VERSION << 16 | LAYOUT  # a file of any other version is rebuilt
_APPLICATION = 0x4D464C4E  # "MFLN", so that another program's file is not taken for a catalog
_PATIENCE = 8  # seconds to wait for another process, which may have been stopped while it was writing
_GLANCE = 0.05  # seconds between two attempts to lock the file

# WITHOUT ROWID stores each table in the order of its key: the runs of a flow are adjacent, and so are the
# effects of a cause. The edges into a run are in its own row (`body`), so both directions are covered.
FLOW = "substr(pathspec, 1, instr(pathspec, '/'))"
UNSETTLED = "due IS NOT NULL"
_TABLES = f"""
CREATE TABLE runs (
  pathspec TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  created INTEGER,            -- microseconds since 1970
  finished INTEGER,
  body TEXT NOT NULL,         -- JSON, see rows.py
  stamp TEXT NOT NULL,        -- from the source, see Source.changes
  due REAL,                   -- seconds since 1970; NULL for a run that is not read again
  read_at REAL NOT NULL,      -- seconds since 1970
  sum INTEGER NOT NULL        -- checksum of the others, see soundness.py
) WITHOUT ROWID;
CREATE INDEX runs_unsettled ON runs (pathspec) WHERE {UNSETTLED};
CREATE INDEX runs_created ON runs ({FLOW}, created, status, finished);
CREATE TABLE flows (
  flow TEXT PRIMARY KEY,
  stamp TEXT NOT NULL,        -- from the source, see Known.listed
  sum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE edges (
  cause TEXT NOT NULL,
  effect TEXT NOT NULL,
  kinds INTEGER NOT NULL,     -- see rows.py
  sum INTEGER NOT NULL,
  PRIMARY KEY (cause, effect)
) WITHOUT ROWID;
-- edges that the cause's record tells, and the effect's does not
CREATE TABLE told (
  cause TEXT NOT NULL,
  effect TEXT NOT NULL,       -- a run that was spawned, or the key of an event that was published
  sum INTEGER NOT NULL,
  PRIMARY KEY (cause, effect)
) WITHOUT ROWID;
CREATE INDEX told_effects ON told (effect, cause);
"""


class NoCatalog(Exception):
    """The file is not a catalog of this version."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the catalog at a path; create it if it is missing, and rebuild it if it is corrupt.

    If the file cannot be written, the catalog is kept in memory, with a warning: it is only a cache.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with _locked(path):
            return _opened(path)
    except (OSError, sqlite3.OperationalError) as exc:
        if isinstance(exc, sqlite3.OperationalError) and "locked" in str(exc):
            raise
        warnings.warn(
            f"The catalog {path} cannot be written ({exc}), so it is kept in memory only; set LINEAGE_CACHE "
            "to a writable folder",
            RuntimeWarning,
            stacklevel=2,
        )
        return _prepared(sqlite3.connect(":memory:"))


def rebuild(path: Path, reason: object) -> sqlite3.Connection:
    """Discard a catalog and start a new one, with one warning."""
    warnings.warn(f"The catalog {path} is rebuilt: {reason}", RuntimeWarning, stacklevel=2)
    with _locked(path):
        return _replaced(path)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _checked(path)
    except (sqlite3.DatabaseError, NoCatalog) as exc:
        if isinstance(exc, sqlite3.Error) and is_passing(exc):
            raise
        warnings.warn(f"The catalog {path} is rebuilt: {exc}", RuntimeWarning, stacklevel=4)
        return _replaced(path)


def _replaced(path: Path) -> sqlite3.Connection:
    for suffix in (".seal", "", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return _checked(path)


def _checked(path: Path) -> sqlite3.Connection:
    """Connect to a file that is a catalog or empty."""
    sealed = path.stat().st_size == 0 or is_sealed(path)
    path.chmod(0o600)
    database = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)
    try:
        prepared = _prepared(database)
        if not sealed:
            check(prepared, path, _TABLES)
        return prepared
    except BaseException:
        database.close()
        raise


def _prepared(database: sqlite3.Connection) -> sqlite3.Connection:
    database.isolation_level = None  # transactions are started explicitly
    database.create_function("checksum", -1, checksum, deterministic=True)
    application = database.execute("PRAGMA application_id").fetchone()[0]
    version = database.execute("PRAGMA user_version").fetchone()[0]
    empty = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if not empty and (application, version) != (_APPLICATION, VERSION):
        raise NoCatalog(f"it has version {version}, not {VERSION}")
    if empty:
        database.execute("PRAGMA journal_mode = WAL")
        marks = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {VERSION};"
        database.executescript(f"BEGIN; {_TABLES} {marks} COMMIT;")
    database.execute(
        "PRAGMA synchronous = NORMAL"
    )  # the last writes before a power cut are read from the source again
    database.execute("PRAGMA cache_size = -65536")  # kibibytes
    return database


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time create or replace the file; SQLite itself guards everything else."""
    try:
        import fcntl
    except ImportError:  # Windows does not allow replacing a file that is open
        yield
        return
    with Path(f"{path}.lock").open("w") as file:
        Path(file.name).chmod(0o600)
        patience = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > patience:
                    message = f"database is locked, because another process is opening it ({file.name})"
                    raise sqlite3.OperationalError(message) from None
                time.sleep(_GLANCE)
        yield
