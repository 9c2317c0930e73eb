"""Small lineages drawn in text: the drawing is the test's input.

    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/4
    first! > DataFlow/3 > PredictionFlow/4
    TrainingFlow/2 ~ TrainingFlow/5

`>` triggers, `~` is resumed by, `name!` is an external event. A run named `…?` triggered something but
does not exist any more.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from lineage.records.model import RunRecord, TriggerEvent

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def drawn_records(text: str) -> list[RunRecord]:
    """One record for each run in the drawing; run number n began n minutes after START."""
    triggers: dict[str, list[TriggerEvent]] = {}
    origins: dict[str, str] = {}
    gone: set[str] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        words = re.split(r"\s*([>~])\s*", line)
        for cause, arrow, effect in zip(words[::2], words[1::2], words[2::2], strict=False):
            if arrow == "~":
                origins[effect] = cause
            else:
                triggers.setdefault(effect.rstrip("?"), []).append(trigger_event(cause.rstrip("?")))
        for name in words[::2]:
            if name.endswith("?"):
                gone.add(name[:-1])
            elif not name.endswith("!"):
                triggers.setdefault(name, [])
    return [
        drawn_record(name, tuple(found), origins.get(name))
        for name, found in triggers.items()
        if name not in gone
    ]


def drawn_record(
    pathspec: str, triggers: tuple[TriggerEvent, ...] = (), origin: str | None = None
) -> RunRecord:
    """A completed run of one minute, begun as many minutes after START as its id says."""
    flow, run_id = pathspec.split("/")
    began = START + timedelta(minutes=int(run_id))
    return RunRecord(
        flow,
        run_id,
        status="completed",
        created_at=began,
        finished_at=began + timedelta(minutes=1),
        user="ann",
        triggers=triggers,
        origin=origin,
    )


def trigger_event(cause: str) -> TriggerEvent:
    """The event by which a run (`Flow/1`) or an external event (`name!`) triggers."""
    if cause.endswith("!"):
        return TriggerEvent(cause[:-1], "id", START, "event", {"x": 1})
    return TriggerEvent(f"metaflow.{cause.split('/')[0]}.end", f"{cause}/end/9", START, "run")
