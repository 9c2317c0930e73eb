"""Which Chromium is driven, by tests, benchmarks and the tools that take pictures."""

from __future__ import annotations

import os
import shutil

# the first that is there: the shell is Chromium without windows, and needs a quarter of the processor time
_NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
CHROMIUM = os.environ.get("LINEAGE_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), "chromium")
