"""`trigger.data`: the artifacts of the triggering run, loaded on access."""

from __future__ import annotations

from typing import Any

from ..metadata.causes import printable
from ..near_names import nearest


class TriggerData:
    """The artifacts of one run's end task; creating the object reads nothing.

    Unlike ``run.data``, which lists all artifacts first, ``data.model`` reads only the record of that
    artifact and loads it. Each artifact is loaded once.

    Parameters
    ----------
    run : str
        Pathspec of the run.
    end_task : str
        Pathspec of its end task.
    """

    def __init__(self, run: str, end_task: str) -> None:
        # Private names, because any other may be an artifact.
        self._pathspec = run
        self._end_task = end_task
        self._loaded: dict[str, Any] = {}
        self._names: list[str] | None = None

    def __getattr__(self, name: str) -> Any:
        # Names with an underscore are private artifacts in Metaflow, and probes of IPython.
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._loaded:
            self._loaded[name] = self._artifact(name).data
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        if self._names is not None or not isinstance(name, str):
            return name in (self._names or ())
        return name in self._loaded or (not name.startswith("_") and self._find(name) is not None)

    def __dir__(self) -> list[str]:
        return sorted(self._artifact_names())

    def __repr__(self) -> str:
        return f"<TriggerData: artifacts of {self._pathspec}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._pathspec, self._end_task)

    def _artifact(self, name: str) -> Any:
        artifact = self._find(name)
        if artifact is None:
            known = self._artifact_names()
            hint = nearest(name, known) or f"; it has {', '.join(known) or 'none'}"
            raise AttributeError(printable(f"{self._pathspec} has no artifact {name}{hint}"))
        return artifact

    def _find(self, name: str) -> Any:
        from metaflow import DataArtifact
        from metaflow.exception import MetaflowNotFound

        try:
            return DataArtifact(f"{self._end_task}/{name}", _namespace_check=False)
        except MetaflowNotFound:
            return None

    def _artifact_names(self) -> list[str]:
        if self._names is None:
            from metaflow import Task

            self._names = [artifact.id for artifact in Task(self._end_task, _namespace_check=False)]
        return self._names
