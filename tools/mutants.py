"""Change the code of a room in small ways, and list the changes that no test notices: `mutants.py ROOM…`.

mutmut makes the changes in a copy of the checkout, `build/mutants/ROOM`, and tries each with the tests that
call the changed function. In that folder, `mutmut browse` and `mutmut show NAME` show the changes.
`docs/development/testing.md` has the results. `docs/development/mutants.md` lists the changes that survive,
with reasons; survivors that it does not list are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "docs" / "development" / "mutants.md"
MOST = 0.1  # of the changes of a room may survive
ROOMS = {  # what is changed, and the tests that are to notice
    "selection": ("lineage/graph/selection.py", ["graph"]),
    "records": ("lineage/records/*", ["records", "tracing"]),
    "tracing": ("lineage/tracing/*", ["tracing", "graph"]),
    "comparing": ("lineage/comparing/*", ["comparing"]),
    "simulation": ("lineage/simulation/*", ["simulation"]),
}
_SETTINGS = """
[tool.mutmut]
source_paths = ["lineage"]
also_copy = ["benchmarks"]  # a test takes its company from there
only_mutate = {changed}
pytest_add_cli_args_test_selection = {tests}
# mutmut leaves a file open, which pytest would take for a fault of the test
pytest_add_cli_args = ["-p", "no:unraisableexception", "-p", "no:cacheprovider", "-m", "quick"]
use_git_change_detection = false
timeout_constant = 2.0  # seconds, beside the tests' own time
timeout_multiplier = 5.0
"""


def main() -> int:
    """Return 1 if more than a tenth of the changes survive in any room."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rooms", nargs="*", default=list(ROOMS), help=f"some of {', '.join(ROOMS)}")
    asked = parser.parse_args()
    if unknown := set(asked.rooms) - set(ROOMS):
        parser.error(f"unknown room {', '.join(sorted(unknown))}; use some of {', '.join(ROOMS)}")
    rates = [_tried(room) for room in asked.rooms]
    return 1 if max(rates) >= MOST else 0


def _tried(room: str) -> float:
    """Try the changes of a room; return the share that survived."""
    folder = ROOT / "build" / "mutants" / room
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("lineage", "tests", "benchmarks"):  # the extension is found where it is installed
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    changed, tests = ROOMS[room]
    settings = _SETTINGS.format(
        changed=json.dumps([changed]), tests=json.dumps([f"tests/{name}" for name in tests])
    )
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + settings, "utf-8")
    began = time.monotonic()
    (folder / "tmp").mkdir()  # of the tests, whose processes end without cleaning up
    mutmut = [sys.executable, str(ROOT / "tools" / "mutmut_collected.py")]
    environment = {**os.environ, "TMPDIR": str(folder / "tmp")}
    for words in (["run", "--max-children", str(os.cpu_count() or 2)], ["export-cicd-stats"]):
        subprocess.run([*mutmut, *words], cwd=folder, check=True, env=environment)
    results = subprocess.run(
        [*mutmut, "results"], cwd=folder, check=True, env=environment, stdout=subprocess.PIPE, text=True
    ).stdout
    print(results)
    _say_unlisted(room, results)
    counts = json.loads((folder / "mutants" / "mutmut-cicd-stats.json").read_text("utf-8"))
    rate = (counts["survived"] + counts["no_tests"]) / counts["total"]
    minutes = (time.monotonic() - began) / 60
    print(
        f"{room}: {rate:.1%} of {counts['total']} changes survived; {minutes:.1f} min; {counts}", flush=True
    )
    return rate


def _say_unlisted(room: str, results: str) -> None:
    """Print the functions in which more changes survive than the page of survivors explains."""
    _, _, section = LISTED.read_text("utf-8").partition(f"\n## {room}\n")
    listed: Counter[str] = Counter()
    for function, count in re.findall(
        r"^\| `([\w.]+)` \| (\d+) \|", section.partition("\n## ")[0], re.MULTILINE
    ):
        listed[function] += int(count)
    survived = Counter(map(_function, re.findall(r"^ *(\S+): (?:survived|no tests)$", results, re.MULTILINE)))
    for function, count in sorted(survived.items()):
        if count > listed[function]:
            print(f"{room}: {count} changes of {function} survived, {LISTED.name} lists {listed[function]}")


def _function(mutant: str) -> str:
    """`walk.Walk.up` for `lineage.tracing.walk.xǁWalkǁup__mutmut_3`."""
    module, _, name = mutant.rpartition("__mutmut_")[0].rpartition(".")
    plain = name.removeprefix("xǁ").replace("ǁ", ".") if name.startswith("xǁ") else name.removeprefix("x_")
    return f"{module.rpartition('.')[2]}.{plain}"


if __name__ == "__main__":
    sys.exit(main())
