"""`options` of a trigger decorator: what the eventing backend understands of them.

Argo Workflows is the one backend of Metaflow that takes triggers. It reads ``reset_at`` and nothing
else (`_compile_sensor` in Metaflow's `plugins/argo/argo_workflows.py`), and passes over the rest.
"""

from __future__ import annotations

import re
from typing import Any

from .specs import nearest, quote

BACKEND = "Argo Workflows"
RESET_KEYS = ("cron", "timezone")
HOW = "reset_at={'cron': '0 0 * * *', 'timezone': 'Europe/Helsinki'} forgets what has arrived so far"
# Five fields, or a word like @daily: what the library behind Argo's `conditionsReset` parses.
CRON = re.compile(r"@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[\w*/,?-]+( +[\w*/,?-]+){4}")


def problem_with(options: Any) -> str | None:
    """One sentence on what the backend would not understand; None if it is all right.

    Examples
    --------
    >>> problem_with({"reset_at": {"cron": "0 0 * * *", "timezone": "Europe/Helsinki"}})
    >>> problem_with({"reset": 5}).split(";")[0]
    "Argo Workflows does not know the option 'reset'"
    """
    if not isinstance(options, dict):
        return f"options is {_shown(options)}, which is no dict; {BACKEND} knows {HOW}"
    for name in options:
        if name != "reset_at":
            return f"{BACKEND} does not know the option {quote(str(name))}; it knows one: {HOW}"
    return _problem_with_reset(options["reset_at"]) if "reset_at" in options else None


def _problem_with_reset(reset: Any) -> str | None:
    if not isinstance(reset, dict):
        return f"the option reset_at is {_shown(reset)}, which is no dict; {HOW}"
    for name in reset:
        if name not in RESET_KEYS:
            return f"reset_at has no {quote(str(name))}{nearest(str(name), RESET_KEYS)} ({HOW})"
    cron, timezone = reset.get("cron"), reset.get("timezone")
    if not isinstance(cron, str) or not CRON.fullmatch(cron.strip()):
        return f"cron of reset_at is {_shown(cron)}; it has five fields: minute hour day month weekday"
    if timezone is not None and not _is_timezone(timezone):
        return f"timezone of reset_at is {_shown(timezone)}; it is a name like Europe/Helsinki or UTC"
    return None


def _is_timezone(name: Any) -> bool:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name):
        return False
    import zoneinfo  # takes as long as all of this extension, and only deployment asks

    known = zoneinfo.available_timezones()
    return not known or name in known  # a machine without a time zone database cannot tell


def _shown(value: Any) -> str:
    return quote(value if isinstance(value, str) else repr(value))
