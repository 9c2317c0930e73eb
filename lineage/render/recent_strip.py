"""The runs of a cascade over time as a small picture: one bar a run, in a few lanes."""

from __future__ import annotations

from lineage.records.cascades import Cascade

WIDTH, HEIGHT = 240, 24  # pixels
_LANES = 4  # further runs share the last lane
_LEAST = 2.0  # pixels of the shortest bar
_MOST = 200  # bars; a cascade of more is drawn from as many, those that failed first

StripBar = tuple[float, float, int, str]  # left and width in pixels, lane, status


def strip(cascade: Cascade, now: int) -> str:
    """Draw a cascade from its start to its end as SVG.

    Parameters
    ----------
    cascade
        The cascade.
    now
        The end of runs that have not ended, in microseconds since 1970.
    """
    bars = _bars(cascade, now)
    lanes = 1 + max(lane for _, _, lane, _ in bars)
    height = min(6.0, HEIGHT / lanes - 1)
    top = (HEIGHT - lanes * (height + 1)) / 2
    marks = "".join(
        f'<rect class="lr-{status}" x="{x:.1f}" y="{top + lane * (height + 1):.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="1"/>'
        for x, width, lane, status in bars
    )
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return f'<svg {size} aria-hidden="true">{marks}</svg>'


def _bars(cascade: Cascade, now: int) -> list[StripBar]:
    spans = cascade.spans
    if len(spans) > _MOST:
        step = len(spans) / _MOST
        kept = {*(int(i * step) for i in range(_MOST)), len(spans) - 1}
        spans = tuple(s for i, s in enumerate(spans) if i in kept or s[1] == "failed")
    begin = spans[0][2]
    end = max(max(_end(span, now), span[2]) for span in spans)
    scale = (WIDTH - _LEAST) / max(1, end - begin)
    free = [0.0] * _LANES  # the place from which each lane is empty
    bars = []
    for _, status, created, finished in spans:
        x = (created - begin) * scale
        width = max(_LEAST, (_end(("", status, created, finished), now) - created) * scale)
        lane = next((i for i, place in enumerate(free) if place <= x), _LANES - 1)
        free[lane] = max(free[lane], x + width + 0.5)
        bars.append((x, width, lane, status))
    return sorted(bars, key=lambda bar: bar[3] == "failed")  # what failed is drawn last, so on top


def _end(span: tuple[str, str, int, int | None], now: int) -> int:
    _, status, created, finished = span
    return finished if finished is not None else now if status == "running" else created
