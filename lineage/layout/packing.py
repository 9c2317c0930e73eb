"""Where the components go: below each other, the biggest first, small ones in the gaps."""

from __future__ import annotations

GAP = 1.5  # rows between nodes of two components


def pack(outlines: list[list[tuple[float, float]]]) -> list[tuple[int, float]]:
    """Shift each component so that none overlaps another.

    Parameters
    ----------
    outlines : list of list of (float, float)
        For each component, in the order in which they are put down, the first and the last row that it
        takes in each of its columns.

    Returns
    -------
    list of (int, float)
        Columns and rows to shift each component by.
    """
    width = max([len(outline) for outline in outlines], default=0)
    floor = [-GAP] * width  # the last row taken in each column
    shifts = []
    for outline in outlines:
        best = (float("inf"), 0)
        for x in range(width - len(outline) + 1):
            y = max([floor[x + i] - top for i, (top, _) in enumerate(outline)]) + GAP
            best = min(best, (round(y, 6), x))
        y, x = best
        for i, (_, bottom) in enumerate(outline):
            floor[x + i] = y + bottom
        shifts.append((x, y))
    return shifts
