"""Draw a simulation as text: bars over time, and a sentence for each flow."""

from __future__ import annotations

from collections.abc import Iterator

from lineage.format import format_count, format_duration, legible
from lineage.scene.flow_map_scene import shown_names
from lineage.simulation import SimRun, SimulationResult

WIDTH = 40  # characters of the bars: with names and times beside them, 80 in all
NARROWEST = 12  # characters of the bars, however narrow the terminal is
NAME, SENTENCE = 60, 400  # characters that are shown
LINES = 40  # flows that are drawn; the rest is counted
_BARS = {"completed": "█", "failed": "▒", "running": "█"}
_MARKS = {"completed": "●", "failed": "✖", "running": "▶"}


def text_timeline(sim: SimulationResult, columns: int | None = None) -> str:
    """Draw a simulation for a terminal.

    Parameters
    ----------
    sim
        The simulation.
    columns
        Characters in a line, to which the bars give way; None for no limit.

    Examples
    --------
    >>> from lineage.flow_map import FlowMap, declare
    >>> from lineage.simulation.run import run_simulation
    >>> flows = FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"])])
    >>> print(text_timeline(run_simulation(flows, "ETLFlow", durations=300)))
    2 runs from 2026-01-01 12:00 UTC on, all done after 10 min
    <BLANKLINE>
      ETLFlow       ████████████████████                      12:00 to 12:05
      TrainingFlow                      ████████████████████  12:05 to 12:10
    <BLANKLINE>
    ● ETLFlow       runs at 12:00, because it was started
    ● TrainingFlow  fires at 12:05, because ETLFlow finished at 12:05
    """
    shown = shown_names(sim.flows)
    names = {key: legible(shown[key], NAME) for key in sim.why}
    width = max(map(len, names.values()))
    times = max((len(_times(sim, runs)) for runs in _runs_by_flow(sim).values()), default=0)
    room = WIDTH if columns is None else columns - width - times - 6
    bars = list(_bars(sim, names, width, max(NARROWEST, min(WIDTH, room))))
    parts = [[_headline(sim)], bars, list(_sentences(sim, names, width))]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _headline(sim: SimulationResult) -> str:
    words = f"{format_count(len(sim.runs), 'run')} from {sim.start:%Y-%m-%d %H:%M} {sim.start.tzname()} on"
    if sim.stopped:
        return f"{words}; {legible(sim.stopped, SENTENCE)}"
    ends = [run.finished for run in sim.runs]
    if not ends:
        return f"{words}: nothing fires"
    if any(end is None for end in ends):
        return f"{words}; at {sim.clock(sim.end)}, when this ends, not all are done"
    last = max(end.timestamp() for end in ends if end) - sim.start.timestamp()
    tails = (
        [finish.p90 for finishes in sim.finishes.values() for finish in finishes] if sim.samples > 1 else []
    )
    late = f" (nine times in ten within {format_duration(max(tails))})" if tails else ""
    return f"{words}, all done after {format_duration(last)}{late}"


def _runs_by_flow(sim: SimulationResult) -> dict[str, list[SimRun]]:
    runs: dict[str, list[SimRun]] = {}
    for run in sim.runs:
        runs.setdefault(run.flow, []).append(run)
    return runs


def _bars(sim: SimulationResult, names: dict[str, str], width: int, size: int) -> Iterator[str]:
    runs = _runs_by_flow(sim)
    zero = sim.start.timestamp()
    length = max(((run.finished or sim.end).timestamp() - zero for run in sim.runs), default=0) or 1
    for key, own in list(runs.items())[:LINES]:
        cells = [" "] * size
        for run in own:
            begin = (run.started.timestamp() - zero) / length * size
            end = ((run.finished or sim.end).timestamp() - zero) / length * size
            for i in range(min(size - 1, int(begin)), max(int(begin) + 1, min(size, round(end)))):
                cells[min(i, size - 1)] = _BARS[run.outcome]
        yield f"  {names[key]:<{width}}  {''.join(cells)}  {_times(sim, own)}"
    if len(runs) > LINES:
        yield f"  … and {format_count(len(runs) - LINES, 'more flow')}"


def _times(sim: SimulationResult, runs: list[SimRun]) -> str:
    first, last = runs[0], runs[-1]
    end = f"to {sim.clock(last.finished)}" if last.finished else "on"
    many = f", {format_count(len(runs), 'run')}" if len(runs) > 1 else ""
    return f"{sim.clock(first.started)} {end}{many}"


def _sentences(sim: SimulationResult, names: dict[str, str], width: int) -> Iterator[str]:
    """Flows in the order in which they first fire, then the rest."""
    outcomes = {run.flow: run.outcome for run in sim.runs}
    order = [*dict.fromkeys(run.flow for run in sim.runs)]
    for key in [*order, *(key for key in sim.why if key not in outcomes)]:
        mark = _MARKS[outcomes[key]] if key in outcomes else "○"
        yield f"{mark} {names[key]:<{width}}  {legible(sim.why[key], SENTENCE)}"
