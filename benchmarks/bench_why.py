"""Comparing ancestries, finding stale runs, auditing a month, each beside the naive way."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import metaflow
import networkx as nx

from benchmarks import stock
from benchmarks.many import ManyRuns, record
from benchmarks.stores import deep_ancestry, link_store
from benchmarks.table import Row, in_turns, seconds, timed
from lineage import diff, refresh, trace
from lineage.auditing.auditing import run_audit
from lineage.catalog import open_catalog
from lineage.comparing.stale import stale_everywhere
from lineage.demo import make_runs
from lineage.flow_map.past_runs import graph_info
from lineage.records.model import RunRecord
from lineage.sources import Cancel, LocalSource, MemorySource
from lineage.sources.service.source import ServiceSource
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant, system_tags
from tests.support.planted_lineages import by_run


def rows(quick: bool) -> Iterator[Row]:
    """A comparison, everything that is stale, an audit."""
    with _two_ancestries(60 if quick else 300) as (a, b, source):
        a_run = _stock_seconds(a, stock.scan_with_status)
        yield from _diff(a, b, source, times=3 if quick else 9)
    yield _diff_by_service(60 if quick else 300)
    with _cache():
        yield from _stale(20_000 if quick else 100_000, 3 if quick else 5, a_run)
    yield from _audit(*((2_000, 40) if quick else (10_000, 200)), a_run)


_SAMPLE = 20  # runs that the stock client reads; its time for more is scaled from them


@contextmanager
def _two_ancestries(runs: int) -> Iterator[tuple[str, str, LocalSource]]:
    """A local store with two ancestries of so many runs: the last run of each, and the source."""
    a, records = deep_ancestry(runs, others=20)
    later = _later(records)
    metaflow.namespace(None)
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        root = link_store(map(plant, [*records, *later]), Path(folder))
        _add_contents(root, [*records, *later])
        metaflow.metadata(f"local@{root}")
        yield a, later[-1].pathspec, LocalSource(root)
    metaflow.default_metadata()


def _stock_seconds(last: str, read: Callable[[list[str]], object], sample: int = _SAMPLE) -> float:
    """Seconds that the stock client takes for a run, from a few of those that led to one."""
    names = sorted(stock.ancestry(last) if sample == _SAMPLE else [last])[:sample]
    (taken,) = in_turns(3, lambda: read(names), warm=1)
    return taken / len(names)


def _compare_by_client(names: Iterable[str]) -> None:
    """What a comparison needs of each run, as people read it today."""
    for name in names:
        run = metaflow.Run(name)
        stock.causes(run)
        tasks = (run["_parameters"].task, run.end_task)
        assert [{artifact.id: artifact.sha for artifact in task} for task in tasks if task]
        assert tasks[0].metadata_dict


@contextmanager
def _cache() -> Iterator[None]:
    """A folder of its own for catalogs."""
    before = os.environ.get("LINEAGE_CACHE")
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        os.environ["LINEAGE_CACHE"] = folder
        yield
    os.environ.pop("LINEAGE_CACHE")
    if before is not None:
        os.environ["LINEAGE_CACHE"] = before


def _add_contents(root: Path, records: Iterable[RunRecord]) -> None:
    """Give each run two parameters and five artifacts, in the files of its datastore."""
    for run in records:
        folder = root / ".metaflow" / run.pathspec
        parameters = {name: hashlib.sha1(name.encode()).hexdigest() for name in ("alpha", "rows")}
        results = {f"result{n}": hashlib.sha1(f"{run.flow}{n}".encode()).hexdigest() for n in range(5)}
        for task, objects in (("_parameters/0", parameters), ("end/3", parameters | results)):
            file = folder / task / "0.data.json"
            known = json.loads(file.read_text()) if file.exists() else {"objects": {}, "info": {}}
            file.unlink(missing_ok=True)  # one file under many names
            file.write_text(json.dumps(known | {"objects": known["objects"] | objects}))


def _later(records: Iterable[RunRecord]) -> list[RunRecord]:
    """The same lineage once more, a day later, with runs of other ids."""

    def moved(pathspec: str) -> str:
        flow, run_id = pathspec.split("/")[:2]
        return f"{flow}/{int(run_id) + 5000}"

    day = timedelta(days=1)
    return [
        replace(
            r,
            run_id=moved(r.pathspec).split("/")[1],
            created_at=r.created_at and r.created_at + day,
            finished_at=r.finished_at and r.finished_at + day,
            triggers=tuple(
                replace(e, event_id="/".join([moved(str(e.event_id)), *str(e.event_id).split("/")[2:]]))
                for e in r.triggers
            ),
        )
        for r in records
    ]


def _diff(a: str, b: str, source: LocalSource, times: int) -> Iterator[Row]:
    count = len(diff(a, b, source=source).places)
    both, ours = _processor_seconds(
        times,
        lambda: (trace(a, source=source), trace(b, source=source)),
        lambda: diff(a, b, source=source),
    )
    ratio = ours / both
    what = f"diff of two ancestries of {count} runs, local store"
    yield Row(
        f"{what}, processor time",
        seconds(ours),
        f"{seconds(both)}, tracing the two",
        f"{ratio:.2f}x the time",
        "at most 1.5x",
        ratio <= 1.5,
        "reading content hashes and code: a folder and three or four files of each run",
    )
    (wall,) = in_turns(times, lambda: diff(a, b, source=source), warm=1)
    naive = 2 * count * _stock_seconds(a, _compare_by_client)
    how = f"by Run.trigger and the .sha of artifacts, scaled from {_SAMPLE} runs"
    yield Row(what, seconds(wall), f"{seconds(naive)}, {how}", f"{naive / wall:.0f}x")


def _diff_by_service(runs: int) -> Row:
    """The same through a metadata service that is 20 ms away."""
    a, records = deep_ancestry(runs, others=0)
    later = _later(records)
    given = {"alpha": "a1", "rows": "r1"}
    kept = {"_parameters": given, "end": given | {f"result{n}": f"{n}" for n in range(5)}}
    planted = [replace(plant(record), artifacts=kept) for record in [*records, *later]]
    with MetadataServer(planted, latency=0.02) as server:
        source = ServiceSource(server.url)
        walked = timed(
            lambda: [trace(run, source=ServiceSource(server.url)) for run in (a, later[-1].pathspec)]
        )
        ours = timed(lambda: diff(a, later[-1].pathspec, source=source))
        requests = sum("/artifacts" in path or "/tasks/" in path for path in server.log)
        metaflow.metadata(f"service@{server.url}")
        naive = len(planted) * _stock_seconds(a, _compare_by_client, sample=1)
    metaflow.default_metadata()
    return Row(
        f"diff of two ancestries of {runs + 1} runs, HTTP, 20 ms late, "
        f"{requests / len(planted):.1f} requests a run besides tracing",
        seconds(ours),
        f"{seconds(naive)}, by Run.trigger and the .sha of artifacts, scaled from one run; "
        f"{seconds(walked)}, tracing the two",
        f"{naive / ours:.0f}x",
        bound="the network: both ancestries are walked at once, their layers one after the other",
    )


def _processor_seconds(times: int, *works: Callable[[], object]) -> list[float]:
    """Least processor time of each, taken in turns, each right after once untimed."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, used in zip(works, taken, strict=True):
            work()
            began = time.process_time()
            work()
            used.append(time.process_time() - began)
    return [min(used) for used in taken]  # what other work on the machine adds is no part of it


class _ReadableRuns(ManyRuns):
    """The same runs, each of which can be read."""

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs."""
        return {pathspec: record(int(pathspec.partition("/")[2])) for pathspec in pathspecs}


def _stale(runs: int, times: int, stock_run: float) -> Iterator[Row]:
    source = _ReadableRuns(runs)
    refresh(source, progress=False)
    with open_catalog(source) as catalog:
        path = catalog.path
    found = stale_everywhere(source)
    assert found.runs
    assert _naive(path) > 0
    naive, ours = in_turns(times, lambda: _naive(path), lambda: stale_everywhere(source), warm=1)
    ratio = naive / ours
    what = f"stale: the current run of every flow, {runs:,} runs in the catalog"
    yield Row(
        what,
        seconds(ours),
        f"{seconds(naive)}, all rows by plain SQLite into networkx",
        f"{ratio:.0f}x",
        "3x",
        ratio >= 3,
        "opening the catalog, and reading the latest 200 runs of each flow",
    )
    by_client = runs * stock_run
    how = f"looking at each run with the stock client, scaled from {_SAMPLE} runs of a local store"
    yield Row(what, seconds(ours), f"{seconds(by_client)}, {how}", f"{by_client / ours:,.0f}x")


def _naive(path: Path) -> int:
    """Read every row into a graph, then look for inputs that are not the latest of their flow."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for pathspec, status, created, body in database.execute(
            "SELECT pathspec, status, created, body FROM runs"
        ):
            graph.add_node(pathspec, status=status, created=created, facts=json.loads(body))
        graph.add_edges_from(database.execute("SELECT cause, effect FROM edges"))
    latest: dict[str, str] = {}
    for key, node in graph.nodes(data=True):
        flow = key.split("/")[0]
        if flow not in latest or node["created"] > graph.nodes[latest[flow]]["created"]:
            latest[flow] = key
    return sum(latest[cause.split("/")[0]] != cause for cause, _ in graph.edges)


def _month(runs: int, flows: int) -> list[RunRecord]:
    """A month of flows in chains of four that trigger each other; one firing in a hundred is lost."""
    dice = random.Random("a month")
    until = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)
    found: list[RunRecord] = []
    rounds = runs // flows
    for turn in range(rounds):
        for chain in range(flows // 4):
            began = until - timedelta(days=30) * (1 - turn / rounds) + timedelta(seconds=chain)
            cause = None
            for place in range(4):
                flow, number = f"Chain{chain}Step{place}Flow", str(turn + 1)
                triggers = (by_run(cause.pathspec, 0),) if cause else ()
                triggers = tuple(replace(e, timestamp=began) for e in triggers)
                ended = began + timedelta(minutes=5)
                cause = RunRecord(
                    flow,
                    number,
                    "completed",
                    began,
                    ended,
                    "ann",
                    system_tags=system_tags("ann"),
                    triggers=triggers,
                )
                if dice.random() < 0.01:
                    break
                found.append(cause)
                began = ended + timedelta(seconds=5)
    return found


def _audit(runs: int, flows: int, stock_run: float) -> Iterator[Row]:
    source = MemorySource(_month(runs, flows))

    def read_info(pathspec: str) -> dict[str, object]:
        """The declaration that a run would store."""
        chain, _, place = pathspec.split("/")[0].removesuffix("Flow").partition("Step")
        before = [f"{chain}Step{int(place) - 1}Flow"] if place != "0" else []
        attributes = {"flow": None, "flows": before, "options": {}}
        return {"steps": {}, "decorators": [{"name": "trigger_on_finish", "attributes": attributes}]}

    began = time.perf_counter()
    found = run_audit("30d", source=source, read_info=read_info)
    ours = time.perf_counter() - began
    assert found.missed
    reading, sampled = _declarations(flows)
    what = f"audit of 30 days, {runs:,} runs, {flows} flows, the declarations given"
    yield Row(
        what,
        seconds(ours),
        f"{seconds(reading)} more to read two declarations of each flow, scaled from {sampled}",
        bound="the declarations: two runs of each flow, more where they differ, through Metaflow's client",
    )
    by_client = runs * stock_run
    how = f"only looking at each run with the stock client, scaled from {_SAMPLE} runs of a local store"
    yield Row(what, seconds(ours), f"{seconds(by_client)}, {how}", f"{by_client / ours:,.0f}x")


def _declarations(flows: int) -> tuple[float, int]:
    """Seconds to read two declarations of each flow from a local store, scaled from a few of the demo's."""
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        runs = make_runs(Path(folder), lambda line: None)
        metaflow.metadata(f"local@{folder}")
        metaflow.namespace(None)
        names = [runs[role] for role in ("etl", "training", "data", "prediction", "drift", "failed")]
        (taken,) = in_turns(3, lambda: [graph_info(name) for name in names], warm=1)
    metaflow.default_metadata()
    return taken / len(names) * 2 * flows, len(names)
