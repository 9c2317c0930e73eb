"""What would fire, in which order, when it is done, and what waits for what.

Pure: no I/O, no clock, no randomness but a seed. `lineage.simulate` runs a simulation.
"""

from __future__ import annotations

from lineage.simulation.events import SimEvent, SimRun, SimStimulus, State
from lineage.simulation.quantiles import Finish
from lineage.simulation.result import SimulationResult
from lineage.simulation.stimuli import Stimulus, scheduled

__all__ = [
    "Finish",
    "SimEvent",
    "SimRun",
    "SimStimulus",
    "SimulationResult",
    "State",
    "Stimulus",
    "scheduled",
]
