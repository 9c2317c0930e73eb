#!/usr/bin/env bash
# A page made by embed_minimal_html lacks an anywidget's code where that is a class attribute, its
# usual place.
#
# ipywidgets 8.1.9 leaves out what equals a default, as the page's JavaScript knows the defaults.
# anywidget 0.11.0 keeps a widget's code in its state, and a class attribute `_esm` becomes the
# default there: so it is the code that is left out, and the page has no other source for it. The same
# code given to the constructor is in the page.
#
# Seen:
#   class attribute: False
#   class attribute, drop_defaults=False: True
#   constructor: True
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile ipywidgets==8.1.9 anywidget==0.11.0
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import io
from importlib.metadata import version
import anywidget
from ipywidgets.embed import embed_minimal_html

CODE = "export default { render({ el }) { el.textContent = 'drawn' } }"

class Declared(anywidget.AnyWidget):
    _esm = CODE

def has_code(widget, **options):
    page = io.StringIO()
    embed_minimal_html(page, views=[widget], **options)
    return "el.textContent" in page.getvalue()

print("ipywidgets", version("ipywidgets"), "anywidget", version("anywidget"))
seen = {
    "class attribute": has_code(Declared()),
    "class attribute, drop_defaults=False": has_code(Declared(), drop_defaults=False),
    "constructor": has_code(anywidget.AnyWidget(_esm=CODE)),
}
for what, found in seen.items():
    print(f"{what}: {found}")
assert list(seen.values()) == [False, True, True]
PY
