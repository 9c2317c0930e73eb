"""The stock way: what people write today with Metaflow's public client."""

from __future__ import annotations

from collections.abc import Iterable

from metaflow import Run


def ancestry(pathspec: str) -> set[str]:
    """Every run that a run goes back to, by `Run.trigger`, each looked at once."""
    seen: set[str] = set()
    left = [pathspec]
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += causes(Run(name, _namespace_check=False))
    return seen


def ancestry_with_status(pathspec: str) -> dict[str, tuple[object, ...]]:
    """The same with what `lineage.trace` says of each run besides: its outcome and its times."""
    seen: dict[str, tuple[object, ...]] = {}
    left = [pathspec]
    while left:
        name = left.pop()
        if name not in seen:
            run = Run(name, _namespace_check=False)
            seen[name] = _facts(run)
            left += causes(run)
    return seen


def scan(pathspecs: Iterable[str]) -> int:
    """Look at the trigger of each of these runs: how many triggered runs there are."""
    return sum(bool(causes(Run(name, _namespace_check=False))) for name in pathspecs)


def scan_with_status(pathspecs: Iterable[str]) -> int:
    """Look at the trigger of each of these runs, and at what the catalog has of it besides."""
    runs = [Run(name, _namespace_check=False) for name in pathspecs]
    return sum(bool(causes(run)) for run in runs if _facts(run))


def _facts(run: Run) -> tuple[object, ...]:
    return (run.finished, run.successful, run.created_at, run.finished_at, run.user_tags)


def causes(run: Run) -> list[str]:
    """Pathspecs of the runs that triggered a run."""
    trigger = run.trigger
    events = trigger.events if trigger else []
    return ["/".join(event.id.split("/")[:2]) for event in events or [] if event.type == "run"]
