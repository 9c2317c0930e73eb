"""Walking upstream, beside a recursion over `Run.trigger` of the public client."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import metaflow

from benchmarks import stock
from benchmarks.stores import deep_ancestry, link_store
from benchmarks.table import Row, in_turns, seconds
from lineage import trace
from lineage.sources import LocalSource
from lineage.sources.postgres.source import PostgresSource
from lineage.sources.service.source import ServiceSource
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant
from tests.support.postgres import PostgresServer


def rows(quick: bool) -> Iterator[Row]:
    """Local, and over HTTP with and without latency, each time as if nothing were known of the runs."""
    runs = 60 if quick else 300
    metaflow.namespace(None)
    yield from _local(runs, times=3 if quick else 9)
    yield from _http(runs, latency=0.0, times=3 if quick else 5)
    yield from _http(runs, latency=0.02, times=1)
    for width in (5, 1):  # a chain has nothing to ask for at once
        yield _postgres(15 if quick else 75, width, times=3 if quick else 15)


def _local(runs: int, times: int) -> Iterator[Row]:
    last, records = deep_ancestry(runs)
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        root = link_store(map(plant, records), Path(folder))
        source = LocalSource(root)
        metaflow.metadata(f"local@{root}")
        walked = trace(last, source=source)
        assert set(walked.runs) == set(stock.ancestry_with_status(last)) == stock.ancestry(last)
        taken = _taken(times, last, lambda: trace(last, source=source, fresh=True))
    bound = "system calls: open, read and listdir are most of it"
    yield from _both(f"{len(walked)} runs upstream, local store", taken, 15, bound=bound)


def _http(runs: int, latency: float, times: int) -> Iterator[Row]:
    last, _ = deep_ancestry(runs)
    with served(runs, latency) as url:
        metaflow.metadata(f"service@{url}")
        source = ServiceSource(url)
        walked = trace(last, source=source)
        requests = source.http.requests / len(walked)
        taken = _taken(times, last, lambda: trace(last, source=ServiceSource(url), fresh=True))
    metaflow.default_metadata()
    yield from _both(
        f"{len(walked)} runs upstream, HTTP, {latency * 1000:.0f} ms late, {requests:.2f} requests a run",
        taken,
        30 if latency else 10,
        requests <= 1.1,
        "the network, a wave a hop" if latency else "the interpreter, on both ends of the line",
    )


def _postgres(runs: int, width: int, times: int) -> Row:
    """From the service's own database, beside the service itself."""
    last, records = deep_ancestry(runs, width)
    with PostgresServer() as server, served(runs, 0.0, width) as url:
        source, service = PostgresSource(server.create("walks", map(plant, records))), ServiceSource(url)
        walks = (lambda: trace(last, source=source), lambda: trace(last, source=service, fresh=True))
        ours, theirs = in_turns(times, *walks, warm=1)
    return Row(
        f"{runs + 1} runs upstream, {runs // width + 1} deep, PostgreSQL",
        seconds(ours),
        f"{seconds(theirs)}, HTTP, 0 ms late",
        _ratio(theirs / ours),
        "faster than HTTP",
        ours < theirs,
        "a statement a hop, which the server plans each time",
    )


def _taken(times: int, last: str, ours: Callable[[], object]) -> list[float]:
    """Seconds of our walk, of the stock client's for the same facts, and of its for the triggers alone.

    The stock client says whether a run ended well from an artifact. The planted service has none, so
    over HTTP it gives up early; on a real one it would take longer.
    """
    works = (ours, lambda: stock.ancestry_with_status(last), lambda: stock.ancestry(last))
    return in_turns(times, *works, warm=3 if times > 1 else 0)  # a single turn is bound by the network


# A walk tells the outcome, the times, the owner and the tags of each run, so the stock way of the same
# thing is what it is measured by; what `.trigger` alone takes stands beside it.
def _both(what: str, taken: list[float], target: int, few: bool = True, bound: str = "") -> Iterator[Row]:
    ours, facts, triggers = taken
    for theirs, of, judged in ((facts, "the same of each run", True), (triggers, "`.trigger` only", False)):
        ratio = theirs / ours
        yield Row(
            what,
            seconds(ours),
            f"{seconds(theirs)}, {of}",
            _ratio(ratio),
            f"{target}x" + (", 1.1 requests" if "HTTP" in what else "") if judged else "–",
            ratio >= target and few if judged else None,
            bound,
        )


@contextmanager
def served(runs: int, latency: float, width: int = 20) -> Iterator[str]:
    """A server in a process of its own, so that it does not share our interpreter."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, runs, latency, width), daemon=True)
    process.start()
    there.close()  # so that a process that dies is an error here, and not waited for
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join(10)


def _serve(pipe: Connection, runs: int, latency: float, width: int) -> None:
    with MetadataServer(map(plant, deep_ancestry(runs, width)[1]), latency=latency) as server:
        pipe.send(server.url)
        pipe.recv()


def _ratio(value: float) -> str:
    return f"{value:.1f}x" if value < 10 else f"{value:.0f}x"
