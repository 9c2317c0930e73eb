"""A recorder that fails leaves one line and the task as it was; a signal's exception is not its own."""

from __future__ import annotations

import signal
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

from metaflow_extensions.lineage.plugins.provenance import guard
from metaflow_extensions.lineage.plugins.provenance.adding import add_to_writes
from metaflow_extensions.lineage.plugins.provenance.guard import guarded


@pytest.fixture(autouse=True)
def unwarned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_warned", False)


@guarded
def fails(error: BaseException) -> int:
    raise error


def test_a_failure_is_one_line_however_often_it_happens(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(ValueError("gone")) is None
    assert fails(KeyError("again")) is None
    assert capsys.readouterr().err == (
        "lineage: what this task read, started or published is not recorded: ValueError('gone')\n"
    )


def test_a_closed_stderr_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    assert fails(ValueError("gone")) is None


def test_interrupts_pass() -> None:
    with pytest.raises(KeyboardInterrupt):
        fails(KeyboardInterrupt())


class Deadline:
    """The handler of a signal, as `@timeout` has one."""

    def handle(self, number: int, frame: FrameType | None) -> None:
        self.give_up()

    def give_up(self) -> None:
        raise ValueError("too late")


def test_what_the_handler_of_a_signal_raises_passes() -> None:
    before = signal.signal(signal.SIGUSR1, Deadline().handle)
    try:
        with pytest.raises(ValueError, match="too late"):
            guarded(lambda: signal.raise_signal(signal.SIGUSR1))()
    finally:
        signal.signal(signal.SIGUSR1, before)


class Row(SimpleNamespace):
    def _replace(self, **fields: Any) -> Row:
        return Row(**{**vars(self), **fields})


class Provider:
    """Refuses rows that are not Metaflow's, or any."""

    def __init__(self, refuses: str) -> None:
        self.refuses = refuses
        self.written: list[list[str]] = []

    def register_metadata(self, run_id: str, step_name: str, task_id: str, metadata: list[Any]) -> str:
        fields = [row.field for row in metadata]
        if self.refuses in fields:
            raise OSError(f"{self.refuses} is refused")
        self.written.append(fields)
        return "written"


OK = Row(field="attempt_ok", value="True", type="internal_attempt_status", tags=["attempt_id:1"])


def test_a_write_that_is_refused_is_made_again_without_ours(capsys: pytest.CaptureFixture[str]) -> None:
    provider = Provider("lineage-reads")
    add_to_writes(provider, lambda *_: {"lineage-reads": "{}"})
    assert provider.register_metadata("1", "start", "2", metadata=[OK]) == "written"
    assert provider.written == [["attempt_ok"]]
    assert "OSError('lineage-reads is refused')" in capsys.readouterr().err


def test_a_provider_that_refuses_everything_raises_as_it_did() -> None:
    provider = Provider("attempt_ok")
    add_to_writes(provider, lambda *_: {"lineage-reads": "{}"})
    with pytest.raises(OSError, match="attempt_ok is refused"):
        provider.register_metadata("1", "start", "2", [OK])


def test_added_rows_are_of_the_same_attempt() -> None:
    rows: list[Any] = []
    provider = SimpleNamespace(register_metadata=lambda run, step, task, metadata: rows.extend(metadata))
    add_to_writes(provider, lambda *_: {"lineage-reads": "{}"})
    provider.register_metadata("1", "start", "2", [OK])
    assert [(row.field, row.type, row.value, row.tags) for row in rows][1:] == [
        ("lineage-reads", "lineage-reads", "{}", ["attempt_id:1"])
    ]
