#!/usr/bin/env bash
# plotly: a figure that was saved as JSON and loaded again holds dictionaries in place of its arrays.
#
# plotly 7.1.0 stores numpy arrays as base64 and its own reader leaves them so: `x` is {'dtype',
# 'bdata'}, with a length of 2 whatever it holds. Integers above 32 bits have no such form, so one
# large value in `y` decides that it comes back as a tuple of numbers instead. The figures still
# compare equal.
#
# Seen:
#   x {'dtype': 'i1', 'bdata': 'AQIDBA=='} length 2
#   y (1099511627776, 1, 2, 3)
#   equal True
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile plotly==7.1.0 numpy==2.4.0
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import numpy as np
import plotly
import plotly.graph_objects as go
import plotly.io as pio

print("plotly", plotly.__version__)
figure = go.Figure(go.Scatter(x=np.array([1, 2, 3, 4]), y=np.array([2**40, 1, 2, 3])))
back = pio.from_json(figure.to_json())
x, y = back.data[0].x, back.data[0].y
print("x", x, "length", len(x))
print("y", y)
print("equal", back == figure)
assert x == {"dtype": "i1", "bdata": "AQIDBA=="}, x
assert y == (2**40, 1, 2, 3), y
assert back == figure
PY
