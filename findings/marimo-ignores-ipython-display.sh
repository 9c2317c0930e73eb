#!/usr/bin/env bash
# marimo shows the repr of an object that displays itself, though it honours the very call inside.
#
# IPython's rule is that an object with `_ipython_display_` shows itself by that method alone. marimo
# 0.25.2 never calls it on a cell's value and falls back to the repr; display(HTML(…)) written in the
# cell works, and so does `_repr_html_`.
#
# Seen:
#   _ipython_display_: <pre class='text-xs'>the repr</pre>
#   _repr_html_: <b>drawn</b>
#   display() in the cell: drawn
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile marimo==0.25.2 nbformat==5.11.1 ipython==9.7.0
cd "$work"

cat > notebook.py <<'PY'
import marimo

app = marimo.App()


@app.cell
def _():
    class Displayed:
        def _ipython_display_(self):
            from IPython.display import HTML, display

            display(HTML("<b>drawn</b>"))

        def __repr__(self):
            return "the repr"

    Displayed()
    return


@app.cell
def _():
    class Represented:
        def _repr_html_(self):
            return "<b>drawn</b>"

    Represented()
    return


@app.cell
def _():
    from IPython.display import HTML, display

    display(HTML("<b>drawn</b>"))
    return
PY
"$work/venv/bin/marimo" --quiet export ipynb notebook.py --include-outputs --output saved.ipynb
"$work/venv/bin/python" -I - <<'PY'
import json
from importlib.metadata import version

print("marimo", version("marimo"))
with open("saved.ipynb") as file:
    cells = json.load(file)["cells"]
hook, html, call = ("".join(cell["outputs"][0]["data"]["text/html"]) for cell in cells)
print("_ipython_display_:", hook)
print("_repr_html_:", html)
print("display() in the cell:", "drawn" if "<b>drawn</b>" in call else call)
assert hook == "<pre class='text-xs'>the repr</pre>", hook
assert html == "<b>drawn</b>", html
assert "<b>drawn</b>" in call, call
PY
