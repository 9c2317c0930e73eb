"""The bar that says how far a refresh is."""

from __future__ import annotations

import sys

import pytest

from lineage import progress as module
from lineage.progress import meter


def test_it_says_how_many_of_how_many_and_how_long_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DELAY", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with meter("local store at /x") as progress:
        for done in range(0, 101, 20):
            progress(done, 100)
    said = capsys.readouterr().err
    assert "local store at /x" in said
    assert "0/100" in said


def test_what_is_over_at_once_needs_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with meter("x") as progress:
        progress(1, 1)
    with meter("x"):
        pass
    assert capsys.readouterr().err.strip() == ""
