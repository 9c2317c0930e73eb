"""The Metaflow card: the lineage of a run, drawn while the run goes on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape
from typing import Any

from lineage.client.details import described_runs
from lineage.errors import Cancelled, InvalidArgument, RunNotFound, SourceError, SourceUnreachable, nearest
from lineage.graph.run_graph import RunGraph
from lineage.records.model import Problem
from lineage.render.page import embed
from lineage.scene.lineage_scene import Scene, scene
from lineage.sources import open_source
from lineage.sources.service.http import Limits
from lineage.tracing.trace import check_hops
from lineage.tracing.walk import Walk

_OPTIONS = ("upstream", "seconds")
_BETWEEN = "  \N{MIDDLE DOT}  "  # as the viewer puts between facts
_SECONDS = 10.0  # the run waits for its card; Metaflow itself gives it 45


class Deadline:
    """A `Cancel` that is set once some seconds are over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._end


def card_page(pathspec: str, options: Mapping[str, Any]) -> str:
    """Draw what led to a run, as one HTML document for Metaflow's card viewers.

    What the run sets off is not part of it: that comes after the card.

    Parameters
    ----------
    pathspec
        The run, `"Flow/id"`. It is read from where Metaflow is configured to record it.
    options
        `upstream`: hops towards the causes, None (the default) for no limit. `seconds`: how long to read
        at most, 10 by default. What was not read by then is counted at the border, and the card says so.

    Returns
    -------
    str
        A document in ASCII, right in whatever encoding it is served. The viewer has a frame of its own, so
        that several cards can stand in one notebook. The Metaflow UI, which makes a card as high as its
        content over and over, finds a height.

    Raises
    ------
    InvalidArgument
        If there is no such option, or it cannot have that value.
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
body > .lineage-card:only-child > div {{ height: 100vh; overflow: hidden; }}
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
        raise InvalidArgument(f'the options of the card are a dict like {{"upstream": 2}}, not {options!r}')
    for name in options:
        if name not in _OPTIONS:
            meant = nearest(str(name), _OPTIONS)
            raise InvalidArgument(f"the card has the options {' and '.join(_OPTIONS)}, no {name!r}{meant}")
    upstream, seconds = options.get("upstream"), options.get("seconds", _SECONDS)
    check_hops("upstream", upstream)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
        raise InvalidArgument(f"seconds is a number above 0, not {seconds!r}")
    return upstream, seconds


def _walked(pathspec: str, upstream: int | None, seconds: float) -> RunGraph:
    """The run and its causes, as far as they could be read."""
    # a service that is silent must not hold up the end of the process
    opened = open_source(limits=Limits(timeout=seconds / 2, deadline=seconds))
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
    # runs that were still to be read are no missing ones
    walk.shown = {key for key in walk.shown if key in walk.records or key.startswith("event:")}
    return walk.lineage([pathspec], [Problem(pathspec, why)])


def _scene(lineage: RunGraph) -> Scene:
    """The scene, whose line of facts says what a reader of the card might wonder about."""
    drawn = scene(lineage, details=described_runs(lineage, details=False))
    (run,) = lineage.focus
    node = lineage.graph.nodes[run]
    facts = []
    if not lineage.graph.in_degree(run) and not node.get("more_upstream"):
        facts.append("Nothing triggered this run")
    if node["status"] == "running":
        facts.append("drawn before the run ended")
    return {**drawn, "source": _BETWEEN.join([*facts, drawn["source"]])}
