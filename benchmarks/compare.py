"""This checkout beside an earlier commit: `make bench-compare REV=<commit>`.

The commit gets a worktree and an environment of its own under `.bench/`. Both walk the same stores, through
the public names only, in turns, each time in a process of its own. What counts is processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import networkx as nx

from benchmarks import bench_interaction, second_look
from benchmarks.bench_simulation import company
from benchmarks.stores import deep_ancestry, link_store, with_local_ids
from benchmarks.table import Row, loaded, markdown, seconds
from lineage.records.model import ArtifactRead, RunRecord
from tests.support.lineages import trigger_lineage
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant
from tests.support.planted_lineages import big_lineage

ROOT = Path(__file__).parent.parent
TURNS = 5
# Runs in either environment: prints the seconds of processor time of its process and of those it waited for.
WORKER = """
import json, sys, time, resource
import lineage
from lineage.layout import place
case, address, name, warm = json.loads(sys.argv[1])
if case == "simulate":
    try:
        from lineage.flow_map import Clock, FlowMap, declare
    except ImportError:  # a commit from before the rooms were named
        from lineage.flowgraph import Clock, FlowMap, declare
    from lineage.simulation import Stimulus
    from datetime import datetime
    COMPANY = json.load(open(address))
    FLOWS = FlowMap.of(
        declare(
            flow["name"],
            on_finish=flow["on_finish"],
            on=flow["on"],
            durations=tuple(flow["durations"]),
            reset_at=Clock(flow["reset_at"]) if flow["reset_at"] else None,
        )
        for flow in COMPANY["flows"]
    )
    CRONS = [Stimulus(event, cron=cron) for event, cron in COMPANY["crons"].items()]
    NOON = datetime.fromisoformat("2026-01-01T12:00+00:00")
def used():
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)
def work():
    if case == "walk":
        return lineage.trace(name, source=address)
    if case == "build":
        return lineage.refresh(address, progress=False)
    if case == "layout":
        import networkx as nx
        return place(GRAPH)
    if case == "simulate":
        return lineage.simulate(FLOWS, CRONS, start=NOON, samples=int(name), max_runs=10**7)
if case == "layout":
    import networkx as nx
    GRAPH = nx.node_link_graph(json.load(open(address)), edges="edges", directed=True)
    from datetime import datetime
    for _, node in GRAPH.nodes(data=True):
        node["created_at"] = datetime.fromisoformat(node["created_at"]) if node.get("created_at") else None
for _ in range(warm):
    work()
before = used()
for _ in range(max(1, warm)):
    work()
print((used() - before) / max(1, warm))
"""


# How many times less an improvement was to take than e82b56d, on the wall where a server answers, else of the
# processor; and what profiles showed to bound it.
_RUNS_IN_COLUMNS = "Python's interpreter: sweeps over the columns"
KNOWN: dict[str, tuple[float | None, str]] = {
    "walk, 301 runs, local": (None, "system calls: open, read and listdir are most of it"),
    "walk, 301 runs, HTTP": (None, "the interpreter, on both ends of the line"),
    "cold build, 20,000 local runs": (
        1.7,
        "reading, 70 µs a run, a third of it listing a folder; SQLite 9 µs. Links and checksums are new",
    ),
    "layout, 10,000 runs": (None, _RUNS_IN_COLUMNS),
    "layout, 100,000 runs": (None, f"{_RUNS_IN_COLUMNS}; sifting is a third. No report lays out so many"),
    "301 runs 16 deep, HTTP, 100 ms late, second walk": (6, "two waves of requests"),
    "31 runs 31 deep, HTTP, 20 ms late, second walk": (5, "two waves of requests"),
    "31 runs 7 deep, HTTP, 100 ms late, first walk": (1.3, "a wave a hop"),
    "PostgreSQL, 200,000 runs, first refresh": (3, "the server, as much as our side: writing rows, COPY"),
    "PostgreSQL, 200,000 runs, a question": (5, "the digests, on the server"),
    "PostgreSQL, 200,000 runs, 20 runs": (20, "one round trip; making the records"),
    "showing all, 1,000 runs": (3, "arranging and drawing what was not there"),
    "a key in the search box, 10,000 runs": (3, "reading the selection, and sorting the table"),
    "a zoom step, 10,000 runs": (2, "Chromium, which copies the canvas to the screen"),
}


def main() -> None:
    """Print a row a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rev", help="the commit to compare with")
    parser.add_argument("--runs", type=int, default=20_000, help="of the store that a catalog is built of")
    parser.add_argument("--rows", type=int, default=200_000, help="runs in the database")
    parser.add_argument("--second-look", action="store_true", help="only imports, the service, the database")
    options = parser.parse_args()
    done = []
    for row in rows(options.rev, options.runs, options.rows, second_look_only=options.second_look):
        done.append(loaded(row))
        print(f"{row.what}: {row.ours}, {row.stock}, {row.ratio}", flush=True)
    print("\n" + markdown(done))


def rows(
    rev: str, runs: int = 20_000, database: int = 200_000, second_look_only: bool = False
) -> Iterator[Row]:
    """This checkout beside a commit."""
    theirs = environment(rev)
    took: dict[str, float] = {}
    if not second_look_only:
        with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
            for what, case in cases(Path(folder), runs):
                ours, those = in_turns(case, theirs)
                took[what] = median(ours)
                yield _row(what, rev, (None, took[what]), (None, median(those)))
        times = took["layout, 100,000 runs"] / took["layout, 10,000 runs"]
        yield Row(
            "layout, 100,000 runs, times that of 10,000",
            f"{times:.1f}",
            target="at most 12",
            reached=times <= 12,
        )
        for what, ours, those in bench_interaction.compared(theirs):
            yield _row(what, rev, (None, median(ours)), (None, median(those)))
    for what, here, there in second_look.compared(theirs, database):
        took[what] = _medians(here)[1]
        yield _row(what, rev, _medians(here), _medians(there))
        yield from _beside_metaflow(what, took)


def _row(what: str, rev: str, here: tuple[float | None, float], there: tuple[float | None, float]) -> Row:
    """Medians of both: on the wall, if that counts, and of the processor."""
    wall, used = (None if a is None or b is None else b / a for a, b in zip(here, there, strict=True))
    ratio = (used if wall is None else wall) or 0
    target, bound = KNOWN.get(what, (None, ""))
    shown = f"{used:.2f}x of the processor" if wall is None else f"{wall:.2f}x, {used:.2f}x of the processor"
    return Row(
        what,
        _both(*here),
        f"{_both(*there)} ({rev[:7]})",
        shown,
        f"{target}x" if target else "–",
        ratio >= target if target else None,
        bound,
    )


def _both(wall: float | None, used: float) -> str:
    return f"{seconds(used)}" if wall is None else f"{seconds(wall)}, {seconds(used)} of the processor"


def _beside_metaflow(what: str, took: dict[str, float]) -> Iterator[Row]:
    """What of a process is lineage's, after the process without it was measured."""
    if what == second_look.SHOW_LINEAGE:
        more = took[what] - took[second_look.METAFLOW_AND_WIDGETS]
        yield Row("  so much more", seconds(more), target="140 ms", reached=more <= 0.14)
    if what == second_look.TRACE:
        times = took[what] / took[second_look.METAFLOW]
        bound = "networkx, 0.3 of an `import metaflow`: a lineage is a networkx graph, so a walk needs it"
        yield Row(
            f"  so many times of {second_look.METAFLOW}",
            f"{times:.2f}",
            target="1.4",
            reached=times <= 1.4,
            bound=bound,
        )


def _medians(turns: list[second_look.Took]) -> tuple[float, float]:
    walls, used = zip(*turns, strict=True)
    return median(walls), median(used)


def cases(folder: Path, runs: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    """What is measured: words and the worker's arguments."""
    last, records = deep_ancestry(300)
    plain = link_store(map(plant, records), folder / "plain")
    yield "walk, 301 runs, local", ("walk", f"local:{plain}", last, 3)
    reading = link_store(map(plant, map(with_reads, records)), folder / "reading")
    yield "walk, 301 runs with three reads each, local", ("walk", f"local:{reading}", last, 3)
    for words, planted in (
        ("301 runs", records),
        ("301 runs with three reads each", map(with_reads, records)),
    ):
        with MetadataServer(map(plant, planted)) as server:
            yield f"walk, {words}, HTTP", ("walk", server.url, last, 3)
    many = link_store(map(plant, with_local_ids(big_lineage(runs, days=2))), folder / "many")
    yield f"cold build, {runs:,} local runs", ("build", f"local:{many}", "", 0)
    fan = nx.DiGraph([("cause", f"effect{i}") for i in range(10_000)])
    lineages = {f"{size:,} runs": trigger_lineage(size, 0) for size in (30, 100, 1_000, 10_000, 100_000)}
    for words, graph in (lineages | {"one run with 10,000 effects": fan}).items():
        file = folder / f"{len(graph)}.json"
        file.write_text(json.dumps(nx.node_link_data(graph, edges="edges"), default=str))
        yield f"layout, {words}", ("layout", str(file), "", 3 if len(graph) < 50_000 else 1)
    file = folder / "company.json"
    file.write_text(json.dumps(company_document(1_000)))
    yield "simulate 1,000 flows, a day, 200 samples", ("simulate", str(file), "200", 0)


def company_document(flows_count: int) -> dict[str, object]:
    """The company of the benchmark `simulation`, so that an earlier commit can make the same map of it."""
    flows, crons = company(flows_count)
    declared = [
        {
            "name": one.flow,
            "on_finish": [w.sender[0] for w in one.listens if w.sender],
            "on": [w.event for w in one.listens if not w.sender],
            "durations": one.durations,
            "reset_at": one.reset_at.cron if one.reset_at else None,
        }
        for one in flows.declarations.values()
    ]
    return {"flows": declared, "crons": {one.name: one.cron for one in crons}}


def with_reads(record: RunRecord) -> RunRecord:
    """A run whose last task read three artifacts of the first run that triggered it."""
    cause = next((event.run for event in record.triggers if event.run), None)
    if cause is None:
        return record
    names = ("model", "rows", "score")
    reads = tuple(ArtifactRead(f"{cause}/end/3", name, "ab" * 20, record.end_step) for name in names)
    return replace(record, reads=reads)


def in_turns(case: tuple[object, ...], theirs: Path) -> tuple[list[float], list[float]]:
    """Seconds here and there."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        taken[0].append(measured(Path(sys.executable), ROOT, case))
        taken[1].append(measured(theirs / ".venv" / "bin" / "python", theirs, case))
    return taken


def measured(python: Path, folder: Path, case: tuple[object, ...]) -> float:
    """Seconds of processor time that one process takes for a case, its start left out."""
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as cache:
        done = subprocess.run(
            [str(python), "-c", WORKER, json.dumps(case)],
            cwd=cache,
            env=second_look.environ({"LINEAGE_CACHE": f"{cache}/catalogs"}),
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


def environment(rev: str) -> Path:
    """The folder of a commit with an environment in it, made the first time."""
    folder = ROOT / ".bench" / rev
    if not folder.exists():
        subprocess.run(["git", "worktree", "add", "--detach", str(folder), rev], cwd=ROOT, check=True)
    if not (folder / ".venv").exists():
        subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=folder, check=True)
        install = [".venv/bin/python", "-m", "pip", "install", "--quiet", "--editable", ".[postgres]"]
        subprocess.run(install, cwd=folder, check=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    return folder


if __name__ == "__main__":
    main()
