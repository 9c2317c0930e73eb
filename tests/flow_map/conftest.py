from __future__ import annotations

# programs that tests start, not modules to collect
collect_ignore = ["scripts"]
