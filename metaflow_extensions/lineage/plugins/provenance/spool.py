"""The file in which processes that a task starts leave what they read, for the task to record."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PREFIX = "metaflow-lineage-"
SIZE_LIMIT = 16 * 1024 * 1024  # bytes; beyond, entries are dropped
LEFTOVER_AGE = 30 * 24 * 3600  # seconds; a task that was killed leaves its file behind

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Spool:
    """One task's file. It is made by the first process that has something to leave in it.

    Parameters
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def with_new_path(cls) -> Spool:
        """A spool under a name that no other user can foresee."""
        return cls(Path(tempfile.gettempdir(), PREFIX + os.urandom(16).hex()))

    def append(self, entry: list[Any]) -> None:
        """Leave an entry; what several processes leave at once does not mix.

        The file is opened each time: a descriptor kept open may be closed, and used for another file,
        by the code whose process this is.
        """
        descriptor = os.open(self.path, _APPEND, 0o600)
        try:
            if os.fstat(descriptor).st_size < SIZE_LIMIT:
                os.write(descriptor, json.dumps(entry).encode() + b"\n")
        finally:
            os.close(descriptor)

    def entries(self) -> Iterator[Any]:
        """The entries of the file; a line that its process did not finish is skipped."""
        try:
            with self.path.open("rb") as file:
                for line in file:
                    try:
                        yield json.loads(line)
                    except ValueError:
                        continue
        except FileNotFoundError:
            return

    def remove(self) -> None:
        """Remove the file, if there is one, and those that were left behind long ago."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return
        remove_leftovers(self.path.parent)


def remove_leftovers(folder: Path) -> None:
    """Remove this user's files of tasks that must have been killed."""
    oldest = time.time() - LEFTOVER_AGE
    for path in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # another task removes them too
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and status.st_mtime < oldest:
                path.unlink()
