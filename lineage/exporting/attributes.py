"""Names and values of attributes that every common graph format can hold.

Where each rule comes from is tested with the readers themselves in `tests/exporting`:

- GEXF takes `id`, `label`, `type`, `parents`, `start`, `end`, `pid`, `viz`, `key`, `slices` and `spells` for
  itself, and a list of texts of three letters for a value with a beginning and an end;
- igraph sets a vertex attribute `id` of its own, and refuses an attribute that has two types;
- pydot cannot take attributes `name`, `src`, `dst` and `obj_dict`; DOT has six keywords; pyvis calls a node's
  key `n_id`;
- networkx refuses an edge table in which `source` or `target` is an attribute, and its JSON for Cytoscape
  overwrites `value`;
- GML turns integers of 2**31 and more into text and booleans into numbers, and allows letters, digits and
  `_` in names only;
- pygraphviz writes None as a word and loses an empty text, and networkx reads the text `[]` in GML as a list;
- XML cannot hold most control characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from math import isinf, isnan
from numbers import Integral, Real
from typing import Any

Plain = str | int | float

_RESERVED = frozenset(
    (
        *("id", "label", "type", "parents", "start", "end", "pid", "viz", "key", "slices", "spells"),
        *("name", "src", "dst", "obj_dict", "n_id", "source", "target", "value", "networkx_key"),
        *("node", "edge", "graph", "digraph", "subgraph", "strict"),
    )
)
_RENAMED = {"name": "event_name"}  # what an event's attribute is called elsewhere
_BEYOND = 2**31  # GML's integers end before it
_UNFIT_NAME = re.compile(r"[^0-9A-Za-z_]")
# what XML 1.0 cannot hold, and the carriage return, which its readers turn into a newline
_UNFIT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


class AttributeNames:
    """Attribute names that mean nothing else in any format; each is given to one attribute only."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def reserve(self, *names: str) -> None:
        """Keep these for attributes that are named elsewhere."""
        self._taken.update(names)

    def __getitem__(self, name: object) -> str:
        original = str(name)
        if original not in self._given:
            safe = _RENAMED.get(original) or safe_name(original)
            while safe in self._taken:
                safe += "_"
            self._taken.add(safe)
            self._given[original] = safe
        return self._given[original]


def safe_name(name: str) -> str:
    """An attribute's name that no format takes for something else.

    Examples
    --------
    >>> safe_name("status"), safe_name("type"), safe_name("page rank"), safe_name("2nd")
    ('status', 'type_', 'page_rank', 'a2nd')
    """
    safe = _UNFIT_NAME.sub("_", name)
    if not safe[:1].isalpha():
        safe = f"a{safe}"
    return f"{safe}_" if safe.lower() in _RESERVED else safe


def safe_text(text: str) -> str:
    r"""A text in which the characters that some formats cannot hold are escapes.

    Examples
    --------
    >>> safe_text("a\x00b")
    'a\\u0000b'
    """
    if text.isprintable():  # nearly all are, and this is ten times as fast
        return text
    return _UNFIT_TEXT.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plain_value(value: object) -> Plain | None:
    """A text or a number for any value; None if there is nothing to write.

    Times become ISO 8601 with their zone (one without counts as UTC), lists and objects become JSON, booleans
    become `true` and `false`. An empty text, an empty list and NaN are nothing.

    Examples
    --------
    >>> plain_value(datetime(2026, 1, 2, tzinfo=timezone.utc)), plain_value(["a", "b"]), plain_value(True)
    ('2026-01-02T00:00:00+00:00', '["a", "b"]', 'true')
    >>> plain_value(2**31 - 1), plain_value(2**31), plain_value("")
    (2147483647, '2147483648', None)
    """
    if isinstance(value, str):
        return safe_text(value) or None
    if value is None:
        return None
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integral):
        whole = int(value)
        return whole if -_BEYOND <= whole < _BEYOND else str(whole)
    if isinstance(value, Real):
        return _plain_number(float(value))
    if isinstance(value, date):
        return value.isoformat()
    if value == [] or value == ():
        return None
    return safe_text(_json(value))


def iso_time(moment: datetime) -> str:
    """ISO 8601 in UTC, with the zone; a time without a zone counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).isoformat()


def plain_attributes(elements: Iterable[Mapping[Any, Any]]) -> list[dict[str, Plain]]:
    """The attributes of all nodes, or of all edges, each attribute with one type throughout.

    Names that begin with two underscores are left out: converters keep their books under these.
    """
    names = AttributeNames()
    plain = [_plain_element(element, names) for element in elements]
    for name, types in _types(plain).items():
        if len(types) > 1:
            common = float if types == {int, float} else str
            for attributes in plain:
                if name in attributes:
                    attributes[name] = common(attributes[name])
    return plain


def _plain_element(element: Mapping[Any, Any], names: AttributeNames) -> dict[str, Plain]:
    return {
        names[name]: plain
        for name, value in element.items()
        if not str(name).startswith("__") and (plain := plain_value(value)) is not None
    }


def _types(plain: Iterable[Mapping[str, Plain]]) -> dict[str, set[type]]:
    types: dict[str, set[type]] = {}
    for attributes in plain:
        for name, value in attributes.items():
            types.setdefault(name, set()).add(type(value))
    return types


def _plain_number(number: float) -> Plain | None:
    if isnan(number):
        return None
    return str(number) if isinf(number) else number


def _json(value: object) -> str:
    if isinstance(value, set | frozenset):
        value = sorted(map(str, value))
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # keys that JSON cannot have, or a circle
        return str(value)
