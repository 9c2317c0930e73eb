"""A step that fails keeps its lineage card: Metaflow makes the cards of a task only if it succeeded.

What led to a run is asked most often about a run that failed. Cards of other types stay as they are.
"""

from __future__ import annotations

import functools
from typing import Any

CARD_TYPE = "lineage"


def install(decorator_class: Any) -> None:
    """Let `@card(type="lineage")` make its card also when the last attempt of a task fails.

    An attempt that is repeated makes none, because the cards of all attempts of a task are kept side by side.

    Parameters
    ----------
    decorator_class : type
        `metaflow.plugins.cards.card_decorator.CardDecorator`.
    """
    released = decorator_class.task_finished

    @functools.wraps(released)
    def task_finished(
        self: Any,
        step_name: str,
        flow: Any,
        graph: Any,
        is_task_ok: bool,
        retry_count: int,
        max_user_code_retries: int,
    ) -> Any:
        last = retry_count >= max_user_code_retries
        # Metaflow's method uses this argument only to decide whether to make the card
        make_card = is_task_ok or (last and self.attributes["type"] == CARD_TYPE)
        return released(self, step_name, flow, graph, make_card, retry_count, max_user_code_retries)

    decorator_class.task_finished = task_finished


def install_in_metaflow() -> None:
    """`install` for the Metaflow of this process."""
    from metaflow.plugins.cards.card_decorator import CardDecorator

    install(CardDecorator)
