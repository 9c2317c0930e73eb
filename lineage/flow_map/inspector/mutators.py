"""Runs what a flow's mutators do before anything else, `pre_mutate`, without side effects.

Metaflow does so with any command, `show` included. Here whatever would change something outside this
process, or talk to another one, is refused by an audit hook, and the map says so.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from metaflow.flowspec import FlowStateItems
from metaflow.parameters import flow_context

from lineage.flow_map.inspector.configs import Configs

# https://docs.python.org/3/library/audit_events.html
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
_TALKS = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo")
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "os.utime",
    "os.kill",
    "sqlite3.connect",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class SideEffect(BaseException):
    """Something that a mutator may not do here; no `Exception`, so that it does not pass unseen."""


class _Guard:
    def __init__(self) -> None:
        self.active = False
        self.refused: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.active and (what := _side_effect(event, arguments)):
            self._refuse(what)

    def leave(self, status: int) -> NoReturn:
        """In the place of `os._exit`."""
        self._refuse(f"end the process (os._exit({status}))")

    def _refuse(self, what: str) -> NoReturn:
        self.refused.append(what)
        raise SideEffect(what)


def _side_effect(event: str, arguments: tuple[Any, ...]) -> str | None:
    if event == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & _WRITES and path != os.devnull
        return f"write to {path}" if writes else None
    if event in _STARTS:
        return f"start a program ({arguments[0] if arguments else event})"
    if event in _TALKS:
        return "use the network"
    return f"change {arguments[0] if arguments else 'something'} ({event})" if event in _CHANGES else None


@contextlib.contextmanager
def _guarded() -> Iterator[_Guard]:
    guard = _Guard()
    sys.addaudithook(guard)  # for good: this process ends with the file
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    guard.active = True
    leave, os._exit = os._exit, guard.leave  # which no hook hears of
    try:
        yield guard
    finally:
        os._exit = leave
        guard.active = False
        sys.dont_write_bytecode = writes_bytecode


def run_mutators(flow: Any, configs: Configs) -> list[str]:
    """Let the mutators of a flow and of its steps change the class; what went wrong, if anything."""
    names = _mutators(flow)
    if not names:
        return []
    whose = f"the mutator{'s' if len(names) > 1 else ''} {', '.join(names)}"
    if configs.problem:
        return [f"has {whose}, not run here because the Configs have no values: {configs.problem}"]
    with _guarded() as guard:
        why = _failure(flow, configs)
    if guard.refused:
        why = f"would {guard.refused[0]}"
    return [f"has {whose}, which {why}: what is added by it is not known"] if why else []


def _mutators(flow: Any) -> list[str]:
    of_flow = [type(mutator).__name__ for mutator in flow._flow_state[FlowStateItems.FLOW_MUTATORS]]
    of_steps = [type(mutator).__name__ for step in flow._steps for mutator in step.config_decorators]
    return list(dict.fromkeys([*of_flow, *of_steps]))


def _failure(flow: Any, configs: Configs) -> str | None:
    try:
        with flow_context(flow):
            for mutator in flow._flow_state[FlowStateItems.FLOW_MUTATORS]:
                mutator.external_init()  # Metaflow before 2.19.11 leaves that to its command line
            flow._process_config_decorators(dict(configs.values))
    except SideEffect:
        return None  # the guard has it
    except (Exception, SystemExit) as exc:  # the author's own code
        said = str(exc).strip().splitlines()
        return f"failed with {type(exc).__name__}: {said[0] if said else 'without a message'}"
    return None
