"""Arrange the components: stacked, the biggest first, with small ones in the gaps."""

from __future__ import annotations

GAP = 1.5  # rows between nodes of two components
TALL = 24.0  # rows above which components may also stand side by side: about a laptop's screen
WIDE = 6  # columns that many small components may then take, even if none is that wide

Outline = list[tuple[float, float]]


def pack(outlines: list[Outline]) -> list[tuple[int, float]]:
    """Shift the components so that none overlap.

    A few components are stacked, all starting in the first column. If that gets taller than a screen,
    smaller ones may stand side by side within the available columns.

    Parameters
    ----------
    outlines : list of list of (float, float)
        The first and last row that each component takes in each of its columns, in the order of
        placement.

    Returns
    -------
    list of (int, float)
        Columns and rows to shift each component by.
    """
    widest = max([len(outline) for outline in outlines], default=0)
    shifts = _stacked(outlines, widest, beside=False)
    if _height(outlines, shifts) > TALL:
        shifts = _stacked(outlines, max(widest, min(WIDE, len(outlines))), beside=True)
    return shifts


def _stacked(outlines: list[Outline], width: int, *, beside: bool) -> list[tuple[int, float]]:
    floor = [-GAP] * width  # the last row taken in each column
    shifts = []
    for outline in outlines:
        low = float("inf")
        x = 0
        for column in range(width - len(outline) + 1 if beside else 1):
            y = GAP + max([bottom - top for bottom, (top, _) in zip(floor[column:], outline, strict=False)])
            if y < low - 1e-9:
                low, x = y, column
        for i, (_, bottom) in enumerate(outline):
            floor[x + i] = low + bottom
        shifts.append((x, low))
    return shifts


def _height(outlines: list[Outline], shifts: list[tuple[int, float]]) -> float:
    ends = [y + bottom for outline, (_, y) in zip(outlines, shifts, strict=True) for _, bottom in outline]
    return max(ends, default=0.0)
