from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.extension.recording.recorded import RecordingStore
from tests.extension.recording.webhook import Events

# flows and programs that tests start
collect_ignore = ["flows"]


@pytest.fixture(scope="session")
def recording_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], RecordingStore]:
    """Makes a store that the tests of one module share, with a run of MakerFlow in it."""
    python = str(Path(os.environ.get("LINEAGE_TEST_PYTHON", sys.executable)).absolute())
    return lambda name: RecordingStore(tmp_path_factory.mktemp(name), python)


@pytest.fixture(scope="module")
def events() -> Iterator[Events]:
    server = Events()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
