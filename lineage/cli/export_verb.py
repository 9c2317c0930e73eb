"""The verb `export`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage.cli.lineage_verbs import add_run, output_file, read_lineage
from lineage.cli.terminal import say, write_document
from lineage.errors import InvalidArgument, LineageError

if TYPE_CHECKING:
    from lineage.api.lineages import Lineage

# As `lineage.exporting.formats.FORMATS`, which is slow to import; a test compares them.
_FORMATS = ("json", "graphml", "gexf", "dot", "mermaid", "csv", "csv-edges", "csv-events", "openlineage")


def add_export_verb(verbs: Any) -> None:
    """Add the verb to the parser of the command."""
    export = verbs.add_parser("export", help="write the lineage of a run in a format that other tools read")
    add_run(export)
    export.add_argument(
        "--format",
        required=True,
        choices=_FORMATS,
        metavar="FORMAT",  # instead of all names in one word, which no narrow terminal could break
        help=f"{', '.join(_FORMATS)}; docs/guide/export.md tells more",
    )
    export.add_argument(
        "-o", "--output", type=Path, help="the file, or a folder for it (default: printed to the terminal)"
    )
    export.add_argument(
        "--to",
        metavar="URL",
        help="send OpenLineage events to this endpoint; a key that it wants is read from OPENLINEAGE_API_KEY",
    )
    export.add_argument(
        "--namespace", default="metaflow", help="of OpenLineage jobs and datasets (default: metaflow)"
    )
    export.set_defaults(verb=_export)


def _export(options: argparse.Namespace) -> None:
    from lineage.exporting.formats import FORMATS

    if options.to is not None and options.format != "openlineage":
        raise InvalidArgument(
            f"--to sends OpenLineage events: use --format openlineage, not {options.format}"
        )
    chosen = FORMATS[options.format]
    file = output_file(options, chosen.suffix) if options.output is not None else None
    lineage = read_lineage(options)
    if options.format == "openlineage":
        _export_events(lineage, options, file)
    else:
        _write(chosen.text_of(lineage), file)


def _export_events(lineage: Lineage, options: argparse.Namespace, file: Path | None) -> None:
    from lineage.exporting.formats import json_lines

    events = lineage.to_openlineage(namespace=options.namespace)
    if file is not None or options.to is None:
        _write(json_lines(events), file)
    if options.to is not None:
        _send(events, options.to)


def _send(events: list[dict[str, Any]], url: str) -> None:
    from lineage.exporting.openlineage.posting import post_events
    from lineage.format import format_count
    from lineage.progress import meter

    with meter("sending") as progress:
        sent = post_events(events, url, key=os.environ.get("OPENLINEAGE_API_KEY") or None, progress=progress)
    say(f"{format_count(sent, 'event')} accepted")


def _write(text: str, file: Path | None) -> None:
    from lineage.files import write_whole

    if file is None:
        write_document(text)
        return
    try:
        say(write_whole(file, text))
    except OSError as exc:
        raise LineageError(f"{file} cannot be written: {exc.strerror or exc}") from exc
