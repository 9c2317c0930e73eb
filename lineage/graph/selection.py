"""The selection language (docs/reference/selection.md): find the nodes of a lineage graph that match a text.

The viewer implements it in JavaScript too; `tests/selection_cases.json` tests both against the same answers.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Set
from datetime import datetime, timezone
from math import inf
from typing import Any, NoReturn

from lineage.errors import InvalidArgument, InvalidSelection
from lineage.lazy import nx
from lineage.records.model import DEFAULTS, FACTS, KINDS, STATUSES
from metaflow_extensions.lineage.plugins.metadata.causes import identity

Node = dict[str, Any]
Test = Callable[[str], bool]

_FIRST = ("flow", "run", "event", "status", "tag", "user", "project", "branch", "kind", "after", "before")
_TIMES = ("created_at", "finished_at")
# and every other fact of a run that is a string or None
FIELDS = (
    *_FIRST,
    *(name for name in FACTS if name not in (*_FIRST, *_TIMES) and DEFAULTS.get(name, "") is None),
    "stale",
)
_STATUSES = (*STATUSES, "stale")  # which a run is beside its status
DEEPEST = 50  # levels of nested parentheses and nots

_NAME = re.compile(r'(?:[^\s()+:"=]|=(?!>))+')
_VALUE = re.compile(r'(?:[^\s()+"=]|=(?!>))+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORDS = {word: re.compile(rf"{word}(?![^\s()])", re.IGNORECASE) for word in ("or", "and", "not")}
_TIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?Z?)?)?)?", re.ASCII)


def select(graph: nx.DiGraph[str], text: str) -> set[str]:
    """Return the keys of the nodes that match a selection.

    Parameters
    ----------
    graph
        A lineage graph.
    text
        For example `"2+TrainingFlow/34+ and not status:failed"`.

    Returns
    -------
    set of str
        May be empty.

    Raises
    ------
    InvalidSelection
        If the text does not parse; `position` is the offending character, from 0.

    Examples
    --------
    >>> graph = nx.DiGraph([("ETLFlow/7", "TrainingFlow/34")])
    >>> for key in graph:
    ...     graph.nodes[key].update(kind="run", flow=key.split("/")[0], run_id=key.split("/")[1])
    >>> sorted(select(graph, "ETLFlow/7+")), select(graph, "run:34")
    (['ETLFlow/7', 'TrainingFlow/34'], {'TrainingFlow/34'})
    """
    if not isinstance(text, str):
        raise InvalidArgument(f"a selection must be a string such as 'TrainingFlow/34+', not {text!r}")
    return _Reader(graph, text).all()


class _Reader:
    """Parses a selection from left to right and evaluates it on the way."""

    def __init__(self, graph: nx.DiGraph[str], text: str) -> None:
        self.graph = graph
        self.text = text
        self.at = 0
        self.depth = 0

    def all(self) -> set[str]:
        keys = self.either()
        self.space()
        if self.at < len(self.text):
            unopened = self.text[self.at] == ")"
            self.fail("there is no ( for this )" if unopened else "and, or, or => is missing here")
        return keys

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        position = self.at if position is None else position
        raise InvalidSelection(f"{message}\n  {self.text}\n  {' ' * position}^", position, message)

    def read(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        """Consume what the expression matches at this position, if anything."""
        match = expression.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def space(self) -> None:
        self.read(_SPACE)

    def keyword(self, expression: re.Pattern[str]) -> bool:
        self.space()
        return self.read(expression) is not None

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail("too many parentheses")

    def either(self) -> set[str]:
        self.deeper()
        keys = self.both()
        while self.keyword(_WORDS["or"]):
            keys |= self.both()
        self.depth -= 1
        return keys

    def both(self) -> set[str]:
        keys = self.unless()
        while self.keyword(_WORDS["and"]):
            keys &= self.unless()
        return keys

    def unless(self) -> set[str]:
        if not self.keyword(_WORDS["not"]):
            return self.path()
        self.deeper()
        out = self.unless()
        self.depth -= 1
        return set(self.graph) - out

    def path(self) -> set[str]:
        start = self.reach()
        if not self.keyword(_ARROW):
            return start
        back = within(self.graph, self.reach(), upstream=True)
        if self.keyword(_ARROW):
            self.fail("put parentheses around the first =>", self.at - 2)
        return within(self.graph, start) & back

    def reach(self) -> set[str]:
        self.space()
        before = self.read(_BEFORE)
        core = self.term()
        after = self.read(_AFTER)
        return within(self.graph, core, _hops(before), upstream=True) | within(self.graph, core, _hops(after))

    def term(self) -> set[str]:
        if self.read(_OPEN):
            keys = self.either()
            self.space()
            if not self.read(_CLOSE):
                self.fail("a closing ) is missing")
            return keys
        start = self.at
        quoted = self.quoted()
        name = quoted if quoted is not None else self.plain(_NAME)
        if name is None or (quoted is None and name.lower() in _WORDS):
            self.fail("a name is missing", start)
        if quoted is not None or not self.read(_COLON):
            return self.named(name)
        if name not in FIELDS:
            self.fail(f"unknown field '{name}'; one of {', '.join(FIELDS)}", start)
        begin = self.at
        value = self.quoted()
        value = self.plain(_VALUE) if value is None else value
        if not value:
            self.fail(f"a value is missing after {name}:", begin)
        return self.field(name, value, begin)

    def plain(self, expression: re.Pattern[str]) -> str | None:
        match = self.read(expression)
        return match[0] if match else None

    def quoted(self) -> str | None:
        if not self.text.startswith('"', self.at):
            return None
        match = self.read(_QUOTED) or self.fail("this quote is not closed")
        return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)

    def where(self, test: Callable[[str, Node], bool]) -> set[str]:
        return {key for key, node in self.graph.nodes(data=True) if test(key, node)}

    def named(self, name: str) -> set[str]:
        """The run with this pathspec, or else all runs of a flow or all events of that name."""
        alike = glob(name)
        if "/" in name:
            return self.where(lambda key, node: node["kind"] != "event" and alike(key))
        return self.where(lambda _, node: alike(node["name" if node["kind"] == "event" else "flow"]))

    def field(self, name: str, value: str, begin: int) -> set[str]:
        if name == "status" and value not in _STATUSES:
            self.fail(f"unknown status '{value}'; one of {', '.join(_STATUSES)}", begin)
        if name in ("after", "before"):
            limit = moment(value)
            if limit is None:
                self.fail(f"not a date: '{value}'; write 2026-01-31 or 2026-01-31T12:00", begin)
            return self.where(lambda _, node: _is_on_side(node, limit, name))
        if name == "kind":
            if value not in KINDS:
                self.fail(f"unknown kind '{value}'; one of {', '.join(KINDS)}", begin)
            return _ends_of_kind(self.graph, value)
        if value == "stale" and name == "status":
            name, value = "stale", "*"
        test = _field_test(name, glob(value))
        kind = "event" if name == "event" else "run"
        return self.where(lambda _, node: node["kind"] == kind and test(node))


_SPACE = re.compile(r"\s*")
_ARROW, _OPEN, _CLOSE, _COLON = (re.compile(re.escape(mark)) for mark in ("=>", "(", ")", ":"))
_BEFORE, _AFTER = re.compile(r"(\d*)\+", re.ASCII), re.compile(r"\+(\d*)", re.ASCII)


def _identity(event: Node) -> str:
    return identity(event["event_id"], event.get("timestamp"))


def _field_test(name: str, alike: Test) -> Callable[[Node], bool]:
    if name == "event":
        return lambda node: alike(node["name"]) or alike(f"{node['name']}/{_identity(node)}")
    if name == "tag":
        return lambda node: any(alike(tag) for tag in (*node.get("tags", ()), *node.get("system_tags", ())))
    key = "run_id" if name == "run" else name
    return lambda node: node.get(key) is not None and alike(node[key])


def _ends_of_kind(graph: nx.DiGraph[str], kind: str) -> set[str]:
    """The nodes at both ends of the edges of a kind."""
    edges = graph.edges(data=True)
    return {end for u, v, edge in edges if kind in edge.get("kinds", (edge.get("kind"),)) for end in (u, v)}


def _is_on_side(node: Node, limit: datetime, side: str) -> bool:
    time = node.get("created_at") or node.get("timestamp")
    return time is not None and (time >= limit if side == "after" else time < limit)


def _hops(plus: re.Match[str] | None) -> float:
    """The hops that a plus, with or without a number, reaches; none without a plus."""
    if plus is None:
        return 0
    return int(plus[1]) if plus[1] else inf


def within(graph: nx.DiGraph[str], start: Set[str], hops: float = inf, *, upstream: bool = False) -> set[str]:
    """The nodes within a number of edges downstream of some nodes, or upstream, those included."""
    following = graph.predecessors if upstream else graph.successors
    reached = set(start)
    queue = deque((key, 0) for key in start)
    while queue:
        key, distance = queue.popleft()
        if distance < hops:
            fresh = [after for after in following(key) if after not in reached]
            reached.update(fresh)
            queue.extend((after, distance + 1) for after in fresh)
    return reached


def glob(pattern: str) -> Test:
    """Compile a pattern that must match the whole text; `*` is any text and `?` one character."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    expression = re.compile("".join(parts), re.DOTALL)
    return lambda text: expression.fullmatch(text) is not None


def moment(text: str) -> datetime | None:
    """The first moment (UTC) of a year, month, day, minute or second; None if it is not a date."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    month, day, hour, minute, second = (None if part is None else int(part) for part in match.groups()[1:])
    try:
        # month and day may be left out, but 00 is invalid
        day_of = datetime(int(match[1]), 1 if month is None else month, 1 if day is None else day)
        return day_of.replace(hour=hour or 0, minute=minute or 0, second=second or 0, tzinfo=timezone.utc)
    except ValueError:
        return None
