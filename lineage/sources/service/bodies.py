"""Bodies of HTTP answers, which never take more memory than they may."""

from __future__ import annotations

import zlib

ENCODING = "gzip"  # the one that is asked for: `zlib` unpacks it up to a length


class TooLong(Exception):
    """Reading was aborted because the answer exceeded a maximum length."""


def unpack(body: bytes, encoding: str, longest: int) -> bytes:
    """A body as it was before it was compressed.

    Parameters
    ----------
    body
        The body as it was sent.
    encoding
        The header `Content-Encoding`; empty without one.
    longest
        Maximum length of the result in bytes: a kilobyte that was sent may hold a megabyte.

    Raises
    ------
    TooLong
        If the result would be longer.
    ValueError
        If the body cannot be unpacked.
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in (ENCODING, "x-gzip"):
        raise ValueError(f"the answer is encoded as {encoding[:40]!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=31)  # with gzip's header and checksum
    try:
        data = unpacker.decompress(body, longest + 1)
    except zlib.error as exc:
        raise ValueError(f"the answer cannot be unpacked: {exc}") from exc
    if len(data) > longest:
        raise TooLong
    if not unpacker.eof:
        raise ValueError("the compressed answer is incomplete")
    return data
