"""The clocks of a flow, from its `_graph_info`: its schedule, and the reset of its trigger."""

from __future__ import annotations

from lineage.flow_map.cron_fields import cron_problem, five_fields, zone_problem
from lineage.flow_map.declarations import Clock, Info
from lineage.flow_map.unresolved import why_unresolved

_UNSET: tuple[object, ...] = (None, "None", "", [], {}, ())  # to_pod writes None as the word


def reset_clock(options: Info, notes: list[str], refused: list[str]) -> Clock | None:
    """When what has arrived is wiped, from the options of a trigger decorator.

    Parameters
    ----------
    options
        The options.
    notes, refused
        Take a sentence on what is not known, and on what Argo does not take.
    """
    reset = options.get("reset_at")
    if reset in _UNSET:
        return None
    if reason := why_unresolved(reset):
        notes.append(f"has a reset_at that is not known: {reason}")
        return None
    if not isinstance(reset, dict):
        refused.append(f"has the reset_at {reset!r}, which has no cron: `argo-workflows create` fails at it")
        return None
    cron, zone = reset.get("cron"), _zone(reset)
    if cron in _UNSET:
        notes.append(f"has the reset_at {reset!r}, which has no cron; Argo takes it for no reset")
        return None
    problem = cron_problem(str(cron), descriptors=False) or zone_problem(zone)
    if problem:
        refused.append(f"resets at {cron!r}, and Argo Events takes that for no reset: {problem}")
    return None if problem else Clock(*five_fields(str(cron), zone))


def schedule_clock(attributes: Info | None, notes: list[str], refused: list[str]) -> Clock | None:
    """When a flow starts by itself, from the attributes of its `@schedule`.

    The rules are those of metaflow/plugins/aws/step_functions/schedule_decorator.py and of Argo's five
    fields.

    Parameters
    ----------
    attributes
        The attributes; None without the decorator.
    notes, refused
        Take a sentence on what is not known, and on what Argo does not take.
    """
    if attributes is None:
        return None
    presets = (("weekly", "0 0 * * SUN"), ("hourly", "0 * * * *"), ("daily", "0 0 * * *"))
    cron = attributes.get("cron")
    if cron in _UNSET:
        cron = next((fields for name, fields in presets if attributes.get(name) is True), None)
    if cron is None:
        return None
    if reason := why_unresolved(cron) or why_unresolved(attributes.get("timezone")):
        notes.append(f"has a schedule that is not known: {reason}")
        return None
    cron, zone = " ".join(str(cron).split()[:5]), _zone(attributes)
    problem = cron_problem(cron, descriptors=True) or zone_problem(zone)
    if problem:
        refused.append(f"has the schedule {cron!r}, which Argo Workflows does not start: {problem}")
    return None if problem else Clock(*five_fields(cron, zone))


def _zone(attributes: Info) -> str:
    zone = attributes.get("timezone")
    return "UTC" if zone in _UNSET else str(zone)
