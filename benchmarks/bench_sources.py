"""Walking upstream, beside a recursion over `Run.trigger` of the public client."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import metaflow

from benchmarks import stock
from benchmarks.stores import deep_ancestry, link_store
from benchmarks.table import Row, in_turns, seconds
from lineage.sources import LocalSource
from lineage.sources.service import ServiceSource
from lineage.tracing import trace
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant


def rows(quick: bool) -> Iterator[Row]:
    """Local, and over HTTP with and without latency."""
    runs = 60 if quick else 300
    metaflow.namespace(None)
    yield from _local(runs, times=3 if quick else 9)
    yield _http(runs, latency=0.0, times=3, target=10)
    yield _http(runs, latency=0.02, times=1, target=30)


def _local(runs: int, times: int) -> Iterator[Row]:
    last, records = deep_ancestry(runs)
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        root = link_store(map(plant, records), Path(folder))
        source = LocalSource(root)
        metaflow.metadata(f"local@{root}")
        walked = trace(last, source=source)
        assert set(walked.runs) == stock.ancestry(last)
        stocked = stock.ancestry_with_status(last)
        assert all(finished and ok for finished, ok, *_ in stocked.values())
        ours, edges, whole = in_turns(
            times,
            lambda: trace(last, source=source),
            lambda: stock.ancestry(last),
            lambda: stock.ancestry_with_status(last),
        )
    bound = "system calls: half of a run's 80 µs is open, read and listdir"
    what = f"{len(walked)} runs upstream, local store"
    yield Row(
        what,
        seconds(ours),
        f"{seconds(edges)}, triggers only",
        _ratio(edges / ours),
        "15x",
        edges / ours >= 15,
        bound,
    )
    yield Row(
        f"{what}, same facts",
        seconds(ours),
        f"{seconds(whole)}, with each run's outcome",
        _ratio(whole / ours),
        "15x",
        whole / ours >= 15,
        bound,
    )


def _http(runs: int, latency: float, times: int, target: int) -> Row:
    last, _ = deep_ancestry(runs)
    with _served(runs, latency) as url:
        metaflow.metadata(f"service@{url}")
        source = ServiceSource(url)
        walked = trace(last, source=source)
        requests = source.http.requests / len(walked)
        ours, theirs = in_turns(
            times, lambda: trace(last, source=ServiceSource(url)), lambda: stock.ancestry(last)
        )
    metaflow.default_metadata()
    ratio = theirs / ours
    return Row(
        f"{len(walked)} runs upstream, HTTP, {latency * 1000:.0f} ms late, {requests:.2f} requests a run",
        seconds(ours),
        seconds(theirs),
        _ratio(ratio),
        f"{target}x, 1.1 requests",
        ratio >= target and requests <= 1.1,
        "the network, a wave a hop" if latency else "the interpreter, on both ends of the line",
    )


@contextmanager
def _served(runs: int, latency: float) -> Iterator[str]:
    """A server in a process of its own, so that it does not share our interpreter."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, runs, latency), daemon=True)
    process.start()
    there.close()  # so that a process that dies is an error here, and not waited for
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join(10)


def _serve(pipe: Connection, runs: int, latency: float) -> None:
    with MetadataServer(map(plant, deep_ancestry(runs)[1]), latency=latency) as server:
        pipe.send(server.url)
        pipe.recv()


def _ratio(value: float) -> str:
    return f"{value:.1f}x" if value < 10 else f"{value:.0f}x"
