"""Write files atomically."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: str | Path, text: str) -> Path:
    """Replace a file atomically: an error or Ctrl-C leaves the old file intact and no temporary file.

    Returns
    -------
    Path
        The absolute path of the file.
    """
    target = Path(path).expanduser().resolve()
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_text(text, "utf-8")
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target
