#!/usr/bin/env bash
# nbconvert to HTML: saving a widget's state with the notebook hides the HTML that stands beside the
# widget.
#
# An output with a widget view and text/html shows the HTML while the notebook holds no widget state.
# Once the state is saved, which is meant to preserve more, nbconvert 7.17.2 writes the widget's model
# id and state alone, and nothing that can be read without the widget's JavaScript. Markdown shows the
# HTML even then.
#
# Seen:
#   HTML without state: fallback True
#   HTML with state: fallback False
#   Markdown with state: fallback True
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile nbconvert==7.17.2
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import nbformat
from importlib.metadata import version
from nbconvert import HTMLExporter, MarkdownExporter

def notebook(state):
    output = nbformat.v4.new_output("display_data", data={
        "application/vnd.jupyter.widget-view+json": {"model_id": "m", "version_major": 2, "version_minor": 0},
        "text/html": "<b>the fallback</b>",
        "text/plain": "Slider()",
    })
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()", outputs=[output])])
    made.metadata["language_info"] = {"name": "python", "pygments_lexer": "python"}
    if state:
        model = {"model_module": "@jupyter-widgets/controls", "model_module_version": "2.0.0",
                 "model_name": "IntSliderModel", "state": {}}
        made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json":
                                    {"version_major": 2, "version_minor": 0, "state": {"m": model}}}
    return made

def shown(exporter, state):
    return "the fallback" in exporter.from_notebook_node(notebook(state))[0]

print("nbconvert", version("nbconvert"))
seen = {
    "HTML without state": shown(HTMLExporter(), False),
    "HTML with state": shown(HTMLExporter(), True),
    "Markdown with state": shown(MarkdownExporter(), True),
}
for what, fallback in seen.items():
    print(f"{what}: fallback {fallback}")
assert list(seen.values()) == [True, False, True]
PY
