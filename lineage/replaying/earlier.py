"""Tell the runs of earlier replays from the cascade that they repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from lineage.graph.run_graph import RunGraph
from lineage.records.model import RunRecord

REPLAY_OF = "replay_of:"  # prefix of the tag of a run that a replay made; the rest is a pathspec


def replayed_run(record: RunRecord) -> str | None:
    """Pathspec of the run that this run repeats, by its tag; None if no replay made it."""
    return next((tag[len(REPLAY_OF) :] for tag in record.tags if tag.startswith(REPLAY_OF)), None)


def earlier_replays(lineage: RunGraph, records: Mapping[str, RunRecord]) -> set[str]:
    """The runs of a cascade that only repeat another run of it, and what only they triggered.

    Of several that repeat a run outside the cascade, or one that no longer exists, the first is not an
    earlier replay: it is the one to repeat.

    Parameters
    ----------
    lineage
        The cascade, with the run that set it off as its focus.
    records
        Of the runs of the cascade, the focus included.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for key in records:
        groups[_original(key, records)].append(key)
    repeats = set()
    for original, keys in groups.items():
        kept = original if original in records else min(keys, key=lambda key: _age(records[key]))
        repeats |= {key for key in keys if key != kept}
    return _with_effects(lineage, repeats - set(lineage.focus), set(records))


def _original(key: str, records: Mapping[str, RunRecord]) -> str:
    """The run at the end of the chain of repetitions, as far as it can be followed."""
    seen = set()
    while key in records and key not in seen and (repeated := replayed_run(records[key])):
        seen.add(key)
        key = repeated
    return key


def _age(record: RunRecord) -> tuple[float, str]:
    return record.created_at.timestamp() if record.created_at else float("inf"), record.pathspec


def _with_effects(lineage: RunGraph, dropped: set[str], cascade: Collection[str]) -> set[str]:
    """Add the runs all of whose causes in the cascade are dropped."""
    graph, waiting = lineage.graph, list(dropped)
    while waiting:
        for effect in graph.successors(waiting.pop()):
            causes = [cause for cause in graph.predecessors(effect) if cause in cascade]
            if effect in cascade and effect not in dropped and dropped.issuperset(causes):
                dropped.add(effect)
                waiting.append(effect)
    return dropped
