"""Make `lineage/viewer/viewer.min.js` from its sources: `python -m tests.support.minify_viewer`.

Needs node and, the first time, the network: esbuild comes through npx.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from lineage.viewer import banner, joined

ESBUILD = "esbuild@0.25"
TARGET = Path(__file__).parent.parent.parent / "lineage" / "viewer" / "viewer.min.js"

# Members of the viewer's own objects. None of them is a name of the browser that the viewer uses, part of
# a scene, of a stylesheet or of the options, or looked up by a string.
OWN = [
    "across",
    "actions",
    "afterHiding",
    "arrangement",
    "arrangements",
    "asGiven",
    "badges",
    "bends",
    "beside",
    "bounds",
    "boxes",
    "boxOf",
    "bundle",
    "canHide",
    "causes",
    "changed",
    "chunks",
    "colours",
    "compact",
    "complain",
    "counter",
    "current",
    "describe",
    "detour",
    "drawBox",
    "drawCanvas",
    "drawFar",
    "drawn",
    "drawnLevel",
    "drawSvg",
    "effects",
    "enter",
    "factOf",
    "foldAgain",
    "followTheme",
    "found",
    "frame",
    "gliding",
    "grow",
    "heading",
    "highlight",
    "hooks",
    "hovered",
    "indexes",
    "isLit",
    "isSelected",
    "itemOf",
    "itemOfId",
    "items",
    "lanes",
    "leaveSearch",
    "legend",
    "lightUp",
    "limit",
    "linkGroups",
    "links",
    "listeners",
    "look",
    "makeChunks",
    "marked",
    "members",
    "moved",
    "near",
    "nearest",
    "nothing",
    "onCanvas",
    "onScreen",
    "opening",
    "pairs",
    "picture",
    "placed",
    "press",
    "readColours",
    "redraw",
    "refit",
    "refresh",
    "relax",
    "remember",
    "rescale",
    "resettle",
    "resized",
    "retheme",
    "reveal",
    "routes",
    "sayFound",
    "schedule",
    "searchBox",
    "setView",
    "shown",
    "showTip",
    "spoken",
    "spots",
    "stage",
    "staged",
    "styleName",
    "subtitle",
    "surface",
    "tabs",
    "timeline",
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
    "views",
    "watcher",
    "wayTo",
    "wheels",
    "world",
]


def main() -> None:
    """Write the small module."""
    whole = joined()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "viewer.mjs"
        source.write_text(whole, "utf-8")
        options = ["--minify", "--format=esm", "--charset=utf8", f"--mangle-props=^({'|'.join(OWN)})$"]
        made = subprocess.run(
            ["npx", "--yes", ESBUILD, str(source), *options], capture_output=True, text=True, check=True
        )
    # a page goes on after the module's last line, and calls `mount` by its name
    small = re.sub(r"export\{(?=.*?\b(\w+) as mount\b)", r"const mount=\1;export{", made.stdout)
    TARGET.write_text(banner(whole) + small, "utf-8")
    print(f"{TARGET.name}: {len(whole.encode()):,} bytes became {TARGET.stat().st_size:,}")


if __name__ == "__main__":
    main()
