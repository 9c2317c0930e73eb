from __future__ import annotations

# a program for type checkers, which nothing runs
collect_ignore = ["consumer.py"]
