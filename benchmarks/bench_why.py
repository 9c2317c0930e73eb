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
from statistics import median

import metaflow
import networkx as nx

from benchmarks.many import ManyRuns, record
from benchmarks.stores import deep_ancestry, link_store
from benchmarks.table import Row, in_turns, seconds
from lineage import diff, refresh, trace
from lineage.auditing.auditing import run_audit
from lineage.catalog import open_catalog
from lineage.comparing.stale import stale_everywhere
from lineage.demo import make_runs
from lineage.flow_map.past_runs import graph_info
from lineage.records.model import RunRecord
from lineage.sources import Cancel, LocalSource, MemorySource
from tests.support.planted import plant, system_tags
from tests.support.planted_lineages import by_run


def rows(quick: bool) -> Iterator[Row]:
    """A comparison, everything that is stale, an audit."""
    yield _diff(60 if quick else 300, times=3 if quick else 9)
    with _cache():
        yield _stale(20_000 if quick else 100_000, times=3 if quick else 5)
    yield _audit(*((2_000, 40) if quick else (10_000, 200)))


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


def _diff(runs: int, times: int) -> Row:
    a, records = deep_ancestry(runs, others=20)
    later = _later(records)
    b = later[-1].pathspec
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        root = link_store(map(plant, [*records, *later]), Path(folder))
        _add_contents(root, [*records, *later])
        metaflow.metadata(f"local@{root}")
        source = LocalSource(root)
        found = diff(a, b, source=source)
        assert len(found.places) == runs + 1, len(found.places)
        both, ours = _processor_seconds(
            times,
            lambda: (trace(a, source=source), trace(b, source=source)),
            lambda: diff(a, b, source=source),
        )
    metaflow.default_metadata()
    ratio = ours / both
    return Row(
        f"diff of two ancestries of {runs + 1} runs, local store, processor time",
        seconds(ours),
        f"{seconds(both)}, tracing the two",
        f"{ratio:.2f}x the time",
        "at most 1.5x",
        ratio <= 1.5,
        "reading content hashes and code: a folder and three or four files of each run",
    )


def _processor_seconds(times: int, *works: Callable[[], object]) -> list[float]:
    """Median processor time of each, taken in turns, each right after once untimed."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, used in zip(works, taken, strict=True):
            work()
            began = time.process_time()
            work()
            used.append(time.process_time() - began)
    return [median(used) for used in taken]


class _ReadableRuns(ManyRuns):
    """The same runs, each of which can be read."""

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs."""
        return {pathspec: record(int(pathspec.partition("/")[2])) for pathspec in pathspecs}


def _stale(runs: int, times: int) -> Row:
    source = _ReadableRuns(runs)
    refresh(source, progress=False)
    with open_catalog(source) as catalog:
        path = catalog.path
    found = stale_everywhere(source)
    assert found.runs
    assert _naive(path) > 0
    naive, ours = in_turns(times, lambda: _naive(path), lambda: stale_everywhere(source), warm=1)
    ratio = naive / ours
    return Row(
        f"stale: the current run of every flow, {runs:,} runs in the catalog",
        seconds(ours),
        f"{seconds(naive)}, all rows by plain SQLite into networkx",
        f"{ratio:.0f}x",
        "3x",
        ratio >= 3,
        "opening the catalog, and reading the latest 200 runs of each flow",
    )


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


def _audit(runs: int, flows: int) -> Row:
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
    return Row(
        f"audit of 30 days, {runs:,} runs, {flows} flows, the declarations given",
        seconds(ours),
        f"{seconds(reading)} more to read two declarations of each flow, scaled from {sampled}",
        bound="the declarations: two runs of each flow, more where they differ, through Metaflow's client",
    )


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
