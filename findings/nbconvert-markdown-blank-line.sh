#!/usr/bin/env bash
# nbconvert to Markdown: a blank line in an output's HTML turns the rest of it into visible code.
#
# nbconvert 7.17.2 copies the HTML of an output into the Markdown file as it is. In CommonMark an HTML
# block that begins with a tag such as <details> ends at the first blank line, and an indented line
# after it is a block of code: the same output is right in the notebook and shows tags to the reader
# of the .md file.
#
# Seen (the page that markdown-it-py 4.0.0, a CommonMark reader, makes of it):
#   <details><summary>two parts</summary>
#   <p>one</p>
#   <pre><code>&lt;p&gt;two&lt;/p&gt;
#   </code></pre>
#   </details>
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile nbconvert==7.17.2 markdown-it-py==4.0.0
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import nbformat
from importlib.metadata import version
from markdown_it import MarkdownIt
from nbconvert import MarkdownExporter

html = "<details><summary>two parts</summary>\n<p>one</p>\n\n    <p>two</p>\n</details>"
output = nbformat.v4.new_output("display_data", data={"text/html": html})
cell = nbformat.v4.new_code_cell("show()", outputs=[output])
text, _ = MarkdownExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
print("nbconvert", version("nbconvert"))
assert html in text, text
page = MarkdownIt("commonmark").render(text)
shown = page[page.index("<details>"):]
print(shown)
assert "<p>one</p>" in shown
assert "<pre><code>&lt;p&gt;two&lt;/p&gt;" in shown
PY
