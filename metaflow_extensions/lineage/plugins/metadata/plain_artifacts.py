"""Artifacts of plain data, read from a task's datastore without unpickling."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .plain_pickle import NotPlain, read_plain

if TYPE_CHECKING:
    from metaflow import Task
    from metaflow.datastore import TaskDataStore

# The ways in which Metaflow pickles (metaflow/datastore/task_datastore.py); others name theirs.
_PICKLED = frozenset({"pickle-v2", "pickle-v4", "gzip+pickle-v2", "gzip+pickle-v4"})

# An S3 client takes some tenths of a second to create, and two threads must not do so at the same time. It is
# therefore created once for each datastore, on first use; after that, threads may share it.
_storages: dict[tuple[str | None, str | None], Any] = {}
_first_use = threading.Lock()


def task_datastore(task: Task, fields: Mapping[str, str]) -> TaskDataStore:
    """Open a task's datastore at the location recorded in the metadata of a task of the same run.

    Raises
    ------
    LookupError
        If `fields` do not record a datastore that this Metaflow knows.
    """
    from metaflow.plugins import DATASTORES

    kind, root = fields.get("ds-type"), fields.get("ds-root")
    implementation = next((known for known in DATASTORES if kind == known.TYPE), None)
    if implementation is None:
        raise LookupError("the run does not record which datastore holds its artifacts")
    with _first_use:
        if (kind, root) not in _storages:
            storage = implementation(root)
            opened = _opened(storage, task)
            _storages[kind, root] = storage
            return opened
    return _opened(_storages[kind, root], task)


def _opened(storage: Any, task: Task) -> TaskDataStore:
    from metaflow.datastore import FlowDataStore

    flow, run_id, step, task_id = task.path_components
    flow_store = FlowDataStore(flow, None, storage_impl=lambda _: storage)
    store: TaskDataStore = flow_store.get_task_datastore(run_id, step, task_id)
    return store


def plain_artifact(store: TaskDataStore, name: str, limit: int) -> Any:
    """The value of an artifact that is plain data.

    Parameters
    ----------
    store, name
        The task's datastore, and the artifact.
    limit
        Maximum size of its pickle in bytes.

    Raises
    ------
    NotPlain
        If it is anything else, or larger.
    KeyError
        If there is no such artifact.
    """
    encoding = store._info.get(name, {}).get("encoding", "gzip+pickle-v2")
    if encoding not in _PICKLED:
        raise NotPlain(f"it is stored as {encoding}")
    data = _stored(store, store._objects[name], limit + 1)
    if len(data) > limit:
        raise NotPlain(f"it is larger than {limit:,} bytes")
    return read_plain(data)


def _stored(store: TaskDataStore, key: str, most: int) -> bytes:
    """At most so many bytes of a stored object: `load_blobs` unpacks all of it, however large it gets."""
    objects = store._ca_store
    storage = objects._storage_impl
    path = storage.path_join(objects._prefix, key[:2], key)
    with storage.load_bytes([path]) as loaded:
        for _, file, meta in loaded:
            if file is None:
                raise FileNotFoundError(f"{path} is missing from the datastore")
            if meta and meta.get("cas_raw", False):
                with Path(file).open("rb") as raw:
                    return raw.read(most)
            with gzip.GzipFile(file, "rb") as packed:
                return packed.read(most)
    raise FileNotFoundError(f"{path} is missing from the datastore")
