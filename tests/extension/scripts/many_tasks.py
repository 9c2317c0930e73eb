"""Runs 200 tasks of WideFlow's foreach in this one process: `many_tasks.py <run with --width 200>`.

Each is the `step` command that Metaflow's runtime would start, with the same `--trigger`; starting
200 processes instead takes two minutes.
"""

import sys

from metaflow import Run
from metaflow.parameters import flow_context
from wide import WideFlow

from metaflow_extensions.lineage.plugins.metadata.causes import TRIGGERS_FIELD, decode_triggers, hand_down

origin = Run(sys.argv[1], _namespace_check=False)
start = origin["start"].task
entries, _ = decode_triggers(start.metadata_dict[TRIGGERS_FIELD], strict=True)
triggers = [hand_down(entry) for entry in entries]
sys.argv = ["wide.py", "step"]

with flow_context(WideFlow):  # the options of the flow's decorators are added by this import
    from metaflow import cli

top = [word for value in triggers for word in ("--trigger", value)]
for index in range(200):
    step = ["step", "body", "--run-id", origin.id, "--task-id", f"many-{index}"]
    how = ["--input-paths", f"{origin.id}/start/{start.id}", "--split-index", str(index)]
    with flow_context(WideFlow):
        code = cli.main(WideFlow(use_cli=False), args=["--quiet", "--no-pylint", *top, *step, *how])
    assert not code, code
