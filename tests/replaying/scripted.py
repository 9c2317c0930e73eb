"""Stand-ins for flow files: they take a flow's command line and are done in a moment.

Scheduling is tested with these; that real flows understand the same command lines is held by the truth
test.
"""

from __future__ import annotations

import json
from pathlib import Path

SCRIPT = """
import json, sys, time
from pathlib import Path

class {flow}:
    pass

words = sys.argv[1:]
began = time.time()
run_id = {number}
Path(words[words.index("--run-id-file") + 1]).write_text(str(run_id))
time.sleep({seconds})
print("a line of output")
with open({log!r}, "a") as log:
    log.write(json.dumps({{"flow": {flow!r}, "words": words, "began": began, "ended": time.time()}}) + "\\n")
sys.exit({code})
"""


class ScriptedFlows:
    """A folder of such files, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log.jsonl"

    def add(self, *flows: str, code: int = 0, seconds: float = 0.0) -> None:
        """Files of flows that end with this code after so many seconds."""
        for flow in flows:
            number = 100 + len(list(self.folder.glob("*.py")))
            text = SCRIPT.format(flow=flow, number=number, seconds=seconds, code=code, log=str(self.log))
            (self.folder / f"{flow.lower()}.py").write_text(text)

    @property
    def calls(self) -> list[dict]:
        """One entry for each that ended, in the order of their ends."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    @property
    def ended(self) -> list[str]:
        return [call["flow"] for call in self.calls]

    def triggers(self, flow: str) -> list[str]:
        """The values of `--trigger` that a flow was called with."""
        (call,) = [call for call in self.calls if call["flow"] == flow]
        words = call["words"]
        return [words[i + 1] for i, word in enumerate(words) if word == "--trigger"]
