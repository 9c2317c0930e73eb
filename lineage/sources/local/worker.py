"""The reader process: receives pathspecs and answers with records."""

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
    """Answer requests until the other side closes the connection.

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
            except OSError:  # the other side has closed the connection
                return


def _listen(connection: Connection, questions: queue.SimpleQueue[tuple[bool, list[str]] | None]) -> None:
    """Receive requests while others are answered; otherwise both sides could block on each other."""
    try:
        while True:
            questions.put(connection.recv())
    except (OSError, EOFError):
        questions.put(None)


def encode_records(records: dict[str, RunRecord]) -> bytes:
    """Serialize records, several times faster than pickle unless a payload is unusual."""
    try:
        return _PACKED + _pack(records)
    except (
        OverflowError,
        UnicodeEncodeError,
        msgspec.MsgspecError,
    ):  # an unusual number or text in a payload
        return _PICKLED + pickle.dumps(records)


def decode_records(answer: bytes) -> dict[str, RunRecord]:
    """Restore the records that `encode_records` serialized."""
    kind, content = answer[:1], answer[1:]
    if kind == _PACKED:
        return _unpack(content)
    records: dict[str, RunRecord] = pickle.loads(content)  # noqa: S301  # from our own process
    return records
