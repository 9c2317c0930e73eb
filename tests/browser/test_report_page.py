"""The report, opened from a file in a real browser: what a person sees and does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lineage.render.page import page
from tests.browser.conftest import Opened
from tests.render.test_comparison import compared
from tests.support.scenes import small_scene

Open = Callable[..., Opened]


def card(opened: Opened, name: str):  # type: ignore[no-untyped-def] # Playwright's locator
    return opened.page.locator(f'.ln-node[data-id="{name}"]')


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_report_shows_every_run_by_name_and_asks_nothing_of_the_network(
    open_page: Open, dark: bool
) -> None:
    scene = small_scene()
    scene["nodes"][3] |= {"flow": "EmailCampaignFlow", "label": "…413810", "duration": 5940.0}
    opened = open_page(page(scene), dark=dark)
    for node in scene["nodes"]:
        assert card(opened, node["id"]).is_visible()
        name = node.get("flow", node["label"]).replace("CampaignFlow", "Campaign")  # too long for a card
        assert name in card(opened, node["id"]).text_content()
    assert "1 h 39 min" in card(opened, "TrainingFlow/34").text_content()
    opened.picture(f"report-{'dark' if dark else 'light'}")
    assert opened.errors == []
    assert opened.requests == []


def test_a_click_on_a_run_shows_its_details(open_page: Open) -> None:
    opened = open_page(page(small_scene()))
    card(opened, "ETLFlow/17").click()
    details = opened.page.locator(".ln-details")
    text = details.inner_text()
    for expected in (
        "ETLFlow",
        "completed",
        "2026-01-05 06:00:00 UTC",
        "10 min 20 s",
        "2.1 × the usual 5 min of 12 runs",
        "ann",
        "nightly",
    ):
        assert expected in text
    assert "TrainingFlow/34" in text  # what it set off
    assert opened.page.locator("tr[aria-current]").inner_text().startswith("ETLFlow/17")
    assert opened.errors == []


def test_problems_completeness_and_a_comparison_are_said_on_the_page(open_page: Open) -> None:
    opened = open_page(page(small_scene(), compared=compared()))
    text = opened.page.locator("main").inner_text()
    assert "This lineage may be incomplete" in text
    assert "RawFlow/3: the run was a trigger, but it was not found" in text
    assert "All 7 runs in sight" in text
    assert "local store at /data/.metaflow" in text
    frame = opened.page.frame_locator("[aria-label=Comparison] iframe")
    assert frame.locator("h1").inner_text().startswith("They part at ETLFlow (commit 3f2a → 91bc)")
    # the policy of the page lets its cards stand where they belong
    left, right = (
        frame.locator(".card", has_text=name).bounding_box() for name in ("ETLFlow", "TrainingFlow")
    )
    assert left
    assert right
    assert left["x"] + left["width"] < right["x"]
    assert (opened.errors, opened.requests) == ([], [])
