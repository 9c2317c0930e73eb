"""Find the stacks: runs that stand beneath the run that they resume or that spawned them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from lineage.layout.ranking import Edge, Numbered


@dataclass(frozen=True)
class Stacked:
    """A graph whose stacks are merged into their topmost nodes, which alone keep edges."""

    effects: list[list[int]]  # without duplicates; edges within a stack are left out
    causes: list[list[int]]
    beneath: dict[int, int]  # node -> the node beneath which it stands, in the same column
    heads: list[int]  # node -> the topmost node of its stack
    stacks: dict[int, list[int]]  # topmost node -> its stack, from top to bottom


def stacked(dag: Numbered) -> Stacked:
    """Let runs stand beneath the run that they resume or that spawned them, where nothing forbids it.

    A run also stands right of what triggered it, and if possible of what it read. If it cannot stand both
    beneath one run and right of another, it stands right of both.
    """
    everyone = list(range(len(dag.keys)))
    if not dag.kinds:
        return Stacked(dag.effects, dag.causes, {}, everyone, {})
    beneath: dict[int, int] = {}
    for (u, v), kind in sorted(dag.kinds.items()):
        if kind != "read":
            beneath.setdefault(v, u)
    edges = [(u, v) for u, row in enumerate(dag.effects) for v in row]
    firm = [edge for edge in edges if dag.kinds.get(edge) != "read"]
    heads = _heads(beneath, everyone)
    for u, v in firm:
        if heads[u] == heads[v] and beneath.get(v) != u:
            beneath.pop(v, None)
    heads = _heads(beneath, everyone)
    if tangle := _tangle(_between(firm, heads)):
        beneath = {v: u for v, u in beneath.items() if heads[v] not in tangle}
        heads = _heads(beneath, everyone)
    links = _between(edges, heads)
    if tangle := _tangle(links):
        reads = links - _between(firm, heads)
        links -= {(a, b) for a, b in reads if a in tangle and b in tangle}
    effects: list[list[int]] = [[] for _ in everyone]
    causes: list[list[int]] = [[] for _ in everyone]
    for a, b in sorted(links):
        effects[a].append(b)
        causes[b].append(a)
    return Stacked(effects, causes, beneath, heads, _stacks(beneath))


def _heads(beneath: dict[int, int], everyone: list[int]) -> list[int]:
    """The topmost node of each node's stack."""
    heads = everyone[:]
    for v in beneath:
        path = [v]
        while (u := path[-1]) in beneath and heads[u] == u:
            path.append(beneath[u])
        for w in path:
            heads[w] = heads[path[-1]]
    return heads


def _stacks(beneath: dict[int, int]) -> dict[int, list[int]]:
    """The topmost node of each stack -> all its nodes: each is followed by what stands beneath it."""
    below: dict[int, list[int]] = defaultdict(list)
    for v in sorted(beneath, reverse=True):
        below[beneath[v]].append(v)
    stacks = {}
    for head in sorted(below.keys() - beneath.keys()):
        stack: list[int] = []
        path = [head]
        while path:
            u = path.pop()
            stack.append(u)
            path += below.get(u, ())
        stacks[head] = stack
    return stacks


def _between(edges: list[Edge], heads: list[int]) -> set[Edge]:
    """The edges from one stack to another."""
    return {(heads[u], heads[v]) for u, v in edges if heads[u] != heads[v]}


def _tangle(edges: set[Edge]) -> set[int]:
    """The nodes in cycles, and those on paths between cycles."""
    left = edges
    for end in (0, 1):
        onward: dict[int, list[int]] = defaultdict(list)
        missing: dict[int, int] = defaultdict(int)
        for edge in left:
            onward[edge[end]].append(edge[1 - end])
            missing[edge[1 - end]] += 1
        free = [u for u in onward if not missing[u]]
        for u in free:  # grows while it is read
            for v in onward.pop(u, ()):
                missing[v] -= 1
                if not missing[v]:
                    free.append(v)
        left = {edge for edge in left if edge[end] in onward}
    return {u for u, _ in left}
