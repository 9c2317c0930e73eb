"""The reads, started runs and published events of one process of a task: each once, within limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NAMED_LIMIT = 1_000  # different artifacts that are recorded by name; further ones are counted by run
TOLD_APART_LIMIT = 100_000  # further ones that are counted once each; beyond, each load is counted
LISTED_LIMIT = 1_000  # events, and runs

# An entry of the spool file: what it is about, and the arguments of the method of that name.
Entry = list[Any]


class Collected:
    """Each method returns the entry to pass on to the task's own process, or None if it is nothing new."""

    def __init__(self) -> None:
        self._reads: dict[tuple[str, str | None, str], None] = {}
        self._told_apart: set[int] = set()
        self._counts: dict[tuple[str, str], int] = {}
        self._lists: dict[str, dict[Any, None]] = {"spawned": {}, "published": {}}

    def read(self, artifact: str, sha: str | None, store: str) -> Entry | None:
        """An artifact was loaded: its pathspec, content hash and metadata provider."""
        key = (artifact, sha, store)
        if key in self._reads:
            return None
        if len(self._reads) < NAMED_LIMIT:
            self._reads[key] = None
            return ["read", *key]
        return self._count_once(key)

    def _count_once(self, key: tuple[str, str | None, str]) -> Entry | None:
        fingerprint = hash(key)
        if fingerprint in self._told_apart:
            return None
        if len(self._told_apart) < TOLD_APART_LIMIT:
            self._told_apart.add(fingerprint)
        return self.more("/".join(key[0].split("/", 2)[:2]), key[2])

    def more(self, run: str, store: str) -> Entry:
        """One more artifact of this run was loaded."""
        self._counts[run, store] = self._counts.get((run, store), 0) + 1
        return ["more", run, store]

    def spawned(self, run: str) -> Entry | None:
        """A run was started on a production orchestrator."""
        return self._list("spawned", run)

    def published(self, name: str, event_id: str) -> Entry | None:
        """An event was published."""
        return self._list("published", (name, event_id))

    def _list(self, kind: str, item: Any) -> Entry | None:
        listed = self._lists[kind]
        if item in listed or len(listed) >= LISTED_LIMIT:
            return None
        listed[item] = None
        return [kind, *item] if isinstance(item, tuple) else [kind, item]

    def absorb(self, entries: Iterable[Entry]) -> None:
        """Add what child processes passed on; an entry that makes no sense is passed over."""
        methods = {
            "read": self.read,
            "more": self.more,
            "spawned": self.spawned,
            "published": self.published,
        }
        for entry in entries:
            match entry:
                case [str(kind), str(), *_] if kind in methods and all(
                    word is None or isinstance(word, str) for word in entry
                ):
                    try:
                        methods[kind](*entry[1:])  # type: ignore[operator]  # a wrong number raises TypeError
                    except TypeError:
                        continue

    def fields(self, own_store: str) -> dict[str, str]:
        """The metadata to write: field -> value. Metadata providers are named if they are not `own_store`."""
        if not self._reads and not any(self._lists.values()):
            return {}
        from .record import PUBLISHED_FIELD, READS_FIELD, SPAWNED_FIELD, encode_published, encode_spawned

        fields = {}
        if self._reads:
            fields[READS_FIELD] = self._encoded_reads(own_store)
        if runs := self._lists["spawned"]:
            fields[SPAWNED_FIELD] = encode_spawned(list(runs))
        if events := self._lists["published"]:
            fields[PUBLISHED_FIELD] = encode_published(list(events))
        return fields

    def _encoded_reads(self, own_store: str) -> str:
        from .record import CountedReads, Read, ReadsRecord, encode_reads

        def foreign(store: str) -> str | None:
            return None if store == own_store else without_credentials(store)

        reads = []
        for artifact, sha, store in list(self._reads):  # threads that read on may change it
            task, _, name = artifact.rpartition("/")
            reads.append(Read(task, name, sha, foreign(store)))
        more = [
            CountedReads(run, number, foreign(store)) for (run, store), number in list(self._counts.items())
        ]
        return encode_reads(ReadsRecord(tuple(reads), tuple(more)))


def without_credentials(store: str) -> str:
    """The name of a metadata provider without the user and password that its address may have.

    Examples
    --------
    >>> without_credentials("service@https://ann:secret@metadata.example/api")
    'service@https://metadata.example/api'
    """
    scheme, separator, rest = store.partition("://")
    if not separator:
        return store
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
