"""The command `lineage`."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lineage.cli.cascades import add_verbs
from lineage.errors import LineageError

if TYPE_CHECKING:
    from lineage.graph import Lineage

# Metaflow reads its configuration when it is imported, so verbs import what needs it when they run.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0, or 1 after an error that was said in one line."""
    options = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], None] = options.verb
    try:
        verb(options)
    except LineageError as exc:
        print(f"lineage: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lineage: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `lineage trace … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineage", description="Where a Metaflow run came from and what it set off."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    trace = verbs.add_parser("trace", help="print the lineage of a run as a tree")
    _add_run(trace)
    trace.add_argument("--json", action="store_true", help="print what lineage.load reads, not a tree")
    trace.set_defaults(verb=_trace)

    report = verbs.add_parser("report", help="write the lineage of a run as one HTML file")
    _add_run(report)
    report.add_argument("-o", "--output", type=Path, help="the file (default: lineage-<flow>-<id>.html)")
    report.add_argument("--open", action="store_true", help="open it in the browser")
    _add_details(report)
    report.set_defaults(verb=_report)

    refresh = verbs.add_parser("refresh", help="read what is new, so that effects are known at once")
    _add_source(refresh)
    refresh.set_defaults(verb=_refresh)

    add_verbs(verbs)

    demo = verbs.add_parser("demo", help="make real runs that trigger each other, and a report of them")
    demo.add_argument("--root", type=Path, default=Path("demo"), help="folder of the store (default: demo)")
    demo.add_argument("--fresh", action="store_true", help="make the runs anew even if they are there")
    demo.set_defaults(verb=_demo)
    return parser


def _add_run(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("run", nargs="+", help='"TrainingFlow/34", or a flow\'s name for its latest run')
    part = "only that part of it; docs/selection.md has the language"
    verb.add_argument("--select", metavar="TEXT", help=part)
    verb.add_argument("--upstream", type=int, metavar="N", help="hops towards the causes (default: all)")
    verb.add_argument(
        "--downstream",
        type=_hops,
        default=0,
        metavar="N",
        help="hops towards the effects, or all (default: 0)",
    )
    verb.add_argument("--as-of", metavar="TIME", help="as it was known at that time, in ISO 8601")
    _add_source(verb)


def _add_source(verb: argparse.ArgumentParser) -> None:
    where = "local:/path, https://…, or postgresql://… (default: what Metaflow is configured for)"
    verb.add_argument("--source", metavar="ADDRESS", help=where)


def _add_details(report: argparse.ArgumentParser) -> None:
    report.add_argument(
        "--details",
        type=_count,
        default=100,  # as `lineage.graph.DETAILS`, which is slow to import
        metavar="N",
        help="how many runs show parameters, code and artifacts, the nearest first, or all (default: 100)",
    )
    report.add_argument("--no-details", dest="details", action="store_false", help="of none")
    report.add_argument(
        "--no-parameters",
        dest="parameters",
        action="store_false",
        help="leave out the values of parameters: they may be secret",
    )


def _count(text: str) -> int:
    """`all` is True, which `Lineage.to_html` takes for all runs."""
    return True if text == "all" else int(text)


def _hops(text: str) -> int | None:
    return None if text == "all" else int(text)


def _lineage(options: argparse.Namespace) -> Lineage:
    from lineage.meter import meter
    from lineage.tracing import trace

    with meter("reading") as progress:
        lineage = trace(
            options.run, options.upstream, options.downstream, options.as_of, options.source, progress
        )
    return lineage.select(options.select) if options.select is not None else lineage


def _trace(options: argparse.Namespace) -> None:
    lineage = _lineage(options)
    print(lineage.to_json() if options.json else lineage)


def _refresh(options: argparse.Namespace) -> None:
    from lineage.catalog import refresh
    from lineage.style import count_words, duration_words

    done = refresh(options.source)
    gone = f", {count_words(done.gone, 'run')} gone" if done.gone else ""
    print(f"{count_words(done.read, 'run')} read{gone}, in {duration_words(done.seconds)}")
    for problem in done.problems:
        print(f"! {problem}", file=sys.stderr)


def _report(options: argparse.Namespace) -> None:
    name = "-".join(options.run).replace("/", "-")
    lineage = _lineage(options)
    path = lineage.to_html(
        options.output or f"lineage-{name}.html", details=options.details, parameters=options.parameters
    )
    print(path)
    if options.open:
        webbrowser.open(path.as_uri())


def _demo(options: argparse.Namespace) -> None:
    from lineage.demo import Demo, make_runs

    root: Path = options.root.resolve()
    print(f"Making real Metaflow runs in {root}")
    runs = make_runs(root, lambda line: print(f"  {line}", flush=True), fresh=options.fresh)
    os.environ.update(Demo(root).settings())  # before Metaflow is imported
    from lineage.tracing import trace

    lineage = trace(runs["prediction"], downstream=None)
    print(f"\n{lineage}\n")
    print(f"Report:    {lineage.to_html(root / 'report.html')}")
    print("Notebook:  make notebook   (opens notebooks/quickstart.ipynb on these runs)")


if __name__ == "__main__":
    sys.exit(main())
