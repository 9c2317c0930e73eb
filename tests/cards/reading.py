"""Reads what is in a card."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

from tests.support.store import Store

FLOWS = Path(__file__).parent / "flows"
_CARDS = """
import json
from metaflow import Run
from metaflow.cards import get_cards
task = Run("{run}", _namespace_check=False)["{step}"].task
print(json.dumps([[card.id, card.get()] for card in get_cards(task, type="lineage")]))
"""


def cards_of(store: Store, run: str | None, step: str = "start") -> dict[str | None, str]:
    """The lineage cards of a step, by id, as `metaflow.cards.get_cards` gives them."""
    assert run
    found = store.client(_CARDS.format(run=run, step=step))
    assert isinstance(found, list)
    assert found, f"{run} has no card"
    return dict(found)


def scene_in(page: str) -> dict[str, Any]:
    """The scene that a card draws."""
    framed = unescape(page[page.index('srcdoc="') : page.index("</iframe>")])
    found = re.search(r'<script type="application/json" id="scene">(.*?)</script>', framed, re.DOTALL)
    assert found, page[:500]
    scene: dict[str, Any] = json.loads(found[1])
    return scene


def nodes_in(page: str) -> dict[str, Any]:
    """The nodes that a card draws, by pathspec."""
    return {node["id"]: node for node in scene_in(page)["nodes"]}
