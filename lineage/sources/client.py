"""Runs as the public Metaflow client sees them: slow, but right on every metadata provider."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

from metaflow import Flow, Metaflow, Run, Step, get_metadata
from metaflow.exception import MetaflowException, MetaflowInvalidPathspec, MetaflowNotFound

from lineage.errors import SourceDenied, SourceError, SourceInvalid, SourceUnreachable
from lineage.model import RunRecord
from lineage.records import broken_record, run_record

Rows = list[dict[str, Any]]


class ClientSource:
    """The metadata provider that Metaflow is configured for, read run by run.

    Namespaces hide nothing: a run's trigger may well belong to somebody else.
    """

    @property
    def label(self) -> str:
        """The provider and its address, without a password."""
        provider, _, address = str(get_metadata()).partition("@")
        if provider == "local":
            return f"local store at {address}"
        return f"Metaflow {provider} at {without_password(address)}"

    def read(self, pathspecs: Collection[str]) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""
        now = datetime.now(timezone.utc)
        found = ((pathspec, self._record(pathspec, now)) for pathspec in pathspecs)
        return {pathspec: record for pathspec, record in found if record is not None}

    def latest(self, flow: str) -> str | None:
        """Pathspec of the flow's latest run, whatever its namespace and outcome."""
        return next(self._run_pathspecs(flow), None)

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        try:
            # iterating Metaflow() would leave out flows of other namespaces
            provider: Any = Metaflow().metadata
            objects = provider.get_object("root", "flow", None, None) or []
            return sorted(str(flow["flow_id"]) for flow in objects)
        except Exception as exc:
            raise_source_error(exc, self.label)

    def scan(self) -> Iterator[RunRecord]:
        """Every run of every flow, one after the other."""
        for flow in self.flows():
            yield from self.read(list(self._run_pathspecs(flow))).values()

    def _run_pathspecs(self, flow: str) -> Iterator[str]:
        try:
            for run in Flow(flow, _namespace_check=False):
                yield f"{flow}/{run.id}"
        except (MetaflowNotFound, MetaflowInvalidPathspec):
            return
        except Exception as exc:
            raise_source_error(exc, self.label)

    def _record(self, pathspec: str, now: datetime) -> RunRecord | None:
        try:
            run = Run(pathspec, _namespace_check=False)
            return run_record(_run_object(run), _rows(run), now)
        except (MetaflowNotFound, MetaflowInvalidPathspec):
            return None
        except (OSError, MetaflowException) as exc:
            raise_source_error(exc, self.label)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            # what the client does with a half-written or foreign file
            return broken_record(pathspec, f"its record cannot be read ({type(exc).__name__}: {exc})")


def without_password(address: str) -> str:
    """A URL without the user and password that it may carry, and without its query."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def raise_source_error(exc: Exception, label: str) -> NoReturn:
    """Raise the error of our tree that an exception of Metaflow's client stands for."""
    if isinstance(exc, SourceError):
        raise exc
    code = getattr(exc, "http_code", None)
    reason = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
    if code in (401, 403) or isinstance(exc, PermissionError):
        raise SourceDenied(f"The {label} refused to answer ({reason}); is the access right?") from exc
    if isinstance(exc, OSError) or type(exc).__name__ == "ServiceException":
        raise SourceUnreachable(f"The {label} gave no usable answer: {reason}") from exc
    raise SourceInvalid(f"The {label} cannot be read as a Metaflow store: {reason}") from exc


def _run_object(run: Run) -> dict[str, Any]:
    users = [tag[5:] for tag in run.system_tags if tag.startswith("user:")]
    return {
        "flow_id": run.path_components[0],
        "run_id": run.id,
        "ts_epoch": round(run.created_at.timestamp() * 1000),
        "user_name": users[0] if users else None,
        "tags": list(run.user_tags),
        "system_tags": list(run.system_tags),
    }


def _rows(run: Run) -> Rows:
    """What `run_record` needs; every task is read only when the end step did not end well."""
    rows = _step_rows(run, "_parameters", only_first=True)
    endpoints = {row["field_name"]: row["value"] for row in rows}
    start, end = endpoints.get("start_step", "start"), endpoints.get("end_step", "end")
    end_rows = _step_rows(run, end)
    if any(row["field_name"] == "attempt_ok" and row["value"] == "True" for row in end_rows):
        return rows + end_rows + (_step_rows(run, start, only_first=True) if start != end else [])
    return rows + [row for step in run for row in _task_rows(step)]


def _step_rows(run: Run, name: str, only_first: bool = False) -> Rows:
    try:
        step = run[name]
    except KeyError:  # the step has not been reached
        return []
    return _task_rows(step, only_first)


def _task_rows(step: Step, only_first: bool = False) -> Rows:
    tasks = [task for task in [step.task] if task] if only_first else list(step)
    return [
        {
            "step_name": step.id,
            "task_id": task.id,
            "field_name": entry.name,
            "value": entry.value,
            "ts_epoch": entry.created_at,
        }
        for task in tasks
        for entry in task.metadata
    ]
