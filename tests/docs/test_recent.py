"""What the page on recent cascades says runs, as it stands there, on the demo's runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs/guide/recent.md"


def test_its_code_runs(demo_runs: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    named: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL):
        exec(compile(block, PAGE.name, "exec"), named)
    said = capsys.readouterr().out
    assert "Last 7 days: 2 cascades, 7 runs" in said
    assert f"{demo_runs['etl']} completed 6 " in said
    assert "event:orders_landed/8f1c was not found" in said
    assert set(named["lin"].runs) >= {demo_runs["prediction"]}
