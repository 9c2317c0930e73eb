"""Build the JSON document of a simulation, which a page plays without a kernel: the map and its changes.

```
{
  "name": "ETLFlow",                     the stimuli, in words
  "map": {…},                            a scene (docs/reference/scene.md); a node for each flow and event
  "height": 240,                         pixels that the map needs
  "day": "1 Jan 2026 · UTC",              what the clocks below leave out
  "length": 600.0,                       seconds that the timeline shows
  "moments": [                           the first is the start, before any event
    {"at": 0.0, "clock": "12:00", "said": ["ETLFlow starts"],
     "set": {"0": ["running", "1 run"]},    index of a node -> its style and label from now on
     "lacks": {"2": "DataFlow"}}            index of a node -> what it waits for from now on, if anything
  ],
  "ticks": [{"at": 0.0, "clock": "12:00"}],
  "lanes": [{"name": "ETLFlow", "node": 0}],
  "bars": [{"lane": 0, "from": 0.0, "to": 300.0, "look": "completed", "name": "ETLFlow/sim-1"}],
                                         and "real": true of a real run, "instant": true of what arrives
  "finishes": [{"lane": 0, "p50": 300.0, "p90": 320.0}],   seconds after the start
  "why": ["runs at 12:00, because …", …],                  for each node of the map
  "ending": "At 12:10 all is done: …",
  "notes": ["…"]                         what was assumed or omitted
}
```
"""

from __future__ import annotations

from lineage.scene.playback.bars import RealRun, flow_key, real_runs
from lineage.scene.playback.document import Playback, playback, standing
from lineage.scene.playback.several import playbacks, stimulus_at

__all__ = [
    "Playback",
    "RealRun",
    "flow_key",
    "playback",
    "playbacks",
    "real_runs",
    "standing",
    "stimulus_at",
]
