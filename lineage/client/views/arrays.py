"""Arrays by shape, type and range, with a small histogram of their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lineage.text import escape_hidden

BARS = 24  # of the histogram
_TEXT = 2_000  # characters of the printed array
_NUMBERS = "biuf"  # numpy's letters for booleans, integers, unsigned integers and floats


def array_view(value: Any) -> dict[str, Any] | None:
    """Describe an array, of numpy or whatever converts itself to one; None if the value is not one."""
    if not all(hasattr(value, name) for name in ("shape", "dtype", "__array__")):
        return None
    array = np.asarray(value)
    if array.ndim == 0:
        return None  # a single number is best read as text
    view = {
        "kind": "array",
        "shape": list(array.shape),
        "dtype": str(value.dtype),
        "text": escape_hidden(np.array2string(array, threshold=60, edgeitems=3)[:_TEXT], keep="\n"),
    }
    return view | (_statistics(array) if array.dtype.kind in _NUMBERS else {})


def _statistics(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    numbers = array.astype("float64", copy=False).ravel()
    finite = numbers[np.isfinite(numbers)]
    missing = int(np.isnan(numbers).sum())
    if not finite.size:
        return {"missing": missing}
    low, high = float(finite.min()), float(finite.max())
    bars: Iterable[int] = np.histogram(finite, bins=BARS, range=(low, high))[0] if high > low else ()
    return {
        "low": f"{low:.6g}",
        "high": f"{high:.6g}",
        "mean": f"{finite.mean():.6g}",
        "missing": missing,
        "bars": [int(count) for count in bars],
    }
