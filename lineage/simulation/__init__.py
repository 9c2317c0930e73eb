"""Simulate which flows fire, in which order, when they finish, and what they wait for.

Pure: no I/O, no clock, no randomness but a seed. `lineage.simulate` runs a simulation.
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any

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


def __getattr__(name: str) -> Any:
    if name not in ("Simulation", "simulate"):
        raise AttributeError(f"module 'lineage.simulation' has no attribute {name!r}")
    warnings.warn(f"use lineage.{name}, not lineage.simulation.{name}", DeprecationWarning, stacklevel=2)
    return getattr(importlib.import_module("lineage"), name)
