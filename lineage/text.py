"""Text and JSON from a store, made fit to be shown in a terminal and written to a file."""

from __future__ import annotations

import base64
import codecs
import json
import math
import unicodedata
import zlib
from typing import Any

DEPTH = 100  # levels of nested JSON that are kept; json.dumps and browsers stop at about a thousand
DOCUMENT = DEPTH + 10  # levels of a document that holds such JSON

# Unicode categories: control and format characters, unpaired surrogates, line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINER = "\u200d"  # holds emoji together

# What stands for our own signs in an encoding without them. Each status keeps a sign of its own.
_PLAIN = {
    "●": "*",
    "✖": "x",
    "✔": "+",
    "▶": ">",
    "◆": "?",
    "○": "o",
    "⬡": "%",
    "★": "!",
    "█": "#",
    "▒": "x",
    "├": "|",
    "└": "`",
    "│": "|",
    "─": "-",
    "╌": "-",
    "═": "=",
    "┄": ".",
    "↑": "^",
    "…": "...",
    "—": "-",
    "·": "-",
    "→": "->",
    "µ": "u",
    "≥": ">=",
    "“": '"',
    "”": '"',
}
PLAIN_WHERE_NEEDED = "lineage.plain"  # name of an error handler for `str.encode` and text streams


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(
        _PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lacking
    ), error.end


codecs.register_error(PLAIN_WHERE_NEEDED, _plain)


def encodable(text: str, encoding: str | None) -> str:
    """A text in which plain characters stand for those that an encoding lacks.

    Examples
    --------
    >>> encodable("├─ ● ETLFlow/1 · Zoë", "ascii")
    '|- * ETLFlow/1 - Zo\\\\xeb'
    """
    name = encoding or "utf-8"
    return text.encode(name, PLAIN_WHERE_NEEDED).decode(name)


def clean_text(value: object) -> str:
    """A value as text that can be encoded: JSON can spell unpaired surrogates, UTF-8 cannot.

    Examples
    --------
    >>> clean_text("half \\ud83d"), clean_text(34)
    ('half ?', '34')
    """
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def clean_json(value: Any, depth: int = DEPTH) -> Any:
    """A JSON value as the standard allows it.

    Infinities and NaN become the words that Python and JavaScript write for them, unpaired surrogates
    become question marks, and nothing is nested more than `depth` levels. Other values stay as they are.

    Examples
    --------
    >>> clean_json({"size": float("inf"), "half \\ud83d": [float("nan"), 1.5]})
    {'size': 'Infinity', 'half ?': ['NaN', 1.5]}
    """
    if isinstance(value, str):
        return value if value.isascii() else clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, (dict, list, tuple)) and depth <= 0:
        return "… nested too deeply to be shown"
    if isinstance(value, dict):
        return {clean_json(key, 0): clean_json(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(item, depth - 1) for item in value]
    return value


def encode_json(value: Any, **options: Any) -> str:
    """JSON that every reader accepts and every file can hold, whatever a store had in it.

    Parameters
    ----------
    value
        The value; `clean_json` is applied where it is needed.
    **options
        Passed to `json.dumps`.
    """
    try:
        text = json.dumps(value, allow_nan=False, **options)
        text.encode()  # fails on an unpaired surrogate
    except (ValueError, RecursionError) as exc:
        if "Circular" in str(exc):  # made by hand; cleaned, it would have no end
            raise
        return json.dumps(clean_json(value, DOCUMENT), allow_nan=False, **options)
    return text


def pack_json(value: Any) -> str:
    """JSON deflated (RFC 1950) and in base64: a fifth of its length, and fit for any text.

    Examples
    --------
    >>> zlib.decompress(base64.b64decode(pack_json({"runs": 3})))
    b'{"runs":3}'
    """
    text = encode_json(value, ensure_ascii=True, separators=(",", ":"), default=str)
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")


def escape_hidden(text: str, keep: str = "") -> str:
    """Replace characters that are invisible, move the cursor or turn the line around by escapes.

    Parameters
    ----------
    text
        The text.
    keep
        Characters that are left as they are.

    Examples
    --------
    >>> escape_hidden("\\x1b[31mred\\n", keep="\\n")
    '\\\\u001b[31mred\\n'
    """
    if text.isprintable():  # nearly always, and a hundred times faster
        return text
    return "".join(
        _escaped(c) if c != _JOINER and c not in keep and unicodedata.category(c) in _HIDDEN else c
        for c in text
    )


def _escaped(character: str) -> str:
    """The escapes of JSON, so that escaped JSON still means the same."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def escape_message(text: object, length: int = 4000) -> str:
    """A message of several lines for a terminal; a very long one is shortened in the middle."""
    kept = str(text)
    if len(kept) > length:
        kept = f"{kept[: length // 2]} … {kept[-length // 2 :]}"
    return escape_hidden(kept, keep="\n\t")
