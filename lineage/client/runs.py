"""Fetch `metaflow.Run` objects through the public Metaflow client."""

from __future__ import annotations

from datetime import datetime, timedelta

from metaflow import Run
from metaflow.exception import MetaflowInvalidPathspec, MetaflowNotFound

from lineage.client.run_names import STORE_HINT, RunLike, named_runs, resolve
from lineage.errors import RunNotFound
from lineage.sources.addresses import raise_source_error
from lineage.sources.client import ClientSource


def metaflow_run(pathspec: str) -> Run:
    """Fetch the `metaflow.Run` of a pathspec, ignoring the namespace.

    Raises
    ------
    RunNotFound
        If the configured store does not have the run.
    """
    try:
        return Run(pathspec, _namespace_check=False)
    except (MetaflowNotFound, MetaflowInvalidPathspec):
        label = ClientSource().label
        raise RunNotFound(f"{pathspec} was not found in the {label}. {STORE_HINT}") from None
    except Exception as exc:
        raise_source_error(exc, ClientSource().label)


def recorded_run(pathspec: str, read_from: str, created_at: datetime | None) -> Run:
    """Fetch the `metaflow.Run` of a run that was read from a given source.

    Metaflow's client reads only from the store that it is configured for. If the run was read from another
    store, a run of that name here may be a different one; the creation time tells them apart.

    Parameters
    ----------
    pathspec
        The run.
    read_from
        Label of the source that the run was read from; empty if unknown.
    created_at
        When the run was created (aware), according to that source.

    Raises
    ------
    RunNotFound
        If the client's store does not have the run, or has a different run with that name; the message says
        how to point the client at the right store.
    """
    client = ClientSource()
    if read_from in ("", client.label):
        return metaflow_run(pathspec)
    there = client.read([pathspec]).get(pathspec)
    if there is None:
        raise RunNotFound(
            f"{pathspec} was read from the {read_from}; the {client.label} does not have it. {_POINT}"
        )
    if created_at is None or there.created_at is None or abs(there.created_at - created_at) > _SAME:
        raise RunNotFound(
            f"{pathspec} was read from the {read_from}; the {client.label} has a different run of that name. "
            f"{_POINT}"
        )
    return metaflow_run(pathspec)


_SAME = timedelta(seconds=1)
_POINT = (
    "Metaflow's client reads from one store only: point it there with metaflow.metadata('local@/path') or "
    "metaflow.metadata('service@https://…')"
)


def resolve_run(run: RunLike) -> Run:
    """Fetch the `metaflow.Run` of a `run` argument that names a single run.

    Raises
    ------
    InvalidArgument, RunNotFound, FlowNotFound
    """
    if isinstance(run, Run):
        return run
    (name,) = named_runs([run])
    return metaflow_run(resolve([name], ClientSource())[0])
