"""The service source against a server that others wrote: the package metaflow-local-service.

It lacks run-level metadata, pages and the list of flows. It also lacks the route of a single artifact,
`…/artifacts/_task_ok`: that is where the stock client looks whether a run has finished, so there every
run looks unfinished to it. Statuses here come from the metadata, which it serves in full.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage import trace
from lineage.errors import FlowNotFound, SourceInvalid
from lineage.sources.service.source import ServiceSource
from tests.support.planted import write_local
from tests.support.planted_lineages import small_lineage
from tests.support.store import Store

FLOW = """
from metaflow import FlowSpec, step

class ServedFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    ServedFlow()
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_local(small_lineage(), tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "metaflow_local_service.daemon", "--port", str(port), "--metaflow-root", str(root)]
    daemon = subprocess.Popen([sys.executable, *command], cwd=root, env=os.environ | {"HOME": str(root)})
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=1).close()
                break
            except OSError:
                assert daemon.poll() is None, "the server ended"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        daemon.terminate()
        daemon.wait(10)


def test_it_answers_like_every_other_source(url: str) -> None:
    truth = {run.record.pathspec: run.record for run in small_lineage()}
    assert ServiceSource(url).read([*truth, "ETLFlow/404"]) == truth


def test_upstream_walks_work_and_downstream_says_what_is_lacking(url: str) -> None:
    assert len(trace("ReportFlow/14", source=url)) > 5
    with pytest.raises(SourceInvalid, match="no list of flows"):
        trace("ETLFlow/1", downstream=1, source=url)
    with pytest.raises(FlowNotFound, match="no list of flows"):
        trace("NoFlow", source=url)


@pytest.mark.runs  # in the folder of the server, which the fixtures do not know
def test_a_real_run_that_it_recorded_is_completed_though_the_stock_client_calls_it_unfinished(
    url: str, root: Path
) -> None:
    store = Store(root)
    file = root / "servedflow.py"
    file.write_text(FLOW)
    service = {"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": url}
    done = store.flow(file, env=service)
    assert done.pathspec, done.output
    record = ServiceSource(url).read([done.pathspec])[done.pathspec]
    assert record.status == "completed"
    assert record.user == "ann"
    asked = f"import metaflow; print('true' if metaflow.Run('{done.pathspec}').finished else 'false')"
    assert store.client(asked, env=service) is False
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(
            f"{url}/flows/ServedFlow/runs/{done.run_id}/steps/end/tasks/2/artifacts/_task_ok"
        )
    assert caught.value.code == 404
    caught.value.close()
