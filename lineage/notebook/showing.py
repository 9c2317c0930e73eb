"""`show_lineage`: open the explorer, or the list of recent cascades, in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import overload

from lineage.api.lineages import Lineage, trace
from lineage.client.run_names import RunLike, named_runs
from lineage.errors import InvalidArgument
from lineage.layout import place
from lineage.lazy import nx
from lineage.notebook.background_walk import Loading
from lineage.notebook.cell_output import show
from lineage.notebook.explorer import Explorer
from lineage.notebook.recent_view import RecentView, recent_view
from lineage.scene.lineage_scene import Positions, checked_positions
from lineage.scene.part import drawn_part
from lineage.sources import Source

PATIENCE = 2.0  # seconds that a cell waits for a walk before it shows the progress


@overload
def show_lineage(
    run: None = None,
    *,
    source: Source | str | None = None,
    theme: str = "auto",
    height: int | None = None,
) -> RecentView: ...


@overload
def show_lineage(
    run: RunLike | Iterable[RunLike] | Lineage,
    upstream: int | None = None,
    downstream: int | None = None,
    *,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    layout: Positions | None = None,
    theme: str = "auto",
    height: int | None = None,
    live: bool = False,
    fresh: bool = False,
    stale: bool = False,
) -> Explorer: ...


def show_lineage(
    run: RunLike | Iterable[RunLike] | Lineage | None = None,
    upstream: int | None = None,
    downstream: int | None = None,
    *,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    layout: Positions | None = None,
    theme: str = "auto",
    height: int | None = None,
    live: bool = False,
    fresh: bool = False,
    stale: bool = False,
) -> Explorer | RecentView:
    """Show the causes and effects of a run, or the cascades of the last days, at this point of the cell.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, a flow's name (its latest run), the key of an event, a
        cascade of `lineage.recent`, several of these, or a `Lineage`. Without it, the cascades of the last
        seven days are listed, and a click on one opens it.
    upstream, downstream, as_of, source, fresh
        As for `lineage.trace`; by default both directions without limit.
    layout, theme, height
        As for `Explorer`.
    live
        Whether to watch the runs that have not ended: see `Explorer.watch`. Not for a lineage as it was
        known in the past.
    stale
        Whether to look, once the lineage is shown, for runs with inputs that have newer versions, as
        `Lineage.stale` does; their cards then say so. Not with `live`.

    Returns
    -------
    Explorer or RecentView
        The explorer, which other cells can control, or the list; as the cell's last value it is not shown
        again. A walk of more than two seconds continues in a thread and can be cancelled under the graph.

    Raises
    ------
    LineageError
        As for `lineage.trace`; an error of a longer walk is shown under the graph.
    """
    if run is None:
        open_runs = partial(_explorer, source=source, theme=theme, height=height)
        view = recent_view(open_runs, source, theme)
        show(view, str(view.recent))
        return view
    if live and (as_of is not None or isinstance(run, Lineage)):
        raise InvalidArgument("live=True needs runs to trace again, not a Lineage or a time in the past")
    if live and stale:
        raise InvalidArgument("live=True and stale=True exclude each other: each look would undo the marks")
    explorer = _explorer(run, upstream, downstream, as_of, source, layout, theme, height, live, fresh, stale)
    show(explorer, str(explorer.lineage))
    if stale and len(explorer.lineage):
        explorer.mark_stale()  # what is still being walked is marked when it is there
    return explorer


def _explorer(
    run: RunLike | Iterable[RunLike] | Lineage,
    upstream: int | None = None,
    downstream: int | None = None,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    layout: Positions | None = None,
    theme: str = "auto",
    height: int | None = None,
    live: bool = False,
    fresh: bool = False,
    stale: bool = False,
) -> Explorer:
    """Make the explorer of runs, without showing it; a walk that takes long goes on in a thread."""
    if isinstance(run, Lineage):
        explorer = Explorer(run, layout=layout, theme=theme, height=height, source=source, stale=stale)
    else:
        names = named_runs(run, events=True)
        walk = partial(trace, names, upstream, downstream, as_of=as_of, source=source)
        loading = Loading(
            partial(walk, fresh=fresh),
            lambda lineage: place(drawn_part(lineage).graph, fixed=checked_positions(layout, lineage.graph)),
        )
        ended = loading.wait(PATIENCE)
        lineage = (
            loading.result() if ended else Lineage(nx.DiGraph(), source=f"looking for {', '.join(names)} …")
        )
        placement = loading.placement if ended else None
        drawn = partial(Explorer, layout=layout, theme=theme, height=height, placement=placement)
        explorer = drawn(lineage, walk=walk, source=source, live=live, stale=stale)
        if not ended:
            explorer.load(loading)
        elif live:
            explorer.watch()
    return explorer
