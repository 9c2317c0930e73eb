"""SIGKILL at random points of a refresh and of a replay: nothing is lost, and the next one does the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kill_replay import CAUSES
from tests.support.seeds import seeds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # for the seeds of `make soak`
ROOT = Path(__file__).parents[2]


def outcomes(program: str, cases: range) -> list[dict[str, Any]]:
    """What the program says of each seed."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{program}", str(cases.start), str(cases.stop)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(cases)
    return found


def test_a_refresh_that_is_killed_loses_only_the_batch_that_it_was_writing() -> None:
    found = outcomes("kill_refresh", seeds(15))
    for case in found:
        assert case["killed"], case
        assert case["right"], case
        assert case["kept"] + case["read"] == case["runs"], case
    assert any(0 < case["kept"] < case["runs"] for case in found)


def test_a_replay_that_is_killed_starts_nothing_more_and_can_be_repeated() -> None:
    for case in outcomes("kill_replay", seeds(4)):
        assert case["killed"], case
        for flow in case["ended"]:
            before = case["ended"][: case["ended"].index(flow)]
            assert set(CAUSES[flow]) <= set(before), case
        assert case["succeeded"], case
        assert sorted(case["ended_again"]) == sorted(CAUSES), case
