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
_INTERPRETER = "Python's interpreter"


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
    for shape in (_triggers(10_000 // part), _chain(5_000 // part), _effects(50_000 // part)):
        yield from _shape_rows(shape)
    yield from _shape_rows(_everything(100_000 // part))
    yield from _one_flow(50_000 // part)


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


def _shape_rows(shape: _Shape) -> Iterator[Row]:
    source, traced = MemorySource(shape.records), []
    taken = processor_time(
        lambda: traced.append(trace(shape.start, downstream=shape.downstream, source=source))
    )
    lineage: Lineage = traced[0]
    assert len(lineage) == len(shape.records)
    yield Row(f"{shape.name}, traced", seconds(taken), bound=_INTERPRETER)
    with tempfile.TemporaryDirectory() as folder:
        for what, work in _works(lineage, Path(folder)):
            yield Row(f"{shape.name}, {what}", seconds(processor_time(work)), bound=_INTERPRETER)
        size = Path(folder, "report.html").stat().st_size
    yield Row(f"{shape.name}, size of the report", f"{size / 1e6:,.1f} MB")


def _works(lineage: Lineage, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    saved = folder / "lineage.json"
    yield "as text", lambda: str(lineage)
    yield "selected", lambda: lineage.select(f"{lineage.focus[0]}+ and not status:failed")
    yield "saved and loaded", lambda: load(lineage.save(saved))
    yield "laid out", lambda: place(lineage.graph)
    yield "reported", lambda: lineage.to_html(folder / "report.html", details=False)
    yield "as Mermaid", lineage.to_mermaid
    yield "as GraphML", lambda: lineage.to_graphml(folder / "lineage.graphml")


def _one_flow(count: int) -> Iterator[Row]:
    records = [finished_run("OneFlow", str(_FIRST_ID + number), 1) for number in range(count)]
    with temporary_cache() as folder:
        source = LocalSource(link_store(map(plant, records), folder))
        for what, work in (
            ("the latest", lambda: source.latest("OneFlow")),
            ("first refresh", lambda: refresh(source, progress=False)),
            ("again, while all were just written", lambda: refresh(source, progress=False)),
        ):
            yield Row(f"{count:,} local runs of one flow, {what}", seconds(timed(work)), bound="system calls")
