"""The verb `recent`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from lineage.cli.lineage_verbs import add_source
from lineage.cli.terminal import columns, say, say_json
from lineage.text import encode_json


def add_recent_verb(verbs: Any) -> None:
    """Add the verb to the parser of the command."""
    recent = verbs.add_parser("recent", help="list what ran in the last days, each with all that it set off")
    how_far = "how far back: 90s, 15min, 6h or 2d, or a time in ISO 8601 (default: 7d)"
    recent.add_argument("--since", default="7d", metavar="TIME", help=how_far)
    recent.add_argument("--failed", action="store_true", help="only those in which a run failed")
    recent.add_argument("--json", action="store_true", help="print the facts of each as JSON")
    add_source(recent)
    recent.set_defaults(verb=_recent)


def _recent(options: argparse.Namespace) -> int:
    from lineage.api.recents import recent
    from lineage.format import legible
    from lineage.progress import meter
    from lineage.render.recent_text import WIDTH, recent_text

    with meter("reading") as progress:
        cascades = recent(options.since, options.source, progress)
    whole = cascades
    cascades = cascades.failed if options.failed else cascades
    if options.json:
        say_json(encode_json(cascades.to_dicts(), ensure_ascii=False, indent=1))
    elif options.failed and len(whole) and not len(cascades):
        say(f"No run failed since {cascades.since:%Y-%m-%d %H:%M} UTC, in {len(whole):,} cascades.")
    else:
        say(recent_text(cascades, min(columns() or WIDTH, WIDTH), encoding=sys.stdout.encoding))
    for problem in cascades.problems:
        say(f"! {legible(problem)}", error=True)
    return 1 if cascades.problems else 0
