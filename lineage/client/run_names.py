"""Resolve run arguments to pathspecs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from metaflow import DataArtifact, Run, Step, Task

from lineage.errors import FlowNotFound, InvalidArgument, RunNotFound, SourceInvalid, nearest
from lineage.records.cascades import Cascade
from lineage.records.model import RunRecord, is_event
from lineage.sources.protocol import Cancel, Reader

RunLike = Run | str | Cascade


def named_runs(run: RunLike | Iterable[RunLike], events: bool = False) -> list[str]:
    """Parse a `run` argument into names, and check their form before anything is read.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, a flow name, a cascade, or several of these.
    events
        Whether the key of an event is accepted too: `"event:<name>/<id>"`, or the beginning of the id.

    Returns
    -------
    list of str
        Pathspecs, flow names and keys of events, without duplicates, in the given order.

    Raises
    ------
    InvalidArgument
        If `run` is anything else, or empty.
    """
    if isinstance(run, (Run, str, Cascade)):
        run = [run]
    elif isinstance(run, (DataArtifact, Task, Step)):
        pathspec = "/".join(run.path_components[:2])
        raise InvalidArgument(f"{_WANTED.format(run)}; its run is {pathspec!r}")
    try:
        names = [name for given in run for name in _names(given, events)]
    except TypeError:
        raise InvalidArgument(_WANTED.format(run)) from None
    if not names:
        raise InvalidArgument("run must name at least one run, but the list is empty")
    return list(dict.fromkeys(names))


_LOOKED_AT = 200  # runs of other branches that are passed over
_WANTED = 'run must be a metaflow.Run, a pathspec like "TrainingFlow/34", or a flow name, not {!r}'


def _names(run: object, events: bool) -> list[str]:
    if isinstance(run, Cascade):
        return [_name(key, events) for key in run.starts_from]
    return [_name(run, events)]


def _name(run: object, events: bool) -> str:
    if isinstance(run, Run):
        return str(run.pathspec)
    if isinstance(run, str) and is_event(run):
        return _event(run, events)
    if not isinstance(run, str) or not run.strip():
        raise InvalidArgument(_WANTED.format(run))
    parts = run.split("/")
    if len(parts) > 2 or not all(parts) or any(part in (".", "..") for part in parts):
        raise InvalidArgument(_WANTED.format(run))
    return run


def _event(key: str, accepted: bool) -> str:
    name, _, identity = key.removeprefix("event:").partition("/")
    if not accepted:
        raise InvalidArgument(f"{key} is an event, and this needs a run: a pathspec or a flow name")
    if not name or not identity:
        raise InvalidArgument(f'an event is named like "event:orders_landed/8f1c", not {key!r}')
    return key


def resolve(
    names: Iterable[str], source: Reader, before: datetime | None = None, cancel: Cancel | None = None
) -> list[str]:
    """Resolve names to pathspecs of existing runs; a flow name means its latest run up to `before`.

    Under `@project` a flow may be named as in the flow map: `shop.prod.TrainingFlow`.
    Keys of events stay as they are: a source does not list them, so `existing_event` looks them up later.

    Raises
    ------
    RunNotFound, FlowNotFound
        With the name of the store and advice on what to do next.
    """
    return [_resolved(name, source, before, cancel) for name in names]


def _resolved(name: str, source: Reader, before: datetime | None, cancel: Cancel | None) -> str:
    if is_event(name):
        return name
    return _existing(name, source, cancel) if "/" in name else _latest(name, source, before, cancel)


def existing_event(key: str, known: Iterable[str], source: Reader) -> str:
    """The key of the event that is meant by a key or by the beginning of one.

    Parameters
    ----------
    key
        The key, as it was given.
    known
        Keys of the events that begin so.
    source
        The source, for messages.

    Raises
    ------
    RunNotFound
        If there is no such event, or if there are several.
    """
    keys = sorted(known)
    if key in keys or len(keys) == 1:
        return key if key in keys else keys[0]
    if keys:
        several = ", ".join(keys[:3]) + (" …" if len(keys) > 3 else "")
        raise RunNotFound(f"{key} is the beginning of several events: {several}. Use a longer part of the id")
    raise RunNotFound(
        f"{key} was not found: no run in the {source.label} was triggered by it or published it"
    )


def _existing(name: str, source: Reader, cancel: Cancel | None) -> str:
    scope, pathspec = _scope(name)
    record = source.read([pathspec], cancel).get(pathspec)
    if record is not None and scope in ("", _scope_of(record)):
        return pathspec
    if record is not None:
        raise RunNotFound(f"{pathspec} is not a run of {scope}, but of {_scope_of(record) or 'no project'}")
    flow = pathspec.split("/")[0]
    latest = source.latest(flow, None, cancel)
    if latest is None:
        raise _no_flow(flow, source, f"{pathspec} was not found: there is no flow {flow!r}")
    raise RunNotFound(
        f"{pathspec} was not found in the {source.label}; the flow's latest run is {latest}.{_hint(source)}"
    )


STORE_HINT = (
    "Is it the right store (METAFLOW_DATASTORE_SYSROOT_LOCAL, METAFLOW_PROFILE, metaflow.metadata(…))?"
)


def _hint(source: Reader) -> str:
    """Advice for a missing run: the settings of Metaflow that select this kind of store."""
    settings = source.label.startswith(("local store", "Metaflow service"))
    return f" {STORE_HINT}" if settings else ""


def _scope(name: str) -> tuple[str, str]:
    """Project and branch of a name such as `shop.prod.TrainingFlow/34`, if it has them, and the rest."""
    key, slash, run_id = name.partition("/")
    scope, _, flow = key.rpartition(".")
    return scope, f"{flow}{slash}{run_id}"


def _scope_of(record: RunRecord) -> str:
    return ".".join(filter(None, (record.project, record.branch)))


def _latest_in_scope(name: str, source: Reader, before: datetime | None, cancel: Cancel | None) -> str:
    """The latest run of a flow in a project and branch; the runs of others are passed over, one by one."""
    scope, flow = _scope(name)
    seen: dict[str, None] = {}
    for _ in range(_LOOKED_AT):
        latest = source.latest(flow, before, cancel)
        record = source.read([latest], cancel).get(latest) if latest else None
        if latest is None or record is None or record.created_at is None:
            break
        if _scope_of(record) == scope:
            return latest
        seen[_scope_of(record) or "no project"] = None
        before = record.created_at - timedelta(microseconds=1)
    if not seen:
        raise _no_flow(flow, source, f"There is no flow {flow!r} with a run")
    raise RunNotFound(
        f"None of the latest runs of {flow} in the {source.label} is of {scope}, but of {', '.join(seen)}"
    )


def _latest(flow: str, source: Reader, before: datetime | None, cancel: Cancel | None) -> str:
    if "." in flow:
        return _latest_in_scope(flow, source, before, cancel)
    latest = source.latest(flow, before, cancel)
    if latest is not None:
        return latest
    if before is not None and (now := source.latest(flow, None, cancel)):
        raise RunNotFound(f"{flow} had no run yet at {before}; its latest run now is {now}")
    raise _no_flow(flow, source, f"There is no flow {flow!r} with a run")


def _no_flow(flow: str, source: Reader, what: str) -> FlowNotFound:
    try:
        known = nearest(flow, (name for name in source.flows() if name != flow)) or "."
    except SourceInvalid as exc:  # a server that cannot list its flows, or not a metadata service at all
        return FlowNotFound(f"{what} in the {source.label}. {exc}")
    return FlowNotFound(f"{what} in the {source.label}{known}{_hint(source)}")
