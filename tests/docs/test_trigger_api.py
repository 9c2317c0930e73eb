"""docs/reference/trigger-api.md names tests: they exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TESTS = ROOT / "tests" / "extension"
PAGE = (ROOT / "docs" / "reference" / "trigger-api.md").read_text()


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`([\w./]+\.py)::(\w+)`", PAGE)
    assert len(named) > 40
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"^def {name}\(", (TESTS / file).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_every_line_of_the_table_has_a_test() -> None:
    table = PAGE.split("## Sentence by sentence")[1].split("## What else")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 20
    assert [line for line in lines if "::test_" not in line.split(" | ")[1]] == []
