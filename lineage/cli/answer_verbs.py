"""The verbs `explain`, `audit`, `diff`, `stale` and `check`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage.cli.lineage_verbs import add_source
from lineage.cli.terminal import say, write_document
from lineage.errors import LineageError

if TYPE_CHECKING:
    from lineage.comparing.readable import Readable


def add_answer_verbs(verbs: Any) -> None:
    """Add these verbs to the parser of the command."""
    explain = verbs.add_parser("explain", help="print why a run exists, and why it failed")
    explain.add_argument("run", help=_RUN)
    explain.add_argument("--error", action="store_true", help="load the exception of a failed run: a pickle")
    add_timezone(explain)
    _add_form(explain, _explain)

    diff = verbs.add_parser("diff", help="print what differs between two runs and all that led to them")
    diff.add_argument("a", help=_RUN)
    diff.add_argument("b", help=_RUN)
    diff.add_argument(
        "--value", action="append", default=[], metavar="ARTIFACT", help="load its values where they differ"
    )
    hidden = "do not read the values of parameters: they may be secret"
    diff.add_argument("--no-parameters", dest="parameters", action="store_false", help=hidden)
    diff.add_argument("--html", type=Path, metavar="FILE", help="also write the picture of it to this file")
    _add_form(diff, _diff)

    audit = verbs.add_parser(
        "audit", help="print what should have fired and did not; exits with 1 if anything should have"
    )
    audit.add_argument(
        "--since", default="7d", metavar="TIME", help="7d, 12h, or a time in ISO 8601 (default: 7d)"
    )
    audit.add_argument("--until", metavar="TIME", help="likewise (default: now)")
    audit.add_argument(
        "--files", action="append", metavar="PATTERN", help="read the declarations from these flow files"
    )
    audit.add_argument(
        "--grace", default="10min", metavar="TIME", help="how long a run may take to appear (default: 10min)"
    )
    audit.add_argument("--deployments", choices=["argo-workflows"], help="read the declarations from there")
    add_timezone(audit)
    _add_form(audit, _audit)

    stale = verbs.add_parser(
        "stale", help="print what is built on inputs that have newer versions; exits with 1 if anything is"
    )
    stale.add_argument(
        "run", nargs="*", help=f"{_RUN}, with all that led to it (default: the current run of every flow)"
    )
    _add_form(stale, _stale)

    check = verbs.add_parser(
        "check", help="check the lineage of a run; exits with 1 if a condition is not met"
    )
    check.add_argument("run", help=_RUN)
    check.add_argument(
        "conditions", nargs="+", metavar="CONDITION", help='"comes from ETLFlow within 24h", …'
    )
    _add_form(check, _check)


_RUN = '"TrainingFlow/34", or a flow\'s name for its latest run'


def add_timezone(verb: argparse.ArgumentParser) -> None:
    """Add the option for the time zone of the times in the answer."""
    verb.add_argument("--timezone", default="UTC", metavar="NAME", help="of the times (default: UTC)")


def _add_form(verb: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """Add the options that choose the form of the answer, and the source."""
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown, for a pull request's comment")
    form.add_argument("--json", action="store_true", help="print JSON")
    add_source(verb)
    verb.set_defaults(verb=run)


def print_answer(answer: Readable, options: argparse.Namespace) -> None:
    """Print an answer in the chosen form."""
    from lineage.text import encode_json

    if options.markdown:
        write_document(answer.to_markdown())
    elif getattr(options, "json", False):
        write_document(encode_json(answer.as_dict(), ensure_ascii=False, indent=1, default=str))
    else:
        say(answer)


def _explain(options: argparse.Namespace) -> int:
    from lineage.api.answers import explain
    from lineage.progress import meter

    with meter("reading") as progress:
        explained = explain(
            options.run,
            error=options.error,
            timezone=options.timezone,
            source=options.source,
            progress=progress,
        )
    print_answer(explained, options)
    return 0


def _audit(options: argparse.Namespace) -> int:
    from lineage.api.answers import audit
    from lineage.progress import meter

    with meter("reading") as progress:
        result = audit(
            options.since,
            until=options.until,
            files=options.files,
            deployments=options.deployments,
            grace=options.grace,
            timezone=options.timezone,
            source=options.source,
            progress=progress,
        )
    print_answer(result, options)
    return 0 if result.passed else 1


def _diff(options: argparse.Namespace) -> int:
    from lineage.api.answers import diff
    from lineage.progress import meter

    with meter("reading") as progress:
        comparison = diff(
            options.a,
            options.b,
            values=options.value,
            parameters=options.parameters,
            source=options.source,
            progress=progress,
        )
    if options.html is not None:
        _write(comparison.to_html, options.html)
    print_answer(comparison, options)
    return 0


def _write(write: Callable[[Path], Path], file: Path) -> None:
    try:
        say(write(file), error=True)
    except OSError as exc:
        raise LineageError(f"{file} cannot be written: {exc.strerror or exc}") from exc


def _stale(options: argparse.Namespace) -> int:
    from lineage.api.lineages import trace
    from lineage.comparing.stale import stale_everywhere
    from lineage.progress import meter

    with meter("reading") as progress:
        if options.run:
            stale = trace(options.run, source=options.source).stale(options.source, progress)
        else:
            stale = stale_everywhere(options.source, progress)
    print_answer(stale, options)
    return 1 if stale else 0


def _check(options: argparse.Namespace) -> int:
    from lineage.api.answers import check
    from lineage.progress import meter

    with meter("reading") as progress:
        checks = check(options.run, *options.conditions, source=options.source, progress=progress)
    print_answer(checks, options)
    return 0 if checks else 1
