"""Make `lineage/viewer/viewer.min.js` from its sources: `python -m tests.support.minify_viewer`.

Needs node and, the first time, the network: esbuild and terser come through npx.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from lineage.viewer import banner, joined

ESBUILD = "esbuild@0.25"  # shortens names, properties too
TERSER = "terser@5"  # after it, joins statements: 1 % less
SQUEEZE = "passes=5,ecma=2020,unsafe_arrows,pure_getters,hoist_props"  # no getter here does anything
TARGET = Path(__file__).parent.parent.parent / "lineage" / "viewer" / "viewer.min.js"

# Members of the viewer's own objects. None of them is a name of the browser that the viewer uses, part of
# a scene, of a stylesheet or of the options, or looked up by a string.
OWN = [
    "across",
    "actions",
    "afterHiding",
    "agrees",
    "anchor",
    "anew",
    "arrange",
    "arrangement",
    "asGiven",
    "badges",
    "begin",
    "bends",
    "beside",
    "block",
    "bottom",
    "bounds",
    "boxes",
    "boxOf",
    "bundle",
    "canHide",
    "canvas",
    "caption",
    "causes",
    "changed",
    "chunks",
    "colours",
    "compact",
    "complain",
    "context",
    "copy",
    "count",
    "counter",
    "current",
    "describe",
    "detour",
    "draw",
    "drawBox",
    "drawCanvas",
    "drawFar",
    "drawn",
    "drawnLevel",
    "drawSvg",
    "drift",
    "edges",
    "effects",
    "element",
    "emit",
    "enter",
    "extent",
    "factOf",
    "far",
    "foldAgain",
    "followTheme",
    "found",
    "frame",
    "gliding",
    "group",
    "groups",
    "grow",
    "head",
    "heading",
    "held",
    "hide",
    "highlight",
    "host",
    "hovered",
    "index",
    "indexes",
    "input",
    "inside",
    "isEvent",
    "isLit",
    "isSelected",
    "item",
    "itemOf",
    "items",
    "lanes",
    "large",
    "last",
    "leaveSearch",
    "legend",
    "light",
    "lightUp",
    "limit",
    "linkGroups",
    "links",
    "list",
    "listeners",
    "live",
    "look",
    "makeChunks",
    "mark",
    "marked",
    "matched",
    "measure",
    "members",
    "model",
    "more",
    "moved",
    "near",
    "nearest",
    "next",
    "node",
    "nodes",
    "nothing",
    "noun",
    "offset",
    "onCanvas",
    "onScreen",
    "opening",
    "options",
    "order",
    "outstanding",
    "over",
    "pairs",
    "paper",
    "parent",
    "part",
    "path",
    "picture",
    "place",
    "placed",
    "point",
    "press",
    "print",
    "reach",
    "readColours",
    "rect",
    "redraw",
    "refresh",
    "relax",
    "remember",
    "resettle",
    "resized",
    "retheme",
    "reveal",
    "room",
    "root",
    "routes",
    "row",
    "rows",
    "runs",
    "sayFound",
    "schedule",
    "searchBox",
    "seat",
    "section",
    "selected",
    "settle",
    "setView",
    "show",
    "shown",
    "showTip",
    "spoken",
    "spots",
    "stage",
    "staged",
    "start",
    "step",
    "still",
    "styleName",
    "styles",
    "subtitle",
    "sum",
    "surface",
    "surround",
    "tabs",
    "tidy",
    "timeline",
    "tip",
    "tips",
    "toggleAll",
    "told",
    "toldOf",
    "toPicture",
    "uncover",
    "unfold",
    "unfolded",
    "unfollow",
    "untimed",
    "view",
    "viewer",
    "views",
    "watcher",
    "way",
    "wayTo",
    "world",
    "zoom",
]


def main() -> None:
    """Write the small module."""
    whole = joined()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "viewer.mjs"
        source.write_text(whole, "utf-8")
        names = f"--mangle-props=^({'|'.join(OWN)})$"
        short = _run(ESBUILD, str(source), "--minify", "--format=esm", "--charset=utf8", names)
        source.write_text(short, "utf-8")
        compact = _run(TERSER, str(source), "--module", "--compress", SQUEEZE, "--mangle")
    # a page goes on after the module's last line, and calls `mount` by its name
    small = re.sub(r"export\{(?=.*?\b(\w+) as mount\b)", r"const mount=\1;export{", compact)
    TARGET.write_text(banner(whole) + small, "utf-8")
    print(f"{TARGET.name}: {len(whole.encode()):,} bytes became {TARGET.stat().st_size:,}")


def _run(tool: str, *arguments: str) -> str:
    command = ["npx", "--yes", tool, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
