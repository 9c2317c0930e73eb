"""Records of runs, their triggers and their problems: frozen dataclasses without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from metaflow_extensions.lineage.plugins.metadata.causes import identity

# "unread" occurs only in catalogs: how such a run ended is read before the run is shown.
Status = Literal["completed", "failed", "running", "missing", "unknown", "simulated", "unread"]
STATUSES: tuple[Status, ...] = ("completed", "failed", "running", "unknown", "missing", "simulated")

# Kinds of edges, the strongest first.
Kind = Literal["trigger", "resume", "spawn", "publish", "read"]
KINDS: tuple[Kind, ...] = ("trigger", "resume", "spawn", "publish", "read")


@dataclass(frozen=True, slots=True)
class TriggerEvent:
    """One entry of a run's `execution-triggers` record."""

    name: str
    event_id: str | None  # None if its sender gave none; for type "run" Flow/run/step/task
    timestamp: datetime | None  # aware, UTC
    type: Literal["run", "event"]
    payload: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def run(self) -> str | None:
        """Pathspec `Flow/run_id` of the triggering run; None for an external event.

        `@trigger(event="metaflow.Flow.step")` listens to the end of a step, which Metaflow records as an
        event with the step's task as its id.
        """
        if self.event_id and (self.type == "run" or self._of_step):
            return "/".join(self.event_id.split("/")[:2])
        return None

    @property
    def _of_step(self) -> bool:
        if not self.name.startswith("metaflow."):
            return False
        parts = (self.event_id or "").split("/")
        if len(parts) != 4 or not all(parts):
            return False
        flow, _, step, _ = parts
        return self.name.endswith((f".{flow}.{step}", f".{flow}.end"))  # the last step has both names

    @property
    def node(self) -> str:
        """Key of this entry's node in a lineage graph."""
        return self.run or event_key(self.name, identity(self.event_id, self.timestamp))


def event_key(name: str, identity: str) -> str:
    """Key of an event's node: `event:<name>/<id>`, with the event's time if it has no id."""
    return f"event:{name}/{identity}"


def is_event(key: str) -> bool:
    """Whether a key is that of an event's node and not the pathspec of a run."""
    return key.startswith("event:")


def event_of_key(key: str) -> TriggerEvent:
    """Parse the key of an event's node; an event's name contains no slash, its id may."""
    name, _, event_id = key.removeprefix("event:").partition("/")
    return TriggerEvent(name, event_id, None, "event")


@dataclass(frozen=True, slots=True)
class ArtifactRead:
    """An artifact of another run that a task of this run loaded through Metaflow's client."""

    task: str  # pathspec of the task that the artifact belongs to
    artifact: str
    sha: str | None  # content hash; None if it is not recorded
    step: str  # of the run that loaded it

    @property
    def run(self) -> str:
        """Pathspec of the run that the artifact belongs to."""
        return run_of(self.task)


@dataclass(frozen=True, slots=True)
class CountedReads:
    """Artifacts of another run that a task of this run loaded, without their names."""

    run: str  # pathspec
    artifacts: int
    step: str  # of the run that loaded them


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The recorded facts of one run that lineage needs."""

    flow: str
    run_id: str
    status: Status = "unknown"
    created_at: datetime | None = None  # aware, UTC
    finished_at: datetime | None = None  # aware, UTC; of the end task, or of the failure
    user: str | None = None
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()
    origin: str | None = None  # pathspec of the run that this one resumed
    start_step: str = "start"
    end_step: str = "end"
    failed_step: str | None = None  # in which a run failed; None if it did not, or was killed
    triggers: tuple[TriggerEvent, ...] = ()
    inherited: bool = False  # the triggers are those of the run that this one resumed
    problems: tuple[str, ...] = ()  # faults of the stored record, one sentence each
    reads: tuple[ArtifactRead, ...] = ()
    counted_reads: tuple[CountedReads, ...] = ()  # what a task read beyond its first thousand artifacts
    copied_reads: tuple[ArtifactRead, ...] = ()  # of the tasks that a resume copied from the run it resumed
    spawned_by: str | None = None  # pathspec of the task of another run that started this one
    spawned: tuple[str, ...] = ()  # pathspecs of runs that its tasks started, where only they can tell
    published: tuple[str, ...] = ()  # keys of the events that its tasks published

    @property
    def pathspec(self) -> str:
        """`Flow/run_id`."""
        return f"{self.flow}/{self.run_id}"

    @property
    def project(self) -> str | None:
        """The `@project` that the run belongs to, from its system tags."""
        return self._system_tag("project")

    @property
    def branch(self) -> str | None:
        """The `@project` branch that the run belongs to, from its system tags."""
        return self._system_tag("project_branch")

    def _system_tag(self, name: str) -> str | None:
        prefix = f"{name}:"
        return next((tag[len(prefix) :] for tag in self.system_tags if tag.startswith(prefix)), None)


# The facts of the run itself, which are the attributes of its node under the same names. A field added to
# `RunRecord` reaches the graph, the catalog, the scene and the selection language without further code.
_NOT_OF_THE_NODE = (
    "triggers",
    "inherited",
    "reads",
    "counted_reads",
    "copied_reads",
    "spawned_by",
    "spawned",
    "published",
    "problems",
)
FACTS = (*(f.name for f in fields(RunRecord) if f.name not in _NOT_OF_THE_NODE), "project", "branch")
DEFAULTS = {f.name: f.default for f in fields(RunRecord)}


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault in the store that a walk skipped."""

    pathspec: str
    reason: str

    def __str__(self) -> str:
        return f"{self.pathspec}: {self.reason}"


def run_of(pathspec: str) -> str:
    """Pathspec of the run of a task or an artifact.

    Examples
    --------
    >>> run_of("TrainingFlow/34/end/7")
    'TrainingFlow/34'
    """
    return "/".join(pathspec.split("/")[:2])


def split_pathspec(pathspec: str) -> tuple[str, str] | None:
    """Split a pathspec into flow and run id; None if it cannot be the pathspec of a run.

    Pathspecs come from trigger records, which are untrusted: one that leads out of its folder or URL is
    rejected.

    Examples
    --------
    >>> split_pathspec("ETLFlow/1"), split_pathspec("../1")
    (('ETLFlow', '1'), None)
    """
    parts = pathspec.split("/")
    if len(parts) != 2 or any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts):
        return None
    return parts[0], parts[1]
