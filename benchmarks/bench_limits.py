"""Sizes beyond everyday use: what they cost, so that a mistake is an answer and not a frozen screen.

The shapes are measured in processor time of this process, which other programs do not lengthen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import many
from benchmarks.stores import link_store, temporary_cache
from benchmarks.table import Row, processor_time, seconds, timed
from lineage import Lineage, load, trace
from lineage.catalog import refresh
from lineage.layout import place
from lineage.records.model import RunRecord
from lineage.sources import LocalSource, MemorySource
from tests.support.planted import plant
from tests.support.planted_lineages import by_run, finished_run

_FIRST_ID = 1_000_000_000_000_000  # a local store's run ids are microseconds


@dataclass(frozen=True)
class _Shape:
    """A lineage of an unusual shape: where it is traced from, and how many runs it has."""

    name: str
    records: list[RunRecord]
    start: str
    downstream: int | None = 0


def rows(quick: bool) -> Iterator[Row]:
    """Four shapes through what draws, searches and writes them; then one flow with many runs."""
    part = 10 if quick else 1
    yield _row(_triggers(10_000 // part))
    yield _row(_chain(5_000 // part))
    yield _row(_effects(50_000 // part))
    yield _row(_everything(100_000 // part))
    yield _one_flow(50_000 // part)


def _triggers(count: int) -> _Shape:
    causes = [finished_run("CauseFlow", str(number), 0) for number in range(count)]
    triggers = [by_run(cause.pathspec, 0) for cause in causes]
    return _Shape(
        f"{count:,} triggers on a run", [*causes, finished_run("HubFlow", "1", 1, *triggers)], "HubFlow/1"
    )


def _chain(count: int) -> _Shape:
    first = finished_run("LoopFlow", "0", 0)
    after = (finished_run("LoopFlow", str(n), n, by_run(f"LoopFlow/{n - 1}", n - 1)) for n in range(1, count))
    return _Shape(f"a chain of {count:,} runs", [first, *after], f"LoopFlow/{count - 1}")


def _effects(count: int) -> _Shape:
    effects = (finished_run("EffectFlow", str(n), 1, by_run("HubFlow/1", 0)) for n in range(count))
    return _Shape(
        f"{count:,} effects of a run", [finished_run("HubFlow", "1", 0), *effects], "HubFlow/1", None
    )


def _everything(count: int) -> _Shape:
    block, many.BLOCK = many.BLOCK, count
    try:
        records = [many.record(number) for number in range(count)]
    finally:
        many.BLOCK = block
    return _Shape(f"a lineage of {count:,} runs", records, records[0].pathspec, None)


def _row(shape: _Shape) -> Row:
    source, found = MemorySource(shape.records), []
    taken = processor_time(
        lambda: found.append(trace(shape.start, downstream=shape.downstream, source=source))
    )
    lineage: Lineage = found[0]
    assert len(lineage) == len(shape.records)
    figures = [f"traced in {seconds(taken)}"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.html")
        for what, work in _works(lineage, Path(folder)):
            figures.append(f"{what} in {seconds(processor_time(work))}")
        figures.append(f"the report has {report.stat().st_size / 1e6:,.1f} MB")
    return Row(shape.name, ", ".join(figures), bound="Python's interpreter: the layout is most of a report")


def _works(lineage: Lineage, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    saved = folder / "lineage.json"
    yield "as text", lambda: str(lineage)
    yield "selected", lambda: lineage.select(f"{lineage.focus[0]}+ and not status:failed")
    yield "saved and loaded", lambda: load(lineage.save(saved))
    yield "laid out", lambda: place(lineage.graph)
    yield "reported", lambda: lineage.to_html(folder / "report.html", details=False)
    yield "as Mermaid", lineage.to_mermaid
    yield "as GraphML", lambda: lineage.to_graphml(folder / "lineage.graphml")


def _one_flow(count: int) -> Row:
    records = [finished_run("OneFlow", str(_FIRST_ID + number), 1) for number in range(count)]
    with temporary_cache() as folder:
        source = LocalSource(link_store(map(plant, records), folder))
        figures = [
            f"{what} in {seconds(timed(work))}"
            for what, work in (
                ("the latest", lambda: source.latest("OneFlow")),
                ("first refresh", lambda: refresh(source, progress=False)),
                ("second refresh", lambda: refresh(source, progress=False)),
            )
        ]
    return Row(f"{count:,} local runs of one flow", ", ".join(figures), bound="system calls")
