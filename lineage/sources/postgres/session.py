"""A read-only session on a PostgreSQL database, with the driver's errors mapped to ours."""

from __future__ import annotations

import contextlib
import re
import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from lineage.errors import (
    InvalidArgument,
    MissingExtra,
    SourceDenied,
    SourceInvalid,
    SourceUnreachable,
)
from lineage.sources.addresses import ESCAPES
from lineage.sources.changes import batches
from lineage.sources.protocol import Cancel, check

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.pq import Conninfo
except ImportError as exc:
    raise MissingExtra(
        'Reading a database needs psycopg, which is not installed: pip install "metaflow-lineage[postgres]"'
    ) from exc

_CONNECT = 10  # seconds to wait for a connection
_GLANCE = 0.2  # seconds between two checks of `cancel`
_ROWS = 200  # of a COPY that are decoded at once

_WANTED = "source is not a database address like postgresql://user@host:5432/metaflow. " + ESCAPES

ResultRow = tuple[Any, ...]

# What COPY escapes: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Session:
    """One read-only connection, opened on first use.

    Parameters
    ----------
    address
        A `postgresql://` URL; missing parts are taken from the environment, as psql does.
    timeout
        Maximum time for one statement, in seconds.
    """

    def __init__(self, address: str, timeout: float) -> None:
        try:
            self._settings = conninfo_to_dict(address)
        except psycopg.Error:
            raise InvalidArgument(_WANTED) from None  # the driver's message may repeat the password
        if "@" in str(self._settings.get("dbname", "")):
            raise InvalidArgument(_WANTED)
        self._timeout = timeout
        self._connection: psycopg.Connection[ResultRow] | None = None

    @property
    def place(self) -> str:
        """Host, port and database, without user and password."""
        given = {
            option.keyword.decode(): option.val.decode()
            for option in Conninfo.get_defaults()  # with PGHOST and the like
            if option.val is not None
        }
        given |= {name: str(value) for name, value in self._settings.items()}
        host = given.get("host") or given.get("hostaddr") or "localhost"
        host = f"[{host}]" if ":" in host else host
        return f"{host}:{given.get('port') or 5432}/{given.get('dbname') or given.get('user') or ''}"

    def rows(self, query: str, values: Mapping[str, object], cancel: Cancel | None = None) -> list[ResultRow]:
        """The rows of one statement, in a transaction of its own.

        It is one round trip: PostgreSQL runs the statements of one message in a transaction.
        """
        with self._connected(cancel) as connection:
            cursor = psycopg.ClientCursor(connection)  # values in the text, as several statements need them
            cursor.execute(f"SET TRANSACTION READ ONLY; {self._limits}; {query}".encode(), values)
            while cursor.description is None and cursor.nextset():
                pass
            return cursor.fetchall()

    def copied(self, query: str, cancel: Cancel | None = None) -> Iterator[list[str]]:
        """Yield the rows of a statement as they arrive, each value as text, NULL as "".

        The statement takes no parameters. COPY is several times as fast as a cursor: the server may use its
        parallel plans, and values are not converted. While it runs, the session cannot be used for anything
        else.
        """
        statement = f"COPY ({query}) TO STDOUT (NULL '')".encode()
        with self._connected(cancel) as connection, connection.transaction():
            connection.execute(self._limits.encode())
            with connection.cursor().copy(statement) as copy:
                for blocks in batches(copy, _ROWS):  # libpq returns "one data row at a time"
                    yield from map(_columns, b"".join(blocks).decode().split("\n")[:-1])

    @property
    def _limits(self) -> str:
        # compiling a statement takes longer than it saves
        return f"SET LOCAL statement_timeout = {round(self._timeout * 1000)}; SET LOCAL jit = off"

    @contextlib.contextmanager
    def _connected(self, cancel: Cancel | None) -> Iterator[psycopg.Connection[ResultRow]]:
        """The connection, with errors mapped to ours, and statements stopped by `cancel`."""
        check(cancel)
        try:
            connection = self._open()
            with self._watched(connection, cancel):
                yield connection
        except psycopg.Error as exc:
            check(cancel)
            self._fail(exc)

    def _open(self) -> psycopg.Connection[ResultRow]:
        if self._connection is None or self._connection.closed:
            settings: dict[str, Any] = {"connect_timeout": _CONNECT, **self._settings}
            # nothing may outlive a transaction: behind a pool the next one can be another client's
            self._connection = psycopg.connect(**settings, autocommit=True, prepare_threshold=None)
            self._connection.read_only = True
            weakref.finalize(self, self._connection.close)
        return self._connection

    @contextlib.contextmanager
    def _watched(self, connection: psycopg.Connection[ResultRow], cancel: Cancel | None) -> Iterator[None]:
        """Cancel the statement on the server when `cancel` is set from another thread."""
        if cancel is None:
            yield
            return
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_GLANCE):
                if cancel.is_set():
                    connection.cancel()
                    return

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def _fail(self, exc: psycopg.Error) -> NoReturn:
        """Raise the `SourceError` that corresponds to an error of the driver (SQLSTATE, appendix A)."""
        where, reason, state = f"The database {self.place}", _reason(exc), exc.sqlstate or ""
        if state.startswith("28") or state == "42501" or "authentication failed" in reason:
            raise SourceDenied(f"{where} denied access: {reason}") from exc
        if state in ("42P01", "42703", "3D000", "3F000") or 'database "' in reason:
            raise SourceInvalid(
                f"{where} does not belong to a Metaflow metadata service, or to one of an unsupported "
                f"version: {reason}"
            ) from exc
        if isinstance(exc, psycopg.errors.QueryCanceled):
            raise SourceUnreachable(
                f"{where} took more than {self._timeout:g} s for one statement; docs/reference/sources.md "
                "has an index that makes it faster"
            ) from exc
        if isinstance(exc, (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)):
            raise SourceUnreachable(f"{where} did not answer: {reason}") from exc
        raise SourceInvalid(f"{where} cannot be read: {reason}") from exc


def _reason(exc: psycopg.Error) -> str:
    text = str(exc).strip()
    return text.splitlines()[0] if text else type(exc).__name__


def _columns(line: str) -> list[str]:
    """The values of a line of COPY's text format."""
    values = line.split("\t")
    return [_ESCAPED.sub(_unescaped, value) for value in values] if "\\" in line else values


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])
