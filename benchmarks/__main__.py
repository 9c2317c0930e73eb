"""Run the benchmarks: `python -m benchmarks [name …] [--quick] [--against COMMIT]`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import benchmarks
from benchmarks import compare
from benchmarks.table import Row, loaded, markdown, write

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run those that are named, or all; only a full run of all is written down."""
    known = _known()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: only a check that it runs")
    parser.add_argument("--against", metavar="COMMIT", help="measure this commit beside the checkout, too")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    whole = not options.names and not options.quick
    sections: dict[str, list[Row]] = {}
    for section, row in _all(options):
        sections.setdefault(section, []).append(_shown(row))
        if whole:  # at once: what takes most of an hour may be interrupted
            write(sections, RESULTS)
    for rows in sections.values():
        print("\n" + markdown(rows))
    if whole:
        print(f"\nWritten to {RESULTS}")


def _all(options: argparse.Namespace) -> Iterator[tuple[str, Row]]:
    """Each row with the section it belongs to."""
    if options.against:
        section = f"This checkout beside {options.against}, in turns"
        yield from ((section, row) for row in compare.rows(options.against))
    for name in options.names or _known():
        module = importlib.import_module(f"benchmarks.bench_{name}")
        section = (module.__doc__ or name).partition("\n\n")[0].replace("\n", " ").rstrip(".")
        yield from ((section, row) for row in module.rows(options.quick))


def _known() -> list[str]:
    names = [m.name.removeprefix("bench_") for m in pkgutil.iter_modules(benchmarks.__path__)]
    return [name for name in names if (Path(__file__).parent / f"bench_{name}.py").exists()]


def _shown(row: Row) -> Row:
    """Print a row when it is there, for the whole takes most of an hour."""
    row = loaded(row)
    print(f"{row.what}: {row.ours}, {row.stock}, {row.ratio}, load {row.load:.1f}", flush=True)
    return row


if __name__ == "__main__":
    main()
