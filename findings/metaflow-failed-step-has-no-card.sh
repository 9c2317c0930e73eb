#!/usr/bin/env bash
# Metaflow: a step that fails has no card, even though the card's components were filled before.
#
# In metaflow 2.19.39 a card is rendered after a step that succeeded. Of a step that raises, a card is
# there only if the step called current.card.refresh() before.
#
# Seen:
#   completed step: 1 card
#   failed step: 0 cards
#   failed step that refreshed its card: 1 card
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"

cat > carded.py <<'PY'
import os
import time

from metaflow import FlowSpec, card, current, step
from metaflow.cards import Markdown


class CardedFlow(FlowSpec):
    @card(type="blank", refresh_interval=1)
    @step
    def start(self):
        current.card.append(Markdown("# What went wrong"))
        if os.environ["HOW"] == "refreshed":
            current.card.refresh()
            time.sleep(6)  # the card is rendered by another process
        assert os.environ["HOW"] == "completed"
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    CardedFlow()
PY
for how in completed failed refreshed; do
  HOW=$how "$python" carded.py --quiet --no-pylint run --run-id-file "$how" >/dev/null 2>&1 || true
done
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run
from metaflow.cards import get_cards
from metaflow.plugins.cards.exception import CardNotPresentException

print("metaflow", version("metaflow"))
counts = {}
for how in ("completed", "failed", "refreshed"):
    task = Run(f"CardedFlow/{Path(how).read_text().strip()}")["start"].task
    try:
        counts[how] = len(list(get_cards(task)))
    except CardNotPresentException:
        counts[how] = 0
print("completed step:", counts["completed"], "card")
print("failed step:", counts["failed"], "cards")
print("failed step that refreshed its card:", counts["refreshed"], "card")
assert counts == {"completed": 1, "failed": 0, "refreshed": 1}, counts
PY
