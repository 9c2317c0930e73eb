"""Tasks that Argo starts record what they read, and know no other task's id; Argo itself is not here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.extension.recording.argo import argo_step, skip_without_mounts
from tests.extension.recording.recorded import RecordingStore

pytestmark = pytest.mark.slow  # real processes of tasks


def test_a_task_records_and_the_start_task_says_so(
    recording_store: Callable[[str], RecordingStore],
) -> None:
    skip_without_mounts()
    store = recording_store("argo")
    run = argo_step(store, {}, "by_task")
    assert store.reads(run) == {"by_task": ["end/score", "end/size", "start/model", "start/rows"]}
    assert store.marked(run) == ["by_task/t-by_task"]
