"""Read runs through the public Metaflow client: slow, but correct for every metadata provider."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from metaflow import Flow, Metaflow, Run, Step, get_metadata
from metaflow.exception import MetaflowException, MetaflowInvalidPathspec, MetaflowNotFound

from lineage.errors import SourceInvalid
from lineage.records.metadata import broken_record, id_time
from lineage.records.model import RunRecord, split_pathspec
from lineage.records.resumed import Raw, RawRun, resolved_records
from lineage.sources.addresses import raise_source_error, without_password
from lineage.sources.changes import in_turn, listed_changes
from lineage.sources.protocol import Cancel, Changes, Known, KnownRun, check
from metaflow_extensions.lineage.plugins.metadata.causes import from_epoch

MetadataRows = list[dict[str, Any]]
_BROKEN = "?"  # stamp of a run whose object cannot be read; differs from every list of tags
_BATCH = 20  # runs; each takes tens of requests


class ClientSource:
    """The metadata provider that Metaflow is configured for, read run by run.

    Namespaces are ignored, because a run may have been triggered by another user's run.
    """

    @property
    def label(self) -> str:
        """The provider and its address, without a password."""
        provider, _, address = str(get_metadata()).partition("@")
        if provider == "local":
            return f"local store at {address}"
        return f"Metaflow {provider} at {without_password(address)}"

    @property
    def key(self) -> str:
        """The provider and its address."""
        provider, _, address = str(get_metadata()).partition("@")
        return f"client:{provider}@{without_password(address)}"

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""

        def fetch(wanted: Collection[str]) -> Mapping[str, Raw]:
            raws = {}
            for pathspec in wanted:
                check(cancel)
                if (raw := self._raw(pathspec)) is not None:
                    raws[pathspec] = raw
            return raws

        return resolved_records(pathspecs, fetch, datetime.now(timezone.utc))

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of the flow's latest run, whatever its namespace and outcome."""
        check(cancel)
        created = {run_id: _created(run_id, run) for run_id, run in self._runs(flow).items()}
        known = [run_id for run_id, when in created.items() if before is None or when <= before]
        return f"{flow}/{max(known, key=created.__getitem__)}" if known else None

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        try:
            # iterating Metaflow() would leave out flows of other namespaces
            provider: Any = Metaflow().metadata
            objects = provider.get_object("root", "flow", None, None)
            if objects is None:
                raise SourceInvalid(
                    f"The {self.label} has no list of flows, so it cannot be searched across flows"
                )
            return sorted(str(flow["flow_id"]) for flow in objects)
        except Exception as exc:
            raise_source_error(exc, self.label)

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow, one after the other."""
        for flow in self.flows():
            for run_id in self._runs(flow):
                yield from self.read([f"{flow}/{run_id}"], cancel).values()

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """New runs, runs with other tags, and runs that had not ended."""
        return listed_changes(
            known, dict.fromkeys(self.flows(), ""), self._listing, in_turn(self.read, cancel), _BATCH, cancel
        )

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Nothing, because the listing shows every change."""
        return iter(())

    def _listing(self, flow: str, known: Mapping[str, KnownRun], only: bool) -> Mapping[str, str]:
        runs = self._runs(flow).items()
        return {run_id: ",".join(sorted(run.tags)) if run else _BROKEN for run_id, run in runs}

    def _runs(self, flow: str) -> Mapping[str, Run | None]:
        """Runs of a flow by id; None for one whose object cannot be read."""
        if split_pathspec(f"{flow}/1") is None:
            return {}
        try:
            runs: Any = Flow(flow, _namespace_check=False)
            return {run.id: run for run in runs}
        except (MetaflowNotFound, MetaflowInvalidPathspec):
            return {}
        except ValueError as exc:
            # the local provider cannot list a flow if one of its files is half-written
            provider, _, address = str(get_metadata()).partition("@")
            if provider != "local":
                raise_source_error(exc, self.label)
            files = Path(address, ".metaflow", flow).glob("*/_meta/_self.json")
            return {run_id: _readable(f"{flow}/{run_id}") for run_id in (file.parts[-3] for file in files)}
        except Exception as exc:
            raise_source_error(exc, self.label)

    def _raw(self, pathspec: str) -> Raw | None:
        if split_pathspec(pathspec) is None:
            return None
        try:
            run = Run(pathspec, _namespace_check=False)
            return RawRun(_run_object(run, pathspec), _rows(run))
        except (MetaflowNotFound, MetaflowInvalidPathspec):
            return None
        except (OSError, MetaflowException) as exc:
            raise_source_error(exc, self.label)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            # raised by the client for a half-written or foreign file
            return broken_record(pathspec, f"its record cannot be read ({type(exc).__name__}: {exc})")


def _readable(pathspec: str) -> Run | None:
    try:
        return Run(pathspec, _namespace_check=False)
    except (ValueError, MetaflowNotFound):
        return None


def _created(run_id: str, run: Run | None) -> datetime:
    """When a run was created; the run object of a local store has the time of its last tag instead."""
    if (born := from_epoch(id_time(run_id))) is not None:
        return born
    # the client's times are local and naive
    return run.created_at.astimezone(timezone.utc) if run else datetime.min.replace(tzinfo=timezone.utc)


def _run_object(run: Run, pathspec: str) -> dict[str, Any]:
    flow, run_id = pathspec.split("/")
    provider: Any = Metaflow().metadata
    stored = provider.get_object("run", "self", None, None, flow, run_id) or {}  # has the heartbeat
    return {**stored, "flow_id": flow, "run_id": run_id}


def _rows(run: Run) -> MetadataRows:
    """The metadata of all tasks; of _parameters the first, which names the first and the last step."""
    return _step_rows(run, "_parameters", only_first=True) + [row for step in run for row in _task_rows(step)]


def _step_rows(run: Run, name: str, only_first: bool = False) -> MetadataRows:
    try:
        step = run[name]
    except KeyError:  # the step has not been reached
        return []
    return _task_rows(step, only_first)


def _task_rows(step: Step, only_first: bool = False) -> MetadataRows:
    """Metadata of a step's tasks as stored.

    For a resumed run, `Task.metadata` would mix in the metadata of the origin's task, with its times, and
    would fail if the origin no longer exists.
    """
    provider: Any = Metaflow().metadata
    tasks = [task for task in [step.task] if task] if only_first else list(step)
    return [
        {**row, "step_name": step.id, "task_id": task.id}
        for task in tasks
        for row in provider.get_object("task", "metadata", None, None, *task.path_components) or []
    ]
