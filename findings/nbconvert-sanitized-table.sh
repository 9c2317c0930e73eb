#!/usr/bin/env bash
# nbconvert's sanitize_html shows a table's header cells as code, and its data cells as a table.
#
# The allowed tags of nbconvert 7.17.2 hold table, tr and td, and neither th, thead nor tbody; what is
# not allowed is escaped, not removed. The page shows the values as a table below a heap of visible
# tags, and the plain text that stands beside the HTML in the same output is not taken instead.
#
# Seen:
#   escaped: ['tbody', 'th', 'thead']
#   kept: ['table', 'td', 'tr']
#   plain text used: False
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile nbconvert==7.17.2
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import re
import nbformat
from importlib.metadata import version
from nbconvert import HTMLExporter

print("nbconvert", version("nbconvert"))
table = (
    "<table><thead><tr><th>flow</th><th>runs</th></tr></thead>"
    "<tbody><tr><td>ETLFlow</td><td>34</td></tr></tbody></table>"
)
output = nbformat.v4.new_output("display_data", data={"text/html": table, "text/plain": "the plain text"})
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("table", outputs=[output])])
notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "python"}
page, _ = HTMLExporter(sanitize_html=True).from_notebook_node(notebook)
shown = page[page.index('data-mime-type="text/html"'):]
escaped = sorted(set(re.findall(r"&lt;([a-z]+)", shown)))
kept = sorted(set(re.findall(r"<(t[a-z]+)", shown)))
print("escaped:", escaped)
print("kept:", kept)
print("plain text used:", "the plain text" in page)
assert escaped == ["tbody", "th", "thead"], escaped
assert kept == ["table", "td", "tr"], kept
assert "the plain text" not in page
PY
