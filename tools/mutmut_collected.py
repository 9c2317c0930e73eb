"""mutmut with tests that are collected once, in a process from which the one of each change is forked.

mutmut itself starts pytest for each change, which takes ten times as long as most of our tests do.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

import pytest
from _pytest.config import _prepareconfig
from mutmut.__main__ import cli
from mutmut.configuration import config
from mutmut.mutation import trampoline
from mutmut.runners.harness import ListAllTestsResult, PytestRunner
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.workers import isolation


class CollectedTests(PytestRunner):
    """Runs tests in the session in which they were collected."""

    def __init__(self) -> None:
        super().__init__()
        options = [*config().pytest_add_cli_args, *config().pytest_add_cli_args_test_selection]
        with change_cwd("mutants"):
            started = _prepareconfig(["--rootdir=.", "--tb=native", *options])
            started._do_configure()
            self.session = pytest.Session.from_config(started)
            started.hook.pytest_sessionstart(session=self.session)
            started.hook.pytest_collection(session=self.session)
        if self.session.testsfailed or not self.session.items:
            raise SystemExit("the tests cannot be collected: pytest in the folder 'mutants' says why")
        started.pluginmanager.unregister(name="terminalreporter")
        self.items = {item.nodeid: item for item in self.session.items}

    def list_all_tests(self) -> ListAllTestsResult:
        """The collected tests."""
        return ListAllTestsResult(ids=set(self.items))

    def run_stats(self, *, tests: Iterable[str]) -> int:
        """Run each test by itself, and note which functions it calls and how long it takes."""
        for test, item in self.items.items():
            # in a process of its own: what a test leaves in a cache would hide a change from all others
            fails, seconds, functions, modules = isolation.run_in_fork_with_result(self._measured, item)
            if fails:
                print(f"{test} fails without a change")
                return 1
            state().duration_by_test[test] = seconds
            for function in functions:
                state().tests_by_mangled_function_name[function].add(test)
            for module in sorted(modules - sys.modules.keys()):  # once, and not again for each change
                with suppress(ImportError):  # of files that the test itself has made
                    importlib.import_module(module)
        return 0

    def _measured(self, item: pytest.Item) -> tuple[int, float, set[str], set[str]]:
        began = time.process_time()
        fails = self._fails([item])
        return fails, time.process_time() - began, state()._stats, set(sys.modules)

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Run tests until one fails; without a change, in a process like those of the changes."""
        items = [self.items[test] for test in tests] or self.session.items
        return self._fails(items) if mutant_name else isolation.run_in_fork(self._fails_silently, items)

    def _fails_silently(self, items: Sequence[pytest.Item]) -> int:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 # as mutmut does it
        return self._fails(items)

    def _fails(self, items: Sequence[pytest.Item]) -> int:
        """Return 1 if any of the tests fails, else 0."""
        with change_cwd("mutants"):
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.session.testsfailed:
                    return 1
        return 0


if __name__ == "__main__":
    isolation.PytestRunner = CollectedTests
    # each call of a changed function asks; mutmut looks into the environment, which takes ten times as long
    trampoline.get_mutant_under_test = lambda: trampoline._mutant_under_test or ""
    cli()
