"""`python -m lineage.flow_map.inspector SECONDS FILE …`."""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import sys

from lineage.flow_map.inspector.forks import inspect_files

# what files that publish events need; imported before the forks, which share it
_SHARED = ("metaflow.integrations", "metaflow.plugins.argo.argo_events")


def main(files: list[str], seconds: float) -> None:
    """Inspect the files one after the other; each may take so many seconds."""
    for name in _SHARED:
        importlib.import_module(name)
    inspect.getsource(main)  # compiles the patterns with which Metaflow finds the source of each step
    gc.freeze()  # a collection in a fork would copy every page that it looks at
    for answer in inspect_files(files, seconds):
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[2:], float(sys.argv[1]))
