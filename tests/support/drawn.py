"""Small lineages drawn in text: the drawing is the test's input.

    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/4
    first! > DataFlow/3 > PredictionFlow/4
    TrainingFlow/2 ~ TrainingFlow/5
    TrainingFlow/2 .model.> ScoreFlow/6 => ChildFlow/7
    ScoreFlow/6 *> first!

`>` triggers, `~` is resumed by, `.model.>` is read by (its artifact `model`), `=>` spawns, `*>` publishes;
`name!` is an external event. A run named `…?` triggered something but does not exist any more.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from lineage.records.model import ArtifactRead, RunRecord, TriggerEvent, event_key

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def drawn_records(text: str) -> list[RunRecord]:
    """One record for each run in the drawing; run number n began n minutes after START."""
    records: dict[str, RunRecord] = {}
    gone: set[str] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        words = re.split(r"\s*(=>|\*>|\.\w+\.>|[>~])\s*", line)
        for name in words[::2]:
            if name.endswith("?"):
                gone.add(name[:-1])
            elif not name.endswith("!"):
                records.setdefault(name, drawn_record(name))
        for cause, arrow, effect in zip(words[::2], words[1::2], words[2::2], strict=False):
            _draw(records, cause.rstrip("?"), arrow, effect.rstrip("?"))
    return [record for name, record in records.items() if name not in gone]


def _draw(records: dict[str, RunRecord], cause: str, arrow: str, effect: str) -> None:
    def change(name: str, **more: object) -> None:
        records[name] = replace(records.get(name) or drawn_record(name), **more)

    if arrow == "*>":
        change(cause, published=(*records[cause].published, event_key(effect[:-1], "id")))
    elif arrow == "~":
        change(effect, origin=cause)
    elif arrow == "=>":
        change(effect, spawned_by=f"{cause}/start/1")
    elif arrow == ">":
        change(effect, triggers=(*records[effect].triggers, trigger_event(cause)))
    else:
        name = arrow.strip(".>")
        read = ArtifactRead(f"{cause}/end/9", name, f"sha-of-{name}", "start")
        change(effect, reads=(*records[effect].reads, read))


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
