"""The process that reads runs for another one: it is sent names and answers with records."""

from __future__ import annotations

import gc
import pickle
import queue
import threading
from multiprocessing.connection import Connection

import msgspec

from lineage.records.model import RunRecord
from lineage.sources.local.records import read_causes, read_runs

_PACKED, _PICKLED = b"m", b"p"
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, RunRecord]).decode


def serve(line: int, root: str) -> None:
    """Answer until the other side hangs up.

    Parameters
    ----------
    line
        File descriptor of a `multiprocessing.Pipe`.
    root
        The `.metaflow` folder.
    """
    gc.disable()  # records have no cycles
    questions: queue.SimpleQueue[tuple[bool, list[str]] | None] = queue.SimpleQueue()
    with Connection(line) as connection:
        threading.Thread(target=_listen, args=(connection, questions), daemon=True).start()
        while (question := questions.get()) is not None:
            whole, batch = question
            read = read_runs if whole else read_causes
            try:
                connection.send_bytes(encode_records(read(root, batch)))
            except OSError:  # nobody listens any more
                return


def _listen(connection: Connection, questions: queue.SimpleQueue[tuple[bool, list[str]] | None]) -> None:
    """Take questions in while others are answered: both sides would wait for each other otherwise."""
    try:
        while True:
            questions.put(connection.recv())
    except (OSError, EOFError):
        questions.put(None)


def encode_records(records: dict[str, RunRecord]) -> bytes:
    """Records as bytes, several times faster than pickle where nothing is unusual."""
    try:
        return _PACKED + _pack(records)
    except (OverflowError, UnicodeEncodeError, msgspec.MsgspecError):  # a payload's number or text
        return _PICKLED + pickle.dumps(records)


def decode_records(answer: bytes) -> dict[str, RunRecord]:
    """What `encode_records` was given."""
    kind, content = answer[:1], answer[1:]
    if kind == _PACKED:
        return _unpack(content)
    records: dict[str, RunRecord] = pickle.loads(content)  # from our own process
    return records
