"""What each test needs, read off its fixtures and its folder; the rest are the quick ones.

`pyproject.toml` says what the marks mean. `-m quick` runs what needs nothing but Python, and little of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

OF_FIXTURES = {
    "store": "runs",
    "new_store": "runs",
    "demo": "runs",
    "python": "oldest",
    "executed": "kernel",
    "browser": "browser",
    "postgres": "postgres",
}
OF_FOLDERS = {"package": "package", "browser": "browser"}
# Modules that wait for servers, start processes or try examples by the hundred: over a second each.
OF_MODULES = {
    "test_broken_network.py": "slow",
    "test_card.py": "slow",
    "test_differential.py": "slow",
    "test_local.py": "slow",
    "test_local_service.py": "slow",
    "test_process_pool.py": "slow",
    "test_processes.py": "slow",
    "test_properties.py": "slow",
    "test_record.py": "slow",
    "test_replay.py": "slow",
    "test_service.py": "slow",
    "test_site.py": "slow",
}
SLOWEST_FIRST = ["package", "browser", "kernel", "runs", "oldest", "postgres", "slow", "quick"]
LIMITS = {  # seconds; what takes ten on a machine of its own takes a hundred on one that is shared
    "package": 900,  # installs from the package index
    "browser": 300,  # starts servers and kernels, and makes runs first
    "kernel": 300,
    "runs": 300,  # the first test of the demo's runs makes all of them
    "oldest": 300,
}


def mark(items: list[pytest.Item]) -> None:
    """Mark tests by what they need, and let a module that takes long begin early."""
    ranks: dict[Path, int] = {}
    for item in items:
        needs = sorted({*_needs(item)}, key=SLOWEST_FIRST.index) or ["quick"]
        for need in needs:
            item.add_marker(need)
        if not item.get_closest_marker("timeout") and (limits := [LIMITS[n] for n in needs if n in LIMITS]):
            item.add_marker(pytest.mark.timeout(max(limits)))
        ranks[item.path] = min(ranks.get(item.path, len(SLOWEST_FIRST)), SLOWEST_FIRST.index(needs[0]))
    items.sort(key=lambda item: ranks[item.path])  # whole modules: their fixtures are made once


def _needs(item: pytest.Item) -> Iterator[str]:
    for fixture in getattr(item, "fixturenames", ()):  # an example in a docstring has none
        if need := OF_FIXTURES.get(fixture):
            yield need
    if need := OF_FOLDERS.get(item.path.parent.name):
        yield need
    if need := OF_MODULES.get(item.path.name):
        yield need
    yield from (own.name for own in item.iter_markers() if own.name in SLOWEST_FIRST)
