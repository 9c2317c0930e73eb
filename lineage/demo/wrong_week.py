"""One more prediction in the demo's store, for data of the wrong week: the story of `notebooks/why.ipynb`.

The event announces week 55 where week 6 was meant. No report of that prediction is started, although the
declarations say that it should be.
"""

from __future__ import annotations

import json
from pathlib import Path

from lineage.demo import Demo, Say, Story, make_runs

EVENT = {"name": "new_data", "fields": {"week": 55, "table": "orders"}}


def add_wrong_week(root: str | Path, say: Say = print) -> dict[str, str]:
    """Make the demo's runs, and those of the wrong week; runs of an earlier call are used again.

    Returns
    -------
    dict
        Pathspecs as `make_runs` returns them, with `wrong data` and `wrong prediction`.
    """
    demo = Demo(Path(root).resolve())
    runs = make_runs(demo.root, say)
    finished = demo.root / "wrong-week.json"
    if finished.exists():
        more: dict[str, str] = json.loads(finished.read_text("utf-8"))
        if all((demo.root / ".metaflow" / run).is_dir() for run in more.values()):
            return runs | more
    story = Story(demo, say)
    data = story.run("dataflow", trigger=[json.dumps(EVENT)])
    prediction = story.run("predictionflow", trigger=[runs["training"], data])
    more = {"wrong data": data, "wrong prediction": prediction}
    finished.write_text(json.dumps(more), "utf-8")
    return runs | more
