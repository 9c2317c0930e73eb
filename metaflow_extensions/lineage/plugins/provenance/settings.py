"""The one setting of the recorder, and the variables by which a task's child processes know it."""

from __future__ import annotations

from metaflow.metaflow_config_funcs import from_conf

# Of a task and of all processes that it starts: its pathspec, and the file for what they record.
TASK_VARIABLE = "METAFLOW_LINEAGE_TASK"
SPOOL_VARIABLE = "METAFLOW_LINEAGE_SPOOL"

_OFF = frozenset({"0", "false", "no", "off", ""})


def is_on() -> bool:
    """Whether tasks record.

    They do unless METAFLOW_LINEAGE_RECORD is 0, in the environment or in Metaflow's configuration.
    """
    return str(from_conf("LINEAGE_RECORD", "1")).strip().lower() not in _OFF
