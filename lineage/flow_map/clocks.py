"""The clocks of a flow, from its `_graph_info`: its schedule, and the reset of its trigger."""

from __future__ import annotations

from lineage.flow_map.cron_fields import cron_problem, five_fields
from lineage.flow_map.declarations import Clock, FlowDeclaration, Info
from lineage.flow_map.unresolved import why_unresolved

_UNSET: tuple[object, ...] = (None, "None", "", [], {}, ())  # to_pod writes None as the word


def reset_clock(options: Info, notes: list[str], refused: list[str]) -> Clock | None:
    """The clock that resets a trigger, from the options of its decorator.

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
        notes.append(f"has the reset_at {reset!r}, which has no cron; Argo ignores it")
        return None
    if problem := reset_problem(Clock(str(cron), zone)):
        refused.append(problem)
    return None if problem else Clock(*five_fields(str(cron), zone))


def reset_problem(clock: Clock) -> str | None:
    """Describe what is wrong with a reset, without the subject; None if Argo Events accepts it."""
    reason = cron_problem(clock.cron, clock.timezone, descriptors=False)
    return f"resets at {clock.cron!r}, which Argo Events ignores: {reason}" if reason else None


def schedule_problem(clock: Clock) -> str | None:
    """Describe what is wrong with a schedule, without the subject; None if Argo Workflows accepts it."""
    reason = cron_problem(clock.cron, clock.timezone, descriptors=True)
    return (
        f"has the schedule {clock.cron!r}, which Argo Workflows does not start: {reason}" if reason else None
    )


def schedule_clock(attributes: Info | None, notes: list[str], refused: list[str]) -> Clock | None:
    """The clock that starts a flow, from the attributes of its `@schedule`.

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
    # Argo Workflows puts CRON_TZ=… before the schedule if it has a time zone, even before another
    double = Clock(f"CRON_TZ={zone} {cron}") if "TZ=" in cron and zone != "UTC" else Clock(cron, zone)
    if problem := schedule_problem(double):
        refused.append(problem)
    return None if problem else Clock(*five_fields(cron, zone))


def clock_problems(declaration: FlowDeclaration) -> list[str]:
    """Describe what is wrong with the clocks of a flow declared by hand; readers leave out such clocks."""
    problems = [declaration.reset_at and reset_problem(declaration.reset_at)]
    problems.append(declaration.schedule and schedule_problem(declaration.schedule))
    return [problem for problem in problems if problem]


def _zone(attributes: Info) -> str:
    zone = attributes.get("timezone")
    return "UTC" if zone in _UNSET else str(zone)
