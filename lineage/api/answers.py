"""`explain`, `audit`, `diff`, `check`: answers to questions about the lineage of runs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lineage.api.comparisons import Comparison
from lineage.auditing.audit import Audit
from lineage.auditing.auditing import run_audit
from lineage.comparing.checks import Checks, check_run
from lineage.comparing.comparison import compare
from lineage.comparing.explanation import Explanation, explain_run

if TYPE_CHECKING:
    from lineage.client.run_names import RunLike
    from lineage.flow_map import Deployments, FlowMap
    from lineage.flow_map.flow_files import Files
    from lineage.progress import OnProgress
    from lineage.sources import Cancel, Source


def explain(
    run: RunLike,
    *,
    error: bool = False,
    timezone: str = "UTC",
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Explanation:
    """Explain why a run exists: what started it, back to its root causes, and why it failed.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, or a flow's name: its latest run, and at the end what
        should have fired in the last 7 days and did not, as `audit` finds it.
    error
        Load the exception of a failed run. It is a pickle, so that code of the run's owner may run.
    timezone
        Of the times in the text, an IANA name such as `Europe/Berlin`.
    as_of, source, progress, cancel
        As in `lineage.trace`.

    Returns
    -------
    Explanation
        Printed, it is a short story; `.to_markdown()` and notebooks show the same.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound, SourceError, Cancelled
        As in `lineage.trace`.
    """

    def audited(flow: str) -> str:
        rows = run_audit(
            "7d", timezone=timezone, source=source, progress=progress, cancel=cancel, only=[flow]
        ).rows
        return " ".join(f"The last 7 days of {row.flow}: {row.sentence}." for row in rows)

    return explain_run(
        run,
        error=error,
        timezone=timezone,
        as_of=as_of,
        source=source,
        cancel=cancel,
        audited=audited if as_of is None else None,
    )


def audit(
    since: datetime | timedelta | str = "7d",
    *,
    until: datetime | str | None = None,
    flows: FlowMap | None = None,
    files: Files | None = None,
    deployments: Deployments | str | None = None,
    grace: str = "10min",
    timezone: str = "UTC",
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Audit:
    """Find what should have fired and did not, by playing the recorded past through the rules of Argo.

    Every recorded end of a run and every event that a run recorded is played, by the engine of
    `lineage.simulate`, and compared with what ran. Each flow is judged by what it declared at the time, from
    its first recorded run on.

    Parameters
    ----------
    since, until
        The time to audit: durations before now (`"7d"`, a `timedelta`) or times (a `datetime`, ISO 8601
        text). None for now.
    flows, files, deployments
        Where the declarations are, if not in the runs: a flow map, flow files or deployments, as for
        `lineage.flow_graph`. They are taken to have held the whole time.
    grace
        What should have fired that shortly before the end may still start: on Argo Workflows, a run is
        recorded once its first pod has started.
    timezone
        Of the times in the text, an IANA name.
    source, progress, cancel
        As in `lineage.trace`. The source's catalog is refreshed first.

    Returns
    -------
    Audit
        `.rows`, one for each flow (`audit["TrainingFlow"].missed`), `.passed`, `.notes`: what the records
        cannot tell. Printed, a table.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    SourceError, Cancelled
        As in `lineage.trace`.
    """
    return run_audit(
        since,
        until=until,
        flows=flows,
        files=files,
        deployments=deployments,
        grace=grace,
        timezone=timezone,
        source=source,
        progress=progress,
        cancel=cancel,
    )


def diff(
    a: RunLike,
    b: RunLike,
    *,
    values: Collection[str] = (),
    parameters: bool = True,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Comparison:
    """Compare two runs and all that led to them: what changed, the nearest to the root first.

    Compared are the runs that led to them, parameters and payloads, code (script, commit, package), the
    versions of Metaflow and Python, outcome, and artifacts by content hash; durations where one is at least
    twice the other and 5 s longer. Nothing is unpickled.

    Parameters
    ----------
    a, b
        The runs: `metaflow.Run`, a pathspec `"Flow/id"`, or a flow's name (its latest run).
    values
        Names of artifacts whose values are loaded where they differ. They are pickles, so that code of the
        runs' owners may run.
    parameters
        Whether to read the values of parameters that differ, if they are plain data; they may be secret.
    source, progress, cancel
        As in `lineage.trace`.

    Returns
    -------
    Comparison
        `.places`, `.changed`, `.equal`, `.verdict`, `.to_html(path)`; printed, a compact list, and in a
        notebook the two lineages laid over each other.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound, SourceError, Cancelled
        As in `lineage.trace`.
    """
    return Comparison.of(
        compare(a, b, values=values, parameters=parameters, source=source, progress=progress, cancel=cancel)
    )


def check(
    run: RunLike,
    *conditions: str,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Checks:
    """Check conditions on the lineage of a run, in tests and CI.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, or a flow's name: its latest run.
    *conditions
        Any of `"comes from ETLFlow"`, `"comes from ETLFlow within 24h"` (from its end to the start of the
        run), `"no failed ancestor"`, `"no missing ancestor"`, `"same project branch"`, `"not stale"`.
    source, progress, cancel
        As in `lineage.trace`.

    Returns
    -------
    Checks
        True if all conditions are met; `.results`, `.raise_for_failure()`, `.to_markdown()`.

    Raises
    ------
    InvalidArgument
        Before anything is read, if a condition is not one of these.
    RunNotFound, FlowNotFound, SourceError, Cancelled
        As in `lineage.trace`.
    """
    return check_run(run, *conditions, source=source, progress=progress, cancel=cancel)
