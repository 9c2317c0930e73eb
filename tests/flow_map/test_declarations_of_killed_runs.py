"""What a run declared is known although its last task was killed before it stored anything."""

from __future__ import annotations

from collections.abc import Callable

import lineage
from lineage.flow_map.past_runs import graph_info
from tests.support.store import Store

KILLED = """
import os
from metaflow import FlowSpec, step, trigger

@trigger(event="new_data")
class KilledFlow(FlowSpec):
    @step
    def start(self):
        os._exit(9)
        self.next(self.end)
    @step
    def end(self):
        pass

if __name__ == "__main__":
    KilledFlow()
"""


def test_the_runs_own_record_tells_what_it_declared(store: Store, metadata: Callable[[str], str]) -> None:
    file = store.root / "killed.py"
    file.write_text(KILLED)
    run = store.flow(file).pathspec
    assert run
    metadata(f"local@{store.root}")
    assert graph_info(run)["decorators"]
    row = lineage.audit()["KilledFlow"]
    assert row.sentence.startswith("did not fire: nothing that it waits for (new_data) arrived")
