"""Runs with cards on, and what is in a card."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import dataclass
from html import unescape
from typing import Any

from tests.support.store import Store


@dataclass(frozen=True)
class Made:
    """Runs that triggered each other, the last two with cards: do not change them."""

    store: Store
    etl: str  # by bob, another namespace
    training: str
    carded: str


def made_in(store: Store) -> Made:
    """Real runs with cards on."""
    etl = store.flow("etl", options=["--with", "card:type=lineage"], env={"METAFLOW_USER": "bob"})
    training = store.flow("training", trigger=[str(etl.pathspec)])
    carded = store.flow("carded", trigger=[str(training.pathspec)])
    for done in (etl, training, carded):
        assert done.returncode == 0, done.output
    return Made(store, str(etl.pathspec), str(training.pathspec), str(carded.pathspec))


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
    found = re.search(r'<script type="application/deflated-json" id="scene">(.*?)</script>', framed)
    assert found, page[:500]
    scene: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return scene


def nodes_in(page: str) -> dict[str, Any]:
    """The nodes that a card draws, by pathspec."""
    return {node["id"]: node for node in scene_in(page)["nodes"]}
