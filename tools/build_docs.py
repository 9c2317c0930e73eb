"""Builds the documentation's site in build/docs/site: `python tools/build_docs.py`.

The pages are read on GitHub as well, where they link to files outside docs/ (the changelog, notebooks). Those
files become part of the site, under project/.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGE = ROOT / "build" / "docs"
LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#\s]+)")


def staged(path: Path) -> Path:
    """The place of a repository file in the site's sources."""
    inside = path.relative_to(ROOT)
    return Path(*inside.parts[1:]) if inside.parts[0] == "docs" else Path("project", inside)


def stage(pages: list[Path], target: Path) -> None:
    """Copy pages and all that they link to, with links that hold in the copy."""
    waiting, known = list(pages), set(pages)
    while waiting:
        page = waiting.pop()
        copy = target / staged(page)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if page.suffix != ".md":
            shutil.copy(page, copy)
            continue
        text = page.read_text("utf-8")
        linked = {link: (page.parent / link).resolve() for link in LINK.findall(text)}
        files = {link: path for link, path in linked.items() if path.is_file() and path.is_relative_to(ROOT)}
        copy.write_text(relinked(text, files, page), "utf-8")
        waiting += set(files.values()) - known
        known |= set(files.values())


def relinked(text: str, files: dict[str, Path], page: Path) -> str:
    """The text with its links as they must be in the copy; a broken one stays, for the build to refuse."""

    def moved(link: re.Match[str]) -> str:
        path = files.get(link[1])
        return os.path.relpath(staged(path), staged(page).parent) if path else link[1]

    return LINK.sub(moved, text)


def build() -> int:
    """Stage the pages and build the site; warnings are errors."""
    shutil.rmtree(STAGE, ignore_errors=True)
    stage(
        [path for path in (ROOT / "docs").rglob("*") if path.suffix in (".md", ".css", ".png")],
        STAGE / "pages",
    )
    shutil.copy(ROOT / "docs" / "zensical.toml", STAGE)
    return subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--clean", "--strict"], cwd=STAGE
    ).returncode


if __name__ == "__main__":
    sys.exit(build())
