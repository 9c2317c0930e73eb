"""A network that breaks: it passes everything on to a server, and is cut after some bytes of its answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class CuttingProxy:
    """Passes connections on to a port of this machine.

    Parameters
    ----------
    port
        The server's.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.passed = 0  # bytes of answers
        self._left: int | None = None  # bytes of answers until the cut
        self._broken, self._stays_broken = False, False

    def __enter__(self) -> CuttingProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for end in list(self._open):
            _end(end)

    def cut_after(self, count: int, *, for_good: bool) -> None:
        """Cut all connections after so many further bytes; new ones work unless it is for good."""
        with self._lock:
            self._left, self._broken, self._stays_broken = count, False, for_good

    def heal(self) -> None:
        """Pass everything on again."""
        with self._lock:
            self._left, self._broken = None, False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            if self._broken:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._server))
            with self._lock:
                self._open |= {client, server}
            for source, target, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(source, target, answers), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):  # either end closed it
            while data := source.recv(65536):
                allowed, cut = self._allowed(data) if answers else (data, set())
                target.sendall(allowed)
                for end in cut:
                    _end(end)
        for end in (source, target):
            _end(end)

    def _allowed(self, data: bytes) -> tuple[bytes, set[socket.socket]]:
        """What may still pass of this part of an answer, and the connections to cut right behind it."""
        with self._lock:
            if self._left is None or len(data) <= self._left:
                self.passed += len(data)
                self._left = None if self._left is None else self._left - len(data)
                return data, set()
            allowed, self._left = data[: self._left], None
            self._broken = self._stays_broken
            cut, self._open = self._open, set()
            return allowed, cut


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        end.shutdown(socket.SHUT_RDWR)
    end.close()
