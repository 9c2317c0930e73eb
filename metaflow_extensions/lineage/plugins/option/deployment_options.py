"""Check the `options` of a trigger decorator against those that the eventing backend knows.

Argo Workflows is the only backend of Metaflow with triggers. It reads only ``reset_at``
(`_compile_sensor` in Metaflow's `plugins/argo/argo_workflows.py`) and ignores other options.
"""

from __future__ import annotations

import re
from typing import Any

from ..near_names import nearest
from .specs import quote

BACKEND = "Argo Workflows"
RESET_KEYS = ("cron", "timezone")
HOW = "reset_at={'cron': '0 0 * * *', 'timezone': 'Europe/Helsinki'}, which forgets what has arrived so far"
# Five fields, as the library behind Argo's `conditionsReset` is set up to read: no words such as @daily.
CRON = re.compile(r"[\w*/,?-]+( +[\w*/,?-]+){4}")
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))


def problem_with(options: Any) -> str | None:
    """Describe in one sentence what the backend does not know; None if the options are valid.

    Examples
    --------
    >>> problem_with({"reset_at": {"cron": "0 0 * * *", "timezone": "Europe/Helsinki"}})
    >>> problem_with({"reset": 5}).split(";")[0]
    "Argo Workflows does not know the option 'reset'"
    """
    if not isinstance(options, dict):
        return f"options must be a dict, not {_shown(options)}; {BACKEND} knows {HOW}"
    for name in options:
        if name != "reset_at":
            return f"{BACKEND} does not know the option {quote(str(name))}; it knows only {HOW}"
    return _problem_with_reset(options["reset_at"]) if "reset_at" in options else None


def _problem_with_reset(reset: Any) -> str | None:
    if not isinstance(reset, dict):
        return f"the option reset_at must be a dict, not {_shown(reset)}; for example {HOW}"
    for name in reset:
        if name not in RESET_KEYS:
            return f"reset_at has no key {quote(str(name))}{nearest(str(name), RESET_KEYS)} ({HOW})"
    cron, timezone = reset.get("cron"), reset.get("timezone")
    if not isinstance(cron, str) or not CRON.fullmatch(cron.strip()):
        return f"cron of reset_at must have five fields (minute hour day month weekday), not {_shown(cron)}"
    for field, (name, low, high) in zip(cron.split(), FIELDS, strict=True):
        for number in re.findall(r"(?<![\w/])\d+", field):  # a number after a slash is a step
            if not low <= int(number) <= high:
                return f"the {name} in the cron of reset_at must be from {low} to {high}, not {number}"
    if timezone is not None and not _is_timezone(timezone):
        return f"timezone of reset_at must be a name such as Europe/Helsinki or UTC, not {_shown(timezone)}"
    return None


def _is_timezone(name: Any) -> bool:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name):
        return False
    import zoneinfo  # takes as long as all of this extension, and only deployment asks

    known = zoneinfo.available_timezones()
    return not known or name in known  # without a time zone database any name passes


def _shown(value: Any) -> str:
    return quote(value if isinstance(value, str) else repr(value))
