"""Whether a catalog's file is as lineage left it; one that something else wrote to is checked in full.

A check reads the whole file, so it is not made each time. When a catalog is closed, the file's size and
times are written beside it, as its seal; as long as they match, the file is trusted.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

# Columns of each table, the last of which is the checksum of the others.
TABLES = {
    "runs": ("pathspec", "status", "created", "finished", "body", "stamp", "due", "read_at"),
    "flows": ("flow", "stamp"),
    "edges": ("cause", "effect", "kinds"),
    "told": ("cause", "effect"),
}
# At these places of the header (https://www.sqlite.org/fileformat.html): written and read as a WAL file,
# text in UTF-8.
_HEADER = {18: b"\x02\x02", 56: b"\x00\x00\x00\x01"}
_TICK = 0.02  # seconds; a change within the same tick of the clock would not change the file's times


class Damaged(sqlite3.DatabaseError):
    """The content of a catalog is not what lineage wrote."""


def checksum(*values: object) -> int:
    """The checksum of a row; also a function of SQL, for `check`."""
    return zlib.crc32("\x1f".join(map(str, values)).encode("utf-8", "surrogatepass"))


def with_checksums(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows as they are stored, each with its checksum last."""
    return [(*row, checksum(*row)) for row in rows]


def placeholders(table: str) -> str:
    """The placeholders of a stored row, for a statement that inserts it."""
    return f"({', '.join('?' * (len(TABLES[table]) + 1))})"


def is_sealed(path: Path) -> bool:
    """Whether the file is as it was when a catalog was last closed."""
    try:
        return _seal_file(path).read_bytes() == _stamp(path).encode()
    except (OSError, ValueError):
        return False


def seal(path: Path) -> None:
    """Note that the file is sound; without the note, it is only checked once more."""
    with contextlib.suppress(OSError):  # a full disk, or a folder that was deleted
        if is_sealed(path):
            return
        time.sleep(min(_TICK, max(0.0, path.stat().st_mtime + _TICK - time.time())))
        file = _seal_file(path)
        file.write_bytes(_stamp(path).encode())
        file.chmod(0o600)


def break_seal(path: Path) -> None:
    """Have the file checked when it is opened next."""
    with contextlib.suppress(OSError):
        _seal_file(path).unlink(missing_ok=True)


def check(database: sqlite3.Connection, path: Path, tables: str) -> None:
    """Read the whole file.

    Parameters
    ----------
    database, path
        The open catalog, and its file.
    tables
        The statements that create its tables.

    Raises
    ------
    Damaged
        If anything in it differs from what lineage writes.
    """
    if not _is_header_sound(database, path):
        raise Damaged("its header is damaged")
    try:
        if _schema(database) != _fresh_schema(tables):
            raise Damaged("its tables are damaged")
        (report,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        if report != "ok":
            raise Damaged(f"it is damaged ({str(report).splitlines()[-1][:80]})")
        for table, columns in TABLES.items():
            query = f"SELECT 1 FROM {table} WHERE sum IS NOT checksum({', '.join(columns)}) LIMIT 1"
            if database.execute(query).fetchone():
                raise Damaged(f"a row of its table {table} is damaged")
    except sqlite3.OperationalError as exc:  # text that is not UTF-8, among others
        if is_passing(exc):
            raise
        raise Damaged(f"it is damaged ({str(exc)[:80]})") from exc


def _is_header_sound(database: sqlite3.Connection, path: Path) -> bool:
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        # another process has it open, or was killed: the header in the file may be older than the one in use
        mode, encoding = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "encoding")
        )
        return (mode, encoding) == ("wal", "UTF-8")
    with path.open("rb") as file:
        header = file.read(100)
    return all(header[at : at + len(right)] == right for at, right in _HEADER.items())


def is_passing(exc: sqlite3.Error) -> bool:
    """Whether an error is temporary and not caused by the content of the file."""
    passing = (
        *("database is locked", "database table is locked", "database or disk is full"),
        *("attempt to write a readonly database", "unable to open database file", "disk I/O error"),
    )
    return isinstance(exc, sqlite3.OperationalError) and str(exc).startswith(passing)


def _seal_file(path: Path) -> Path:
    return Path(f"{path}.seal")


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"


def _schema(database: sqlite3.Connection) -> list[tuple[str, ...]]:
    return database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()


def _fresh_schema(tables: str) -> list[tuple[str, ...]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(tables)
        return _schema(database)
