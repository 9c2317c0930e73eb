"""The steps of a flow in order, from its `_graph_info`."""

from __future__ import annotations

from lineage.flow_map.declarations import Info


def steps_in_order(info: Info) -> tuple[tuple[str, ...] | None, frozenset[str]]:
    """The steps, causes before effects, and those of them that run once for each item of a foreach."""
    steps = info.get("steps")
    if not isinstance(steps, dict) or not steps:
        return None, frozenset()
    start = str(info.get("start_step") or "start")
    depth: dict[str, int] = {start: 0}
    queue = [start]
    for name in queue:
        step = steps.get(name, {})
        fans = step.get("type") in ("split-foreach", "split-parallel")
        for after in step.get("next") or ():
            joins = steps.get(after, {}).get("type") == "join"
            closes = joins and _closes_foreach(after, steps)
            inner = depth[name] + (1 if fans else 0) - (1 if closes else 0)
            if after not in depth:
                depth[after] = inner
                queue.append(after)
    return _ordered(steps, queue), frozenset(name for name, level in depth.items() if level > 0)


def _closes_foreach(join: str, steps: Info) -> bool:
    return any(
        step.get("matching_join") == join and step.get("type") in ("split-foreach", "split-parallel")
        for step in steps.values()
    )


def _ordered(steps: Info, reached: list[str]) -> tuple[str, ...]:
    """Each step after all of its causes; a loop's way back is ignored."""
    waiting = {name: set() for name in reached}  # type: dict[str, set[str]]
    for name in reached:
        for after in steps.get(name, {}).get("next") or ():
            if after in waiting and after != name:
                waiting[after].add(name)
    done: list[str] = []
    while waiting:
        free = next((name for name, before in waiting.items() if not before - set(done)), None)
        name = free if free is not None else next(iter(waiting))
        del waiting[name]
        done.append(name)
    return tuple(done)
