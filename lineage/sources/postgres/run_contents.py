"""The contents of runs by hash, from the tables of a metadata service: three statements for many runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from lineage.records.contents import CODE_FIELDS, RunContents, code_of, is_users
from lineage.records.model import split_pathspec
from lineage.sources.postgres.queries import NAMED
from lineage.sources.postgres.session import Session
from lineage.sources.protocol import Cancel

_CODE_FIELDS = ", ".join(f"'{field}'" for field in CODE_FIELDS)
_PARAMETERS = "_parameters"  # the step whose task stores the parameters
_NAMELESS = RunContents(unread="its name cannot be that of a run in this store")
_ASKED = f"""
FROM unnest(%(flows)s::text[], %(ids)s::text[], %(ends)s::text[]) AS k (flow_id, id, end_step)
CROSS JOIN LATERAL ({NAMED}) r
"""
_OF_RUN = "{0}.flow_id = r.flow_id AND {0}.run_number = r.run_number"
_COLUMNS = "k.flow_id || '/' || k.id, a.step_name, a.task_id, a.name, a.sha, a.attempt_id, a.ts_epoch"

# The artifacts of the task with the parameters and of the last step.
_ARTIFACTS = f"""
SELECT {_COLUMNS} {_ASKED}
JOIN artifact_v3 a ON {_OF_RUN.format("a")} AND a.step_name IN ('{_PARAMETERS}', k.end_step)
"""

# The artifacts of the task that stored some last, of runs that did not reach their last step.
_LATEST = f"""
SELECT {_COLUMNS} {_ASKED}
CROSS JOIN LATERAL (
  SELECT step_name, task_id FROM artifact_v3 l WHERE {_OF_RUN.format("l")} AND l.step_name <> '{_PARAMETERS}'
  ORDER BY ts_epoch DESC, task_id DESC LIMIT 1
) l
JOIN artifact_v3 a ON {_OF_RUN.format("a")} AND (a.step_name, a.task_id) = (l.step_name, l.task_id)
"""

# The code that given tasks ran.
_CODE = f"""
SELECT k.flow_id || '/' || k.id, k.step_name, k.task_id, m.field_name, m.value
FROM unnest(%(flows)s::text[], %(ids)s::text[], %(steps)s::text[], %(tasks)s::bigint[])
  AS k (flow_id, id, step_name, task_id)
CROSS JOIN LATERAL ({NAMED}) r
JOIN metadata_v3 m ON {_OF_RUN.format("m")} AND m.step_name = k.step_name AND m.task_id = k.task_id
WHERE m.field_name IN ({_CODE_FIELDS})
ORDER BY m.id
"""


class _Artifact(NamedTuple):
    run: str
    step: str
    task: int
    name: str
    sha: str | None
    attempt: int
    written: int  # milliseconds since 1970


_Task = tuple[str, int]  # step, id
_Stored = Mapping[_Task, list[_Artifact]]


def postgres_contents(
    session: Session, end_steps: Mapping[str, str], cancel: Cancel | None = None
) -> Mapping[str, RunContents]:
    """Read the contents of runs.

    Parameters
    ----------
    session
        Runs the statements.
    end_steps
        The last step of each run; if it was not reached, the task that stored artifacts last tells of them.
    cancel
        Ends the statement that runs.

    Raises
    ------
    SourceError
        If the database does not answer.
    """
    named = {run: split for run in end_steps if (split := split_pathspec(run))}
    if not named:
        return dict.fromkeys(end_steps, _NAMELESS)

    def artifacts(query: str, runs: Collection[str]) -> dict[str, dict[_Task, list[_Artifact]]]:
        values = {**_columns(named, runs), "ends": [end_steps[run] for run in runs]}
        return _by_task(map(_Artifact._make, session.rows(query, values, cancel)))

    stored = artifacts(_ARTIFACTS, named)
    if unended := [run for run in named if _last(stored.get(run, {})) is None]:
        for run, tasks in artifacts(_LATEST, unended).items():
            stored.setdefault(run, {}).update(tasks)
    tellers = [(run, task) for run in named for task in _tellers(stored.get(run, {}))]
    values = {
        **_columns(named, [run for run, _ in tellers]),
        "steps": [step for _, (step, _) in tellers],
        "tasks": [task for _, (_, task) in tellers],
    }
    code: dict[tuple[str, _Task], dict[str, str]] = {}
    for run, step, task, field, value in session.rows(_CODE, values, cancel) if tellers else ():
        code.setdefault((run, (step, task)), {})[field] = value
    ran = {teller: code_of(fields) for teller, fields in code.items()}

    def contents(run: str) -> RunContents:
        tasks = stored.get(run, {})
        parameters, own = _hashes(_of(tasks, _given(tasks))), _hashes(_of(tasks, _last(tasks)))
        first = next((of_task for task in _tellers(tasks) if (of_task := ran.get((run, task)))), {})
        return RunContents(parameters, {n: sha for n, sha in own.items() if n not in parameters}, first)

    return {run: contents(run) if run in named else _NAMELESS for run in end_steps}


def _columns(named: Mapping[str, tuple[str, str]], runs: Collection[str]) -> dict[str, list[str]]:
    return {"flows": [named[run][0] for run in runs], "ids": [named[run][1] for run in runs]}


def _by_task(artifacts: Iterable[_Artifact]) -> dict[str, dict[_Task, list[_Artifact]]]:
    """The artifacts of the last attempt of each task, by run and task."""
    runs: dict[str, dict[_Task, list[_Artifact]]] = {}
    for artifact in sorted(artifacts, key=lambda artifact: -artifact.attempt):
        stored = runs.setdefault(artifact.run, {}).setdefault((artifact.step, artifact.task), [])
        if not stored or stored[0].attempt == artifact.attempt:
            stored.append(artifact)
    return runs


def _given(tasks: _Stored) -> _Task | None:
    """The task that stores the parameters."""
    return next((task for task in tasks if task[0] == _PARAMETERS), None)


def _last(tasks: _Stored) -> _Task | None:
    """The task that stored artifacts last."""
    others = [task for task in tasks if task[0] != _PARAMETERS]
    return max(others, key=lambda task: max(artifact.written for artifact in tasks[task]), default=None)


def _tellers(tasks: _Stored) -> list[_Task]:
    """The tasks that tell of the code, the first of which that knows counts."""
    return [task for task in (_given(tasks), _last(tasks)) if task]


def _of(tasks: _Stored, task: _Task | None) -> list[_Artifact]:
    return tasks[task] if task else []


def _hashes(artifacts: Iterable[_Artifact]) -> dict[str, str]:
    return {artifact.name: str(artifact.sha) for artifact in artifacts if is_users(artifact.name)}
