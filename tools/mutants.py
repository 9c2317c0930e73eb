"""Change the code of a room in small ways, and list the changes that no test notices: `mutants.py ROOM…`.

Each change is made in a copy of the checkout, and tried with the tests of its room until one fails.
`docs/development/testing.md` has the results, with the reasons of the changes that survived.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {  # what is changed -> the tests that are to notice
    "selection": ("lineage/graph/selection.py", "tests/graph/test_selection.py"),
    "graph": ("lineage/graph", "tests/graph tests/tracing"),
    "records": ("lineage/records", "tests/records tests/tracing"),
    "tracing": ("lineage/tracing", "tests/tracing tests/graph"),
    "simulation": ("lineage/simulation", "tests/simulation"),
}
_SETTINGS = """
[cosmic-ray]
module-path = "{module}"
timeout = 60.0
excluded-modules = []
test-command = "{python} -m pytest -q -x -p no:cacheprovider -m 'quick or slow' {tests}"
[cosmic-ray.distributor]
name = "local"
# of type annotations, which are not evaluated; a union of sets or dictionaries is not changed either
[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
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
    return max(_tried(room) for room in asked.rooms)


def _tried(room: str) -> int:
    module, tests = ROOMS[room]
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        for part in ("lineage", "tests"):  # the extension is found where it is installed
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        (folder / "settings.toml").write_text(
            _SETTINGS.format(module=module, tests=tests, python=sys.executable)
        )
        for words in (["baseline", "settings.toml"], ["init", "settings.toml", "session"]):
            _cosmic_ray("cosmic-ray", words, folder)
        _cosmic_ray("cr-filter-operators", ["session", "settings.toml"], folder)
        _cosmic_ray("cosmic-ray", ["exec", "settings.toml", "session"], folder)
        print(f"\n{room}: the changes that survived, and the rate in per cent", flush=True)
        _cosmic_ray("cr-report", ["--surviving-only", "--show-diff", "session"], folder)
        rate = subprocess.run(
            [_program("cr-rate"), "--fail-over", "10", "session"], cwd=folder, check=False
        ).returncode
    return 1 if rate else 0


def _cosmic_ray(program: str, words: list[str], folder: Path) -> None:
    subprocess.run([_program(program), *words], cwd=folder, check=True)


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


if __name__ == "__main__":
    sys.exit(main())
