"""The differences between two runs, or two events, in the same place of two lineages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal

from lineage.comparing.reasons import label
from lineage.format import format_duration, legible
from lineage.records.contents import RunContents

ChangeKind = Literal["cause", "payload", "parameter", "code", "version", "status", "artifact", "duration"]
# These do not follow from anything upstream; a run whose results differ may just follow.
OWN: tuple[ChangeKind, ...] = ("cause", "payload", "parameter", "code", "version")
_VERSIONS = ("metaflow_version", "python_version")
# Durations always differ; a difference counts from these thresholds on.
_TIMES_AS_LONG, _SECONDS = 2.0, 5.0
_LENGTH = 60  # characters of a value


class Absent:
    """Stands for a value on the side that lacks it."""

    def __repr__(self) -> str:
        return "absent"


@dataclass(frozen=True, repr=False)
class Unloaded:
    """Stands for a value of which only the content hash is known."""

    sha: str

    def __repr__(self) -> str:
        return f"not loaded (hash {self.sha[:8]})"


ABSENT = Absent()


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    Attributes
    ----------
    kind
        `"cause"` (a trigger, a read or an origin that only one side has), `"payload"`, `"parameter"`,
        `"code"`, `"version"`, `"status"`, `"artifact"`, `"duration"`.
    name
        Of the parameter, the artifact, the payload's field; `commit`, `python`; or the key of the cause.
    before, after
        The values; `ABSENT` on a side that lacks it, `Unloaded` with the hash where it was not loaded;
        seconds of a duration.
    """

    kind: ChangeKind
    name: str
    before: Any
    after: Any

    @property
    def own(self) -> bool:
        """Whether it is a change of the run itself, and not of its results only."""
        return self.kind in OWN

    def __str__(self) -> str:
        if self.after is ABSENT or self.before is ABSENT:
            return f"{label(self.name)}: only in {'A' if self.after is ABSENT else 'B'}"
        if isinstance(self.before, Unloaded) or isinstance(self.after, Unloaded):
            return f"{self.name}: other {'value' if self.kind == 'parameter' else 'content'}"
        name = "took" if self.kind == "duration" else self.name
        return f"{name} {self.text(self.before)} -> {self.text(self.after)}"

    @property
    def _telling(self) -> int:
        """The number of leading characters that tell two hashes apart, at least four."""
        pairs = zip(str(self.before), str(self.after), strict=False)
        return max(4, 1 + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))

    def text(self, value: Any) -> str:
        """One of its values, as short text."""
        if self.kind == "duration":
            return format_duration(value)
        if self.name in ("commit", "package") and self.kind == "code":
            commit, _, changed = str(value).partition(" ")
            return f"{commit[: self._telling]} {changed}".rstrip()
        return legible(value if isinstance(value, str) else repr(value), _LENGTH)


def event_changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Change]:
    """The fields of the payload that differ."""
    yield from _of("payload", a["payload"] or {}, b["payload"] or {})


def run_changes(
    a: Mapping[str, Any], b: Mapping[str, Any], contents_a: RunContents, contents_b: RunContents
) -> Iterator[Change]:
    """All that differs between two runs apart from their causes, changes of their own first."""
    if not (contents_a.unread or contents_b.unread):
        yield from _hashes("parameter", contents_a.parameters, contents_b.parameters)
        yield from _recorded("code", contents_a.code, contents_b.code)
    branch = {"project branch": (a.get("branch") or "none", b.get("branch") or "none")}
    yield from (Change("code", name, x, y) for name, (x, y) in branch.items() if x != y)
    yield from _recorded("version", _versions(a), _versions(b))
    if a["status"] != b["status"]:
        yield Change("status", "status", a["status"], b["status"])
    if not (contents_a.unread or contents_b.unread):
        yield from _hashes("artifact", contents_a.artifacts, contents_b.artifacts)
    yield from _duration(a, b)


def _of(kind: ChangeKind, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterable[Change]:
    for name in sorted({*a, *b}):
        before, after = a.get(name, ABSENT), b.get(name, ABSENT)
        if before != after:
            yield Change(kind, name, before, after)


def _recorded(kind: ChangeKind, a: Mapping[str, str], b: Mapping[str, str]) -> Iterable[Change]:
    """Differences of facts that both sides record; a fact that only one side has does not show a change."""
    for name in a:
        if name in b and a[name] != b[name]:
            yield Change(kind, name, a[name], b[name])


def _hashes(kind: ChangeKind, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Change]:
    if a == b:
        return
    for name in sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name)):
        before, after = (Unloaded(side[name]) if name in side else ABSENT for side in (a, b))
        yield Change(kind, name, before, after)


def _versions(node: Mapping[str, Any]) -> dict[str, str]:
    tags = (tag.partition(":") for tag in node.get("system_tags") or ())
    return {name.removesuffix("_version"): value for name, _, value in tags if name in _VERSIONS}


def _duration(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _seconds(a), _seconds(b)
    if before is None or after is None:
        return
    short, long = sorted((before, after))
    if long - short >= _SECONDS and long >= _TIMES_AS_LONG * short:
        yield Change("duration", "duration", before, after)


def _seconds(node: Mapping[str, Any]) -> float | None:
    created: datetime | None = node["created_at"]
    finished: datetime | None = node["finished_at"]
    return (finished - created).total_seconds() if created and finished else None
