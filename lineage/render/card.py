"""The Metaflow card: the lineage of a run, drawn while the run is still going."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape
from math import inf
from typing import Any

from lineage.client.details import described_runs
from lineage.errors import Cancelled, InvalidArgument, RunNotFound, SourceError, SourceUnreachable, nearest
from lineage.graph.run_graph import RunGraph
from lineage.records.model import Problem, is_event
from lineage.render.page import EMBED_HEIGHT, embed
from lineage.scene.lineage_scene import Scene, scene
from lineage.sources import open_source
from lineage.sources.service.patience import Limits
from lineage.tracing.trace import check_hops
from lineage.tracing.walk import Walk

_OPTIONS = ("upstream", "seconds")
_BETWEEN = "  \N{MIDDLE DOT}  "  # the viewer's separator between facts
_SECONDS = 10.0  # the run waits for its card; Metaflow's own limit is 45


class Deadline:
    """A `Cancel` that is set after a number of seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end


def card_page(pathspec: str, options: Mapping[str, Any]) -> str:
    """Draw a run and its causes as one HTML document for Metaflow's card viewers.

    The effects of the run are not included, because they follow after the card is made.

    Parameters
    ----------
    pathspec
        The run, `"Flow/id"`. It is read from where Metaflow is configured to record it.
    options
        `upstream`: hops towards the causes, None (the default) for no limit. `seconds`: maximum
        time to read, 10 by default. Runs not read by then are only counted, and the card says so.

    Returns
    -------
    str
        A document in ASCII, which is valid in any encoding. The viewer has its own frame, so that a notebook
        can contain several cards. The frame has a fixed height, as the Metaflow UI keeps resizing a card to
        its content.

    Raises
    ------
    InvalidArgument
        If an option is unknown or has an invalid value.
    RunNotFound, SourceError
        If the run itself could not be read.
    """
    upstream, seconds = _checked(options)
    drawn = _scene(_walked(pathspec, upstream, seconds))
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(pathspec)} \N{MIDDLE DOT} lineage</title>
<style>
body:has(> .lineage-card:only-child) {{ margin: 0; }}
body > .lineage-card:only-child > div {{ height: 100vh; min-height: {EMBED_HEIGHT}px; overflow: hidden; }}
body > .lineage-card:only-child > div > div {{ height: 100%; }}
</style>
</head>
<body>
<div class="lineage-card">
{embed(drawn, table=True)}
</div>
</body>
</html>
"""
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _checked(options: Mapping[str, Any]) -> tuple[int | None, float]:
    if not isinstance(options, Mapping):
        raise InvalidArgument(
            f'the options of the card must be a dict such as {{"upstream": 2}}, not {options!r}'
        )
    for name in options:
        if name not in _OPTIONS:
            meant = nearest(str(name), _OPTIONS)
            raise InvalidArgument(f"the card has no option {name!r}, only {' and '.join(_OPTIONS)}{meant}")
    upstream, seconds = options.get("upstream"), options.get("seconds", _SECONDS)
    check_hops("upstream", upstream)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
        raise InvalidArgument(f"seconds must be a number above 0, not {seconds!r}")
    return upstream, seconds


def _walked(pathspec: str, upstream: int | None, seconds: float) -> RunGraph:
    """The run and its causes, as far as they could be read."""
    # a service that does not answer must not delay the end of the process
    opened = open_source(limits=Limits(timeout=seconds / 2, deadline=seconds, notice=inf))
    walk = Walk(opened, cancel=Deadline(seconds))
    why = None
    try:
        walk.up([pathspec], upstream)
    except Cancelled:
        why = f"its causes were read for {seconds:g} s, which was not enough for all of them"
    except SourceError as exc:
        why = f"its causes could not all be read: {exc}"
    if why is None:
        if pathspec not in walk.records:
            raise RunNotFound(f"{pathspec} was not found in the {walk.source.label}")
        return walk.lineage([pathspec])
    if pathspec not in walk.records:
        raise SourceUnreachable(f"{pathspec} was not read from the {walk.source.label}: {why}")
    # runs that have not been read do not count as missing
    walk.shown = {key for key in walk.shown if key in walk.records or is_event(key)}
    return walk.lineage([pathspec], [Problem(pathspec, why)])


def _scene(lineage: RunGraph) -> Scene:
    """Build the scene, and add to its line of facts if there are no causes or the run is going on."""
    drawn = scene(lineage, details=described_runs(lineage, details=False))
    (run,) = lineage.focus
    node = lineage.graph.nodes[run]
    facts = []
    if not lineage.graph.in_degree(run) and not node.get("more_upstream"):
        facts.append("Nothing triggered this run")
    if node["status"] == "running":
        facts.append("drawn before the run ended")
    return {**drawn, "source": _BETWEEN.join([*facts, drawn["source"]])}
