"""`simulate`: what would fire, in which order, when it is done, and what waits for what.

Pure: no I/O, no clock, no randomness but a seed.
"""

from __future__ import annotations

from lineage.simulation.events import SimEvent, SimRun, SimStimulus, State
from lineage.simulation.quantiles import Finish
from lineage.simulation.result import Simulation
from lineage.simulation.run import simulate
from lineage.simulation.stimuli import Stimulus, scheduled

__all__ = [
    "Finish",
    "SimEvent",
    "SimRun",
    "SimStimulus",
    "Simulation",
    "State",
    "Stimulus",
    "scheduled",
    "simulate",
]
