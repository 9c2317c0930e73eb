"""A read-only session on a PostgreSQL database, with the driver's errors mapped to ours."""

from __future__ import annotations

import contextlib
import itertools
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
_ROWS = 2000  # fetched at once from a server-side cursor, so that memory does not grow with the table
_GLANCE = 0.2  # seconds between two checks of `cancel`

_WANTED = "source is not a database address like postgresql://user@host:5432/metaflow. " + ESCAPES

ResultRow = tuple[Any, ...]


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
        self._serial = itertools.count()
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

    def rows(
        self, query: str, values: Mapping[str, object], cancel: Cancel | None = None
    ) -> Iterator[ResultRow]:
        """Yield the rows of one statement as they arrive, in a transaction of its own."""
        check(cancel)
        try:
            connection = self._open()
            with connection.transaction(), self._watched(connection, cancel):
                connection.execute(f"SET LOCAL statement_timeout = {round(self._timeout * 1000)}")
                # a unique name, because a second query may start while this result is being read
                with connection.cursor(name=f"lineage_{next(self._serial)}") as cursor:
                    cursor.itersize = _ROWS
                    cursor.execute(query.encode(), values)
                    yield from cursor
        except psycopg.Error as exc:
            check(cancel)
            self._fail(exc)

    def _open(self) -> psycopg.Connection[ResultRow]:
        if self._connection is None or self._connection.closed:
            settings: dict[str, Any] = {"connect_timeout": _CONNECT, **self._settings}
            self._connection = psycopg.connect(**settings, autocommit=True)
            weakref.finalize(self, self._connection.close)
            self._connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
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
