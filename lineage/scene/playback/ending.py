"""The end of a simulation in one sentence."""

from __future__ import annotations

from lineage.flow_map.declarations import short_name
from lineage.scene.playback.time_words import TimeWords
from lineage.simulation import SimulationResult

NAMED = 3  # flows that are listed by name; more are left out


def ending(sim: SimulationResult, clock: TimeWords) -> str:
    """Say when a simulation ends, how many flows have run by then, and which have not.

    Examples
    --------
    >>> from lineage.flow_map import FlowMap, declare
    >>> from lineage.simulation.run import run_simulation
    >>> flows = FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"])])
    >>> sim = run_simulation(flows, "ETLFlow", durations=300)
    >>> ending(sim, TimeWords.of(sim))
    'At 12:10 all is done: all 2 flows will have run.'
    """
    outcomes = {run.flow: run.outcome for run in sim.runs}
    ran = {*outcomes, *(stimulus.flow for stimulus in sim.stimuli if stimulus.flow)}
    idle = [key for key in sim.flows.declarations if key not in ran]
    parts = [_count(len(sim.flows) - len(idle), len(sim.flows))]
    failed = [key for key, outcome in outcomes.items() if outcome == "failed"]
    parts += [f"{_names(failed)} failed"] if 0 < len(failed) <= NAMED else []
    parts += [f"{_names(idle)} not"] if 0 < len(idle) <= NAMED else []
    return f"{_lead(sim, clock)}: {', '.join(parts)}."


def _lead(sim: SimulationResult, clock: TimeWords) -> str:
    if sim.stopped:
        return f"At {clock.moment(sim.events[-1].at)} the simulation stops"
    ends = [run.finished for run in sim.runs]
    if None in ends:
        return f"At {clock.moment(sim.end)}, when this ends, not all is done"
    moments = [*(end for end in ends if end), *(stimulus.at for stimulus in sim.stimuli)]
    last = max(moments, key=lambda moment: moment.timestamp(), default=sim.start)
    return f"At {clock.moment(last)} all is done"


def _count(ran: int, total: int) -> str:
    if ran == total:
        return "all of it will have run" if total == 1 else f"all {total:,} flows will have run"
    return f"{ran:,} of {total:,} flow{'' if total == 1 else 's'} will have run"


def _names(keys: list[str]) -> str:
    *most, last = map(short_name, keys)
    return f"{', '.join(most)} and {last}" if most else last
