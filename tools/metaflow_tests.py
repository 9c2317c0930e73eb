"""Run Metaflow's own unit tests without and with this extension, and compare: `metaflow_tests.py CHECKOUT`.

CHECKOUT is a checkout of https://github.com/Netflix/metaflow. It is copied, and installed from the copy in a
temporary environment, with the test requirements that it declares: the package index must be reachable.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
# as Metaflow's tox.ini runs them
TESTS = ["test/unit", "test/cmd", "test/plugins", "--ignore=test/unit/spin", "-m", "not docker"]
OPTIONS = ["-q", "--tb=no", "--timeout=300", "-p", "no:cacheprovider"]


def main() -> int:
    """Return 1 if any test ends differently with the extension."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkout", type=Path, help="a checkout of Metaflow")
    parser.add_argument("tests", nargs="*", default=TESTS, help="arguments for pytest, after --")
    asked = parser.parse_args()
    if not (asked.checkout / "metaflow" / "plugins").is_dir():
        parser.error(f"{asked.checkout} is not a checkout of Metaflow")
    with tempfile.TemporaryDirectory(prefix="metaflow-tests-") as folder:
        return _compare(asked.checkout, asked.tests, Path(folder))


def _compare(checkout: Path, tests: list[str], folder: Path) -> int:
    copy, python = folder / "metaflow", folder / "venv" / "bin" / "python"
    shutil.copytree(
        checkout, copy, ignore=shutil.ignore_patterns(".git", ".tox", "*.egg-info"), symlinks=True
    )
    venv.create(folder / "venv", with_pip=True)
    _install(python, "--editable", f"{copy}[dev]")
    without = _outcomes(python, copy, tests, folder / "without.xml")
    _install(python, "--no-deps", "--editable", str(ROOT))
    if _extensions(python) != ["metaflow-lineage"]:
        raise SystemExit("Metaflow does not load the extension in the environment of its tests")
    return report(without, _outcomes(python, copy, tests, folder / "with.xml"))


def _install(python: Path, *what: str) -> None:
    subprocess.run([python, "-m", "pip", "install", "--quiet", *what], check=True)


def _extensions(python: Path) -> list[str]:
    code = "from metaflow.extension_support import extension_info; print(*extension_info()['installed'])"
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True, cwd=python.parent)
    return done.stdout.split()


def _outcomes(python: Path, copy: Path, tests: list[str], results: Path) -> dict[str, str]:
    """How each test ended, by its name: of one run, which may have failed tests."""
    command = [python, "-m", "pytest", *tests, *OPTIONS, f"--junit-xml={results}"]
    done = subprocess.run(command, cwd=copy, env=_environment(copy.parent))
    if done.returncode not in (0, 1):  # 1: some tests failed
        raise SystemExit(f"pytest could not run Metaflow's tests: exit status {done.returncode}")
    return read_outcomes(results)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's Metaflow configuration, and a user, whom its flows need."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METAFLOW_")}
    return {**kept, "METAFLOW_HOME": str(folder / "home"), "METAFLOW_USER": "tester"}


def read_outcomes(results: Path) -> dict[str, str]:
    """How each test of a JUnit file ended: passed, failure, error or skipped."""
    cases = ElementTree.parse(results).iter("testcase")  # pytest has just written it
    return {f"{case.get('classname')}::{case.get('name')}": _outcome(case) for case in cases}


def _outcome(case: ElementTree.Element) -> str:
    return next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")


def report(without: Mapping[str, str], with_it: Mapping[str, str]) -> int:
    """Print both sums and each difference; return 1 if there is any."""
    for title, outcomes in (("without", without), ("with", with_it)):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in Counter(outcomes.values()).items())
        print(f"{title} the extension: {len(outcomes)} tests, {counts}")
    changed = [test for test in sorted({*without, *with_it}) if without.get(test) != with_it.get(test)]
    for test in changed:
        print(f"{test}: {without.get(test, 'not run')} without, {with_it.get(test, 'not run')} with it")
    print(f"{len(changed)} tests end differently" if changed else "No test ends differently")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
