"""Replay a cascade in processes that are killed at random moments: `kill_replay.py FIRST LAST`.

A program of its own, because it forks. For each seed it prints which runs ended, and how the next replay did.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
from pathlib import Path

from lineage import Simulation, replay, simulate
from lineage.flow_map import FlowMap, declare
from lineage.replaying import ReplayProgress
from tests.replaying.scripted import ScriptedFlows

CAUSES = {
    "ETLFlow": [],
    "TrainFlow": ["ETLFlow"],
    "StatsFlow": ["ETLFlow"],
    "ScoreFlow": ["TrainFlow", "StatsFlow"],
    "AlarmFlow": ["StatsFlow"],
}
EVENTS = 2 * len(CAUSES)  # each run starts, and ends


def main(first: int, last: int) -> None:
    """Try these seeds."""
    for seed in range(first, last):
        with tempfile.TemporaryDirectory() as folder:
            scripted = ScriptedFlows(Path(folder))
            scripted.add(*CAUSES, seconds=0.05)
            at = random.Random(f"kill/{seed}").randrange(EVENTS)
            killed = _killed_at(at, scripted)
            ended = scripted.ended
            scripted.log.unlink(missing_ok=True)
            again = replay(_cascade(), files=scripted.folder, max_workers=2)
            print(
                json.dumps(
                    {"seed": seed, "at": at, "killed": killed, "ended": ended}
                    | {"succeeded": again.succeeded, "ended_again": scripted.ended}
                )
            )


def _cascade() -> Simulation:
    flows = FlowMap.of([declare(flow, on_finish=causes) for flow, causes in CAUSES.items()])
    return simulate(flows, ["ETLFlow"])


def _killed_at(at: int, scripted: ScriptedFlows) -> bool:
    """Replay in a process that is killed at a change; returns when all that it had started have ended."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)  # open in the flows' processes too, until the last has ended
    child = os.fork()
    if child == 0:
        _replay_until(at, scripted)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as end:
        end.read()
    return os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def _replay_until(at: int, scripted: ScriptedFlows) -> None:
    changes: list[ReplayProgress] = []

    def progress(change: ReplayProgress) -> None:
        if len(changes) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        changes.append(change)

    replay(_cascade(), files=scripted.folder, max_workers=2, progress=progress)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
