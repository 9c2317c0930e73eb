"""What has a place keeps it, whatever is shown, opened, found or read again; only Tidy moves anything."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from lineage.render.page import page
from lineage.viewer import script, stylesheet
from tests.browser.conftest import Opened
from tests.browser.test_viewer import IMPORT, assert_placed, card, places, shown
from tests.support.scenes import made_up_scene

Open = Callable[..., Opened]
Places = dict[str, list[float]]


@pytest.fixture
def open_calm(open_page: Open) -> Open:
    """Nothing glides, and the first drawing is done: what is measured stands."""

    def opened(document: str) -> Opened:
        made = open_page("<!doctype html><title>empty</title>", at="#view=graph")
        made.page.emulate_media(reduced_motion="reduce")
        made.page.set_content(document)
        made.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return made

    return opened


def button(opened: Opened, name: str) -> Locator:
    return opened.page.get_by_role("button", name=name)


def come_closer(opened: Opened) -> None:
    """From afar there are only marks; zoom in until there are cards, which say where they stand."""
    for _ in range(20):
        if opened.page.locator(".ln-svg").is_visible():
            return
        opened.page.get_by_title("Zoom in").click()
        opened.page.evaluate("new Promise(requestAnimationFrame)")
    raise AssertionError("no cards at any zoom")


def assert_kept(before: Places, after: Places) -> None:
    """Cards stand where they stood; a bundle may have been unfolded, and a run's card is never lost."""
    runs = {name: place for name, place in before.items() if not name.startswith("bundle:")}
    assert {name: after.get(name) for name in runs} == runs


def assert_apart(drawn: Places) -> None:
    """No card lies on another one."""
    columns: dict[float, list[float]] = {}
    for x, y in drawn.values():
        columns.setdefault(x, []).append(y)
    for ys in map(sorted, columns.values()):
        assert all(b - a > 66 for a, b in pairwise(ys))


@pytest.mark.parametrize("runs", [60, 300])
def test_all_draws_the_rest_around_the_part_and_part_leads_back(open_calm: Open, runs: int) -> None:
    opened = open_calm(page(made_up_scene(runs, 3)))
    world = opened.page.locator(".ln-world")
    before, seen = places(opened), world.get_attribute("transform")
    button(opened, "All:").click()
    assert f"All {runs} runs in sight" in shown(opened)
    come_closer(opened)
    whole = places(opened)
    assert len(whole) > len(before) > 5
    assert_kept(before, whole)
    assert_apart(whole)
    button(opened, "Part:").click()
    expect(world).to_have_attribute("transform", seen or "")
    assert places(opened) == before
    assert opened.errors == []


def test_tidy_gives_the_scenes_places_and_the_focus_stays_under_the_eyes(open_calm: Open) -> None:
    scene = made_up_scene(300, 3)
    focus = scene["nodes"][scene["focus"][0]]["id"]
    opened = open_calm(page(scene))
    tidy = button(opened, "Tidy")
    expect(tidy).to_be_disabled()  # what opens is tidy
    tools = {name: button(opened, name).bounding_box() for name in ("Tidy", "Part:", "All:")}
    button(opened, "All:").click()
    expect(tidy).to_be_enabled()
    expect(button(opened, "All:")).to_have_attribute("aria-pressed", "true")
    assert {name: button(opened, name).bounding_box() for name in tools} == tools
    come_closer(opened)
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()
    at = card(opened, focus).bounding_box()
    opened.page.get_by_title("Zoom in").focus()
    opened.page.keyboard.press("Shift+Tab")
    expect(tidy).to_be_focused()
    opened.page.keyboard.press("Enter")
    expect(tidy).to_be_disabled()
    expect(opened.page.locator(".ln-stage")).to_be_focused()
    drawn = places(opened)
    assert_placed(drawn, {node["id"]: (node["x"], node["y"]) for node in scene["nodes"]})
    assert card(opened, focus).bounding_box() == pytest.approx(at, abs=0.5)
    button(opened, "Part:").click()
    assert_kept(places(opened), drawn)
    expect(tidy).to_be_enabled()  # the part stands where the whole had it
    opened.page.locator(".ln-stage").focus()
    opened.page.keyboard.press("t")
    expect(tidy).to_be_disabled()
    assert opened.errors == []


def test_opening_unfolding_and_finding_move_nothing(open_calm: Open) -> None:
    opened = open_calm(page(made_up_scene(300, 3)))
    stage, keys = opened.page.locator(".ln-stage"), opened.page.keyboard
    before = places(opened)
    bundle = opened.page.locator(".ln-node", has_text="completed runs").first
    x, y = before[bundle.get_attribute("data-id") or ""]  # of the lowest of its cards, 8 pixels off
    bundle.click()
    button(opened, "Unfold").click()
    unfolded = places(opened)
    assert_kept(before, unfolded)
    assert any(place == pytest.approx([x - 8, y - 8]) for place in unfolded.values())  # handed on to a run
    stage.focus()
    keys.press("Home")
    for direction in ("ArrowLeft", "ArrowRight", "ArrowRight"):
        before = places(opened)
        keys.press(direction)
        keys.press("+")
        assert_kept(before, places(opened))
    before = places(opened)
    box = opened.page.get_by_label("Find runs")
    box.fill("status:failed")
    for _ in range(3):
        box.press("Enter")
    after = places(opened)
    assert len(after) > len(before)
    assert_kept(before, after)
    assert_apart(after)
    assert opened.errors == []


def upside_down(scene: dict[str, Any], without: int = 0) -> dict[str, Any]:
    """The same lineage as a new layout might draw it, the last nodes not read yet."""
    count = len(scene["nodes"]) - without
    return scene | {
        "nodes": [node | {"y": -node["y"]} for node in scene["nodes"][:count]],
        "edges": [
            {k: v for k, v in edge.items() if k != "route"}
            for edge in scene["edges"]
            if max(edge["source"], edge["target"]) < count
        ],
    }


@pytest.mark.parametrize("whole", [False, True], ids=["part", "all"])
def test_a_refresh_moves_nothing(open_calm: Open, whole: bool) -> None:
    scene = made_up_scene(60, 3)
    opened = open_calm(f"<!doctype html><title>live</title><style>{stylesheet()}</style><div id=here></div>")
    opened.page.evaluate(IMPORT, script())
    opened.page.evaluate(
        "scene => { window.view = lineage.mount(document.getElementById('here'), scene, {}); }",
        upside_down(scene, without=12),
    )
    part = places(opened)
    if whole:
        button(opened, "All:").click()
        come_closer(opened)
    before = places(opened)
    zoom = opened.page.locator(".ln-world").get_attribute("transform")
    opened.page.evaluate("scene => view.update(scene)", scene)
    after = places(opened)
    assert_kept(before, after)
    assert_apart(after)
    assert opened.page.locator(".ln-world").get_attribute("transform") == zoom
    if whole:
        assert len(after) == len(scene["nodes"])
        button(opened, "Part:").click()
        assert_kept(part, places(opened))
    assert opened.errors == []
