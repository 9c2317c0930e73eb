"""What readers bring along: positions of their own, paper, a larger font, less motion, a bookmark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lineage.graph import Lineage
from lineage.report import page
from tests.browser.conftest import SCREENSHOTS, Opened
from tests.browser.test_viewer import card, places, selected
from tests.support.lineages import trigger_lineage
from tests.support.scenes import made_up_scene, small_scene

Open = Callable[..., Opened]
STEP = (262, 66)  # pixels of a column and of a row, at no zoom


def test_positions_of_the_users_own_are_kept_as_they_are(open_page: Open, tmp_path: Path) -> None:
    graph = trigger_lineage(6, 1)
    layout = {key: (0.5 + i * 1.25, (i % 3) * 1.5) for i, key in enumerate(graph)}
    target = tmp_path / "own.html"
    Lineage(graph, source="made up").to_html(target, layout=layout)
    opened = open_page(target.read_text("utf-8"))
    drawn = places(opened)
    assert drawn.keys() == layout.keys()
    for key, (x, y) in layout.items():
        assert drawn[key] == pytest.approx([x * STEP[0], y * STEP[1]], abs=0.1)
    assert opened.errors == []


def test_parameters_code_and_artifacts_are_read_in_the_details(open_page: Open) -> None:
    scene = small_scene()
    scene["nodes"][5] |= {
        "parameters": {"alpha": 0.1, "table": "orders"},
        "code": {"script": "predict.py", "commit": "0a1b2c3"},
        "artifacts": [
            {"name": "metrics", "type": "dict", "size": 1200, "value": {"auc": 0.91}},
            {"name": "model", "type": "Model", "error": "No module named 'torch'"},
            {"name": "rows", "type": "int"},
        ],
    }
    opened = open_page(page(scene))
    details = opened.page.locator(".ln-details")
    for heading, text in (("Parameters", "orders"), ("Code", "predict.py"), ("Artifacts", "1.2 kB")):
        section = details.locator("section", has_text=heading)
        expect(section).to_contain_text(text)
    expect(details.get_by_text('"auc": 0.91')).to_be_hidden()
    details.get_by_text("metrics").click()
    expect(details.get_by_text('"auc": 0.91')).to_be_visible()
    details.get_by_text("model", exact=True).click()
    expect(details.get_by_text("No module named 'torch'")).to_be_visible()
    opened.picture("artifacts")
    assert opened.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_paper_has_the_picture_the_details_and_every_row_but_no_buttons(open_page: Open, dark: bool) -> None:
    opened = open_page(page(made_up_scene(30, 3)), dark=dark, width=800)
    opened.page.emulate_media(media="print")
    for part in (".ln-tabs", ".ln-search", ".ln-menu", ".ln-zooms", ".ln-tip"):
        expect(opened.page.locator(part)).to_be_hidden()
    for part in (".ln-paper", ".ln-counter", ".ln-details"):
        expect(opened.page.locator(part)).to_be_visible()
    hidden = opened.page.locator(".ln-scroll").evaluate("e => e.scrollHeight - e.clientHeight")
    assert hidden == 0
    # ink on white, whatever the screen's theme
    assert opened.page.locator(".lineage").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    opened.page.screenshot(path=SCREENSHOTS / f"print-{'dark' if dark else 'light'}.png", full_page=True)


def test_who_prefers_less_motion_sees_none(open_page: Open) -> None:
    opened = open_page(page(made_up_scene(30, 3)))
    moved_at_once = """() => {
      const world = () => document.querySelector(".ln-world").getAttribute("transform");
      const before = world();
      document.querySelector("[title='Fit to the window']").click();
      return world() !== before;
    }"""
    for preference, at_once in (("no-preference", False), ("reduce", True)):
        opened.page.emulate_media(reduced_motion=preference)
        opened.page.reload()
        before = opened.page.locator(".ln-world").get_attribute("transform")
        opened.page.get_by_title("Zoom in").click()
        expect(opened.page.locator(".ln-world")).not_to_have_attribute("transform", before or "")
        assert opened.page.evaluate(moved_at_once) is at_once


@pytest.mark.parametrize(("width", "height"), [(720, 450), (360, 640)], ids=["200 %", "400 %"])
@pytest.mark.parametrize("view", ["Graph", "Timeline"])
def test_a_larger_font_needs_no_scrolling_sideways(
    open_page: Open, width: int, height: int, view: str
) -> None:
    opened = open_page(page(small_scene()), width=width, height=height)
    opened.page.get_by_role("button", name=view).click()
    beyond = opened.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert beyond <= 0
    for part in (".ln-title", ".ln-stage", ".ln-details"):
        expect(opened.page.locator(part)).to_be_visible()
    opened.picture(f"zoomed-{width}-{view.lower()}")


def test_the_selection_in_the_address_survives_a_reload(open_page: Open) -> None:
    opened = open_page(page(small_scene()))
    card(opened, "DataFlow/8").click()
    card(opened, "ETLFlow/17").click(modifiers=["Shift"])
    opened.page.reload()
    assert sorted(selected(opened)) == ["DataFlow/8", "ETLFlow/17"]
    assert opened.errors == []
