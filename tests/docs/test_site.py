"""The documentation's site builds without a warning, and asks nothing of another server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import lineage

ROOT = Path(__file__).parent.parent.parent


def test_the_site_builds_has_every_page_and_public_name_and_loads_nothing_from_elsewhere() -> None:
    command = [sys.executable, ROOT / "tools/build_docs.py"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
    assert done.returncode == 0, done.stdout
    site = ROOT / "build/docs/site"
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    written = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {path.as_posix() for path in written} <= pages
    home = (site / "index.html").read_text("utf-8")
    assert [page for page in written if f'href="{page.as_posix()}"' not in home] == [], "not in the menu"
    reference = (site / "reference/python.html").read_text("utf-8")
    public = [name for name in lineage.__all__ if name != "__version__"]
    assert [name for name in public if not re.search(rf'id="lineage[\w.]*\.{name}"', reference)] == []
    for page in pages:
        html = (site / page).read_text("utf-8")
        loads = re.findall(
            r"<(?:script|img|iframe|link(?! rel=.canonical))[^>]* (?:src|href)=.?https?:[^ >]*", html
        )
        assert loads == [], page
