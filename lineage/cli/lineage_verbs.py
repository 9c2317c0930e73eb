"""The verbs `trace`, `report`, `refresh` and `demo`."""

from __future__ import annotations

import argparse
import os
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage.cli.terminal import say, say_json
from lineage.errors import InvalidArgument, LineageError

if TYPE_CHECKING:
    from lineage.api.comparisons import Comparison
    from lineage.api.lineages import Lineage

_LINKED = 5  # runs in focus whose web pages are named


def add_lineage_verbs(verbs: Any) -> None:
    """Add these verbs to the parser of the command."""
    trace = verbs.add_parser("trace", help="print the lineage of a run as a tree")
    add_run(trace)
    trace.add_argument("--json", action="store_true", help="print what lineage.load reads, not a tree")
    trace.set_defaults(verb=_trace)

    report = verbs.add_parser("report", help="write the lineage of a run as one HTML file")
    add_run(report)
    report.add_argument(
        "-o", "--output", type=Path, help="the file, or a folder for it (default: lineage-<flow>-<id>.html)"
    )
    report.add_argument("--open", action="store_true", help="open it in the browser")
    compared = "show below the graph what differs between the run and this one"
    report.add_argument("--compare", metavar="RUN", help=compared)
    _add_details(report)
    report.set_defaults(verb=_report)

    refresh = verbs.add_parser("refresh", help="update the catalog, so that effects are found at once")
    add_source(refresh)
    refresh.set_defaults(verb=_refresh)

    demo = verbs.add_parser("demo", help="make real runs that trigger each other, and write a report")
    demo.add_argument("--root", type=Path, default=Path("demo"), help="folder of the store (default: demo)")
    demo.add_argument("--fresh", action="store_true", help="make the runs again even if they exist")
    demo.set_defaults(verb=_demo)


def add_run(verb: argparse.ArgumentParser) -> None:
    """Add the arguments for runs and for the part of their lineage."""
    named = '"TrainingFlow/34", a flow\'s name for its latest run, or "event:orders_landed/8f1c"'
    verb.add_argument("run", nargs="+", help=named)
    part = "show only this part; see docs/reference/selection.md"
    verb.add_argument("--select", metavar="TEXT", help=part)
    for name, default, towards in (("--upstream", "all", "causes"), ("--downstream", "0", "effects")):
        meaning = f"hops towards the {towards}, or all (default: {default})"
        verb.add_argument(name, type=_hops, default=default, metavar="N", help=meaning)
    verb.add_argument("--as-of", metavar="TIME", help="as it was known at that time, in ISO 8601")
    verb.add_argument("--stale", action="store_true", help="mark runs whose inputs have newer versions")
    add_source(verb)


def add_source(verb: argparse.ArgumentParser) -> None:
    """Add the argument for where runs are read."""
    where = "local:/path, https://…, or postgresql://… (default: what Metaflow is configured for)"
    verb.add_argument("--source", metavar="ADDRESS", help=where)


def _add_details(report: argparse.ArgumentParser) -> None:
    report.add_argument(
        "--details",
        type=_details,
        default=100,  # as `lineage.graph.run_graph.DETAILS`, which is slow to import
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


def _details(text: str) -> int:
    """`all` is True, which `Lineage.to_html` takes for all runs."""
    return True if text == "all" else _count(text)


def _hops(text: str) -> int | None:
    return None if text == "all" else _count(text)


def _count(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a number from 0 or all, not {text!r}")


def read_lineage(options: argparse.Namespace) -> Lineage:
    """Trace the runs in the arguments."""
    from lineage.api.lineages import Lineage, trace
    from lineage.progress import meter

    with meter("reading") as progress:
        lineage = trace(
            options.run, options.upstream, options.downstream, options.as_of, options.source, progress
        )
        if options.stale:
            lineage = Lineage.of(lineage.stale(options.source, progress).lineage)
    return lineage.select(options.select) if options.select is not None else lineage


def _trace(options: argparse.Namespace) -> None:
    lineage = read_lineage(options)
    if options.json:
        say_json(lineage.to_json())
        return
    say(lineage if len(lineage.graph) else f"Nothing of this lineage matches {options.select!r}.")
    for line in (*_links(lineage), *_left_out(lineage, options)):
        say(line)


def _links(lineage: Lineage) -> Iterator[str]:
    """Where the web pages of the runs in focus are, if their addresses are configured."""
    from lineage.client.ui_links import configured_interfaces

    pages = configured_interfaces(lineage.source)
    for key in [key for key in lineage.focus if key in lineage.runs][:_LINKED]:
        yield from (f"{name}: {address}" for name, address in pages.links(key).items())


def _left_out(lineage: Lineage, options: argparse.Namespace) -> Iterator[str]:
    """Say how many runs followed from those in focus, if the walk left them out."""
    if options.downstream != 0 or options.as_of is not None or options.select is not None:
        return
    from lineage.format import format_count
    from lineage.tracing.followed import count_followed

    count = count_followed(lineage.focus, options.source)
    if count is None:
        yield "Runs that followed are not shown: --downstream all"
    elif count:
        yield f"{format_count(count, 'run')} followed: --downstream all"


def _refresh(options: argparse.Namespace) -> int:
    from lineage.catalog import refresh
    from lineage.format import format_count, format_duration, legible

    done = refresh(options.source)
    gone = f", {format_count(done.gone, 'run')} gone" if done.gone else ""
    say(f"{format_count(done.read, 'run')} read{gone}, in {format_duration(done.seconds)}")
    for problem in done.problems:
        say(f"! {legible(problem)}", error=True)
    return 0 if done.complete else 1


def _report(options: argparse.Namespace) -> None:
    file = output_file(options, ".html")
    compared = _compared(options)
    lineage = read_lineage(options)
    try:
        path = lineage.to_html(file, details=options.details, parameters=options.parameters, compare=compared)
    except OSError as exc:
        raise LineageError(f"{file} cannot be written: {exc.strerror or exc}") from exc
    say(path)
    if options.open:
        webbrowser.open(path.as_uri())


def _compared(options: argparse.Namespace) -> Comparison | None:
    """The comparison that the report shows."""
    if options.compare is None:
        return None
    from lineage.api.answers import diff
    from lineage.progress import meter

    if len(options.run) > 1:
        raise InvalidArgument("--compare takes the report of one run")
    with meter("comparing") as progress:
        return diff(
            options.compare,
            options.run[0],
            parameters=options.parameters,
            source=options.source,
            progress=progress,
        )


def output_file(options: argparse.Namespace, suffix: str) -> Path:
    """The file to write; one that cannot be written is refused before anything is read."""
    name = f"lineage-{'-'.join(options.run).replace('/', '-')}{suffix}"
    file = Path(options.output or name).expanduser()
    if file.is_dir():
        file /= name
    folder = file.parent
    if not folder.is_dir():
        raise InvalidArgument(f"{file} cannot be written: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK):
        raise InvalidArgument(f"{file} cannot be written: no permission to write in {folder.resolve()}")
    return file


def _demo(options: argparse.Namespace) -> None:
    from lineage.demo import Demo, make_runs

    root: Path = options.root.resolve()
    say(f"Making real Metaflow runs in {root}")
    runs = make_runs(root, lambda line: say(f"  {line}"), fresh=options.fresh)
    os.environ.update(Demo(root).settings())  # before Metaflow is imported
    from lineage.api.lineages import trace

    lineage = trace(runs["prediction"], downstream=None)
    say(f"\n{lineage}\n")
    say(f"Report:    {lineage.to_html(root / 'report.html')}")
    say("Notebook:  make notebook   (opens notebooks/quickstart.ipynb on these runs)")
