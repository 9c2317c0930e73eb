"""The table of results, printed and written down with the machine that they are from."""

from __future__ import annotations

import gc
import os
import platform
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str  # what is done, at which size
    ours: str  # the figure, with its unit
    stock: str = "–"  # the same for what it is compared with, and what that is
    ratio: str = "–"  # how many times better
    target: str = "–"  # what was to be reached
    reached: bool | None = None
    bound: str = ""  # what bounds it now
    load: float | None = None  # of the machine in the minute before the row was done, this program included


HEADINGS = ("what", "ours", "stock", "ratio", "to reach", "reached", "load", "bound by")


def loaded(row: Row) -> Row:
    """The row with the load of the machine right now."""
    return replace(row, load=os.getloadavg()[0])


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def processor_time(work: Callable[[], object]) -> float:
    """Seconds of this process's processor time that a call takes; other programs change them less."""
    began = time.process_time()
    work()
    return time.process_time() - began


def processor_time_in_turns(times: int, *works: Callable[[], object]) -> list[float]:
    """Median seconds of processor time of each, of this process and those it waited for, in turns.

    The garbage collector leaves out what was made before: in a whole run of the benchmarks it would go
    through all that earlier ones have left.
    """
    taken: list[list[float]] = [[] for _ in works]
    gc.collect()
    gc.freeze()
    for _ in range(times):
        for work, used in zip(works, taken, strict=True):
            gc.collect()
            began = _used()
            work()
            used.append(_used() - began)
    gc.unfreeze()
    return [median(used) for used in taken]


def _used() -> float:
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def in_turns(times: int, *works: Callable[[], object], warm: int = 0) -> list[float]:
    """Median seconds of each of these, taken in turns so that a busy machine slows all of them.

    Each is done `warm` times right before it is timed. A machine that takes memory back after a second of
    rest slows down most what touches each file once; what goes over the same files again and again warms
    them up by itself.
    """
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, seconds in zip(works, taken, strict=True):
            for _ in range(warm):
                work()
            seconds.append(timed(work))
    return [median(seconds) for seconds in taken]


def seconds(value: float) -> str:
    """A duration with a fitting unit."""
    if value < 1e-3:
        return f"{value * 1e6:.0f} µs"
    if value < 1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.3g} s" if value < 1000 else f"{value:,.0f} s"


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a table that people and Markdown read."""
    lines = [HEADINGS, tuple("-" * len(heading) for heading in HEADINGS), *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    padded = ("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)
    return "\n".join(padded)


def _cells(row: Row) -> tuple[str, ...]:
    reached = {None: "–", True: "yes", False: "no"}[row.reached]
    load = "–" if row.load is None else f"{row.load:.1f}"
    return (row.what, row.ours, row.stock, row.ratio, row.target, reached, load, row.bound)


def write(sections: Mapping[str, Iterable[Row]], path: Path) -> None:
    """Write the results down, a table for each section."""
    tables = (f"## {section}\n\n{markdown(rows)}\n" for section, rows in sections.items())
    path.write_text("\n".join([f"# Results\n\n{_machine()}\n", *tables]), "utf-8")


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = ("metaflow", "networkx", "psycopg", "requests", "urllib3")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return (
        f"{time.strftime('%Y-%m-%d')}, {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}.\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}, {_postgres()}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _postgres() -> str:
    try:
        said = subprocess.run(["postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "PostgreSQL of an unknown version"
    return f"PostgreSQL {said.split()[2]}"
