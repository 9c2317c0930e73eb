"""`show_diff`: two lineages laid over each other in a notebook."""

from __future__ import annotations

from collections.abc import Collection

from IPython.core.getipython import get_ipython
from IPython.display import display

from lineage.api.answers import diff
from lineage.api.comparisons import Comparison
from lineage.client.run_names import RunLike
from lineage.progress import meter
from lineage.sources import Source


def show_diff(
    a: RunLike,
    b: RunLike,
    *,
    values: Collection[str] = (),
    parameters: bool = True,
    source: Source | str | None = None,
) -> None:
    """Show what differs between two runs and all that led to them, as one picture.

    What changed by itself has a number, from the root on; what merely follows has the numbers that it
    follows from. What is equal is pale or counted, what only one has is dashed. In a plain script the same
    is printed as a list.

    Parameters
    ----------
    a, b, values, parameters, source
        As in `lineage.diff`, which returns the comparison as a value.

    Raises
    ------
    LineageError
        As in `lineage.diff`.
    """
    with meter("reading") as progress:
        comparison: Comparison = diff(
            a, b, values=values, parameters=parameters, source=source, progress=progress
        )
    if get_ipython() is None:
        print(comparison)
    else:
        display(comparison)
