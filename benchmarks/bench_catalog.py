"""Building, refreshing and asking the catalog."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import metaflow
import psycopg

from benchmarks import stock
from benchmarks.many import BLOCK, FLOWS, READERS, ManyRuns, fill, record, row_name, run_name
from benchmarks.stores import link_store, temporary_cache, with_local_ids
from benchmarks.table import Row, in_turns, processor_time, seconds, timed
from lineage import consumers, recent, trace
from lineage.catalog import Refreshed, completed, open_catalog, refresh
from lineage.records.model import RunRecord
from lineage.sources import LocalSource, Source
from lineage.sources.postgres.queries import EVERYTHING
from lineage.sources.postgres.source import PostgresSource
from tests.support.planted import plant, write_local_run
from tests.support.planted_lineages import big_lineage, finished_run
from tests.support.postgres import PostgresServer


def rows(quick: bool) -> Iterator[Row]:
    """A local store, a million runs, a database."""
    yield from _local(2_000 if quick else 20_000)
    yield from _many(20_000 if quick else 100_000, 50_000 if quick else 1_000_000)
    yield from _postgres(20_000 if quick else 200_000)


def _local(runs: int) -> Iterator[Row]:
    records = with_local_ids(big_lineage(runs, days=2))
    with temporary_cache() as folder:
        source = LocalSource(link_store(map(plant, records), folder))
        time.sleep(61)  # a store that is younger than a minute may still be copied, and is listed each time
        metaflow.metadata(f"local@{folder}")
        metaflow.namespace(None)
        # each turn looks at other runs: ours meets every run once, so the stock client must not meet the
        # same few again while they are in the processor's cache
        stride = max(10, runs // 400)
        samples = iter([[record.pathspec for record in records[turn::stride]] for turn in range(10)])
        count = len(records[::stride])
        _build_anew(source)  # now the disk's cache is as warm for the one as for the other
        cold, whole, triggers, facts = in_turns(
            5,
            lambda: _build_anew(source),
            lambda: _build_whole(source, records),
            lambda: stock.scan(next(samples)),
            lambda: stock.scan_with_status(next(samples)),
        )
        bound = f"system calls, half of it; {os.cpu_count()} processors share them"
        for what, ours, few, of, target in (
            ("cold build", cold, triggers, "`.trigger`", 20),
            ("cold build and how each run ended", whole, facts, "the same of each run", None),
        ):
            theirs = few / count * runs
            ratio = theirs / ours
            yield Row(
                f"{what}, {runs:,} local runs",
                seconds(ours),
                f"{seconds(theirs)}, {of}, scaled from {count} runs",
                f"{ratio:.0f}x",
                f"{target}x" if target else "–",
                ratio >= target if target else None,
                bound,
            )
        taken = [_refresh_with(100, turn, folder, source) for turn in range(5)]
        ratio = cold / median(taken)
        yield Row(
            f"refresh, 100 new among {runs:,}",
            seconds(median(taken)),
            f"{seconds(cold)}, cold build",
            f"{ratio:.0f}x",
            "50x",
            ratio >= 50,
            "reading the 100, then listing the others",
        )


def _refresh_with(new: int, turn: int, folder: Path, source: Source) -> float:
    """Seconds of a refresh that finds so many new runs.

    They are written elsewhere and moved in, after a refresh that finds nothing: writing them takes a
    second, in which a machine may take the memory back that this one was to find warm.
    """
    names = [str(turn * (new + 1) + number + 1) for number in range(new + 1)]
    write_local_run(plant(finished_run("NewFlow", names.pop(), 9000)), folder)  # makes the flow's folder
    for name in names:
        write_local_run(plant(finished_run("NewFlow", name, 9000)), folder / "new")
    refresh(source, progress=False)
    for name in names:
        Path(folder, "new", ".metaflow", "NewFlow", name).rename(folder / ".metaflow" / "NewFlow" / name)
    done: list[Refreshed] = []
    taken = timed(lambda: done.append(refresh(source, progress=False)))
    # a run without triggers is read again for a minute after it was written: those of the turns before
    assert new <= done[0].read <= (turn + 1) * (new + 1), done
    return taken


def _build_anew(source: Source) -> None:
    """Build the catalog of a source from nothing."""
    for file in Path(os.environ["LINEAGE_CACHE"]).glob("*"):
        file.unlink()
    assert refresh(source, progress=False).complete


def _build_whole(source: Source, records: Sequence[RunRecord]) -> None:
    """Build it from nothing, and read how every run ended as well, as a lineage of all of them does."""
    _build_anew(source)
    with open_catalog(source) as catalog:
        assert len(completed(catalog, source, [record.pathspec for record in records])) == len(records)


def _many(few: int, many: int) -> Iterator[Row]:
    with temporary_cache():
        found = _asked(few, many)
    ratio = found["many"] / found["few"]
    yield Row(
        f"{BLOCK - 1} descendants, {many:,} runs in the catalog",
        seconds(found["many"]),
        f"{seconds(found['few'])}, {few:,} runs",
        f"{ratio:.2f}x the time",
        "at most 2x",
        ratio <= 2,
        "making the graph; SQLite is a third",
    )
    ratio = found["consumers of many"] / found["consumers of few"]
    yield Row(
        f"{READERS} consumers, {many:,} runs in the catalog",
        seconds(found["consumers of many"]),
        f"{seconds(found['consumers of few'])}, {few:,} runs",
        f"{ratio:.2f}x the time",
        "at most 2x",
        ratio <= 2,
        "opening the catalog and looking for what is new",
    )
    yield Row(
        f"`recent()`, {found['window']:,.0f} runs of 7 days, {many:,} runs in the catalog",
        f"{seconds(found['recent'])} of processor time",
        target="100 ms",
        reached=found["recent"] <= 0.1,
        bound="looking up links in SQLite, a third, and making texts of them",
    )
    peak = found["peak"] / 2**20
    yield Row(
        f"memory, {many:,} runs built and queried",
        f"{peak:,.0f} MiB peak",
        target="under 1.5 GB",
        reached=peak < 1500,
        bound=f"a batch and SQLite's cache; {found['file'] / 2**20:,.0f} MiB on disk, "
        f"built in {seconds(found['build'])}",
    )


def _asked(few: int, many: int) -> dict[str, float]:
    """Build and ask two catalogs in a process of its own, which then knows its own peak of memory."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_ask, args=(there, few, many))
    process.start()
    there.close()  # so that a process that dies is an error here, and not waited for
    found: dict[str, float] = here.recv()
    process.join()
    return found


def _ask(pipe: Connection, few: int, many: int) -> None:
    small, large = ManyRuns(few), ManyRuns(many)
    refresh(small, progress=False)
    build = timed(lambda: refresh(large, progress=False))
    turns = itertools.count()
    quick, slow = in_turns(15, lambda: _walk(small, next(turns)), lambda: _walk(large, next(turns)))
    asked = in_turns(15, lambda: _consumers(small, next(turns)), lambda: _consumers(large, next(turns)))
    week = record(many - 1).created_at - timedelta(days=7)
    late = median(processor_time(lambda: recent(week, source=large)) for _ in range(15))
    window = sum(len(cascade) for cascade in recent(week, source=large))
    with open_catalog(large) as catalog:
        file = catalog.path.stat().st_size
    readers = {"consumers of few": asked[0], "consumers of many": asked[1]}
    found = {"build": build, "few": quick, "many": slow, "peak": _peak(), "file": file, **readers}
    pipe.send({**found, "recent": late, "window": window})


def _peak() -> float:
    """The most memory of this process, in bytes; on Linux `ru_maxrss` begins with that of the parent."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024


def _consumers(source: ManyRuns, turn: int) -> None:
    first = run_name(turn * 7 % (source.count // BLOCK) * BLOCK)
    source.at_hand(first)
    assert len(consumers(first, artifact="model", source=source)) == READERS


def _walk(source: ManyRuns, turn: int) -> None:
    """Walk down from the first run of a block, each time in another part of the file."""
    first = run_name(turn * 7 % (source.count // BLOCK) * BLOCK)
    source.at_hand(first)
    walked = trace(first, downstream=None, source=source)
    assert len(walked) == BLOCK, walked


def _postgres(runs: int) -> Iterator[Row]:
    with PostgresServer() as server, temporary_cache():
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE many")
        address = server.url("many")
        fill(address, runs)
        source = PostgresSource(address)

        raw, ours = in_turns(5, lambda: _copy(address, runs), lambda: _build_anew(source))
        last = row_name(runs - 1)
        (asked,) = in_turns(45, lambda: trace(last, None, None, source=source), warm=1)
        some = [row_name(FLOWS * number + 7) for number in range(0, runs // FLOWS, runs // FLOWS // 20)]
        (read,) = in_turns(99, lambda: source.read(some), warm=1)
    yield Row(
        f"refresh from PostgreSQL, {runs:,} runs",
        seconds(ours),
        f"{seconds(raw)}, the rows copied raw",
        f"{ours / raw:.1f}x the time",
        "at most 3x",
        ours <= 3 * raw,
        "the server's sort, and the interpreter",
    )
    yield Row(
        f"a question to a refreshed PostgreSQL source, {runs:,} runs",
        seconds(asked),
        bound="a digest of each flow's runs",
    )
    yield Row(f"{len(some)} runs of a flow of {runs // FLOWS:,} from PostgreSQL", seconds(read))


def _copy(address: str, runs: int) -> None:
    with psycopg.connect(address) as connection:
        copy = connection.cursor().copy(f"COPY ({EVERYTHING}) TO STDOUT".encode())
        with copy as blocks:
            assert sum(bytes(block).count(b"\n") for block in blocks) == runs
