"""What readers bring along: positions, paper, a larger font, a narrow window or a frame, a bookmark."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from lineage import Lineage
from lineage.render.page import page
from tests.browser.conftest import SCREENSHOTS, Opened, see_no_violation
from tests.browser.test_viewer import assert_placed, card, places, selected, shown
from tests.support.lineages import trigger_lineage
from tests.support.scenes import chain_scene, made_up_scene, small_scene

Open = Callable[..., Opened]


def test_positions_of_the_users_own_are_kept_as_they_are(open_page: Open, tmp_path: Path) -> None:
    graph = trigger_lineage(6, 1)
    layout = {key: (0.5 + i * 1.25, (i % 3) * 1.5) for i, key in enumerate(graph)}
    target = tmp_path / "own.html"
    Lineage(graph, source="made up").to_html(target, layout=layout)
    opened = open_page(target.read_text("utf-8"))
    drawn = places(opened)
    assert_placed(drawn, layout)
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


def test_a_run_whose_details_were_not_read_says_so_and_one_without_any_is_silent(open_page: Open) -> None:
    scene = small_scene()
    scene["nodes"][5]["unread"] = "Not read: <img src=x onerror=alert(1)> \u202eand so on."
    opened = open_page(page(scene))
    details = opened.page.locator(".ln-details")
    expect(details.get_by_text("Not read: <img src=x onerror=alert(1)> \\u202eand so on.")).to_be_visible()
    opened.picture("unread")
    card(opened, "DataFlow/8").click()
    expect(details.get_by_role("heading", name="DataFlow")).to_be_visible()
    expect(details.get_by_text("Not read")).to_have_count(0)
    assert opened.errors == []


def test_nothing_is_cut_silently(open_page: Open) -> None:
    scene = small_scene()
    scene["nodes"][5]["artifacts"] = [{"name": f"part_{i}"} for i in range(1305)]
    opened = open_page(page(scene))
    artifacts = opened.page.locator(".ln-details section", has_text="Artifacts")
    assert artifacts.locator(".ln-artifact").count() == 300
    expect(artifacts.get_by_text("+1,005 more")).to_be_visible()


def test_a_single_run_is_counted_in_words_for_one(open_page: Open) -> None:
    scene = small_scene()
    opened = open_page(page(scene | {"nodes": scene["nodes"][:1], "edges": [], "focus": [0]}))
    assert shown(opened) == "1 run in sight"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_paper_has_the_picture_the_details_and_every_row_but_no_buttons(open_page: Open, dark: bool) -> None:
    opened = open_page(page(made_up_scene(30, 3)), dark=dark, width=800)
    opened.page.emulate_media(media="print")
    for part in (".ln-tools", ".ln-beyond", ".ln-zooms", ".ln-foot > button", ".ln-line"):
        expect(opened.page.locator(f"{part}:visible")).to_have_count(0)
    for part in (".ln-paper", ".ln-subtitle", ".ln-details"):
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


SEEN = """() => {
  const stage = document.querySelector(".ln-stage").getBoundingClientRect();
  return [...document.querySelectorAll(".ln-node > rect[width='140']")].map((card) => {
    const { left, right } = card.getBoundingClientRect();
    return [left - stage.left, stage.right - right];
  });
}"""


def keep_on_one_line(scene: dict[str, Any]) -> None:
    """Add edges over one run each: only what is nearly a chain is folded."""
    scene["edges"] += [edge | {"target": edge["source"] + 2} for edge in scene["edges"][:-1]]


@pytest.mark.parametrize(("focus", "width"), [(0, 1280), (0, 400), (4, 800), (7, 1280), (7, 400)])
def test_what_opens_leaves_no_room_on_one_side_while_runs_are_hidden_on_the_other(
    open_page: Open, width: int, focus: int
) -> None:
    scene = chain_scene(8, focus)
    keep_on_one_line(scene)
    opened = open_page(page(scene), width=width)
    before, after = (min(room) for room in zip(*opened.page.evaluate(SEEN), strict=True))
    assert min(before, after) < 0, "the chain fits, so this shows nothing"
    assert max(before, after) < 60
    expect(card(opened, f"Stage{focus}Flow/{focus}")).to_be_in_viewport(ratio=1)
    opened.picture(f"chain-{width}-{focus}")


@pytest.mark.parametrize("width", [1280, 800])
def test_three_runs_in_a_row_are_all_there_and_large_enough_to_read(open_page: Open, width: int) -> None:
    opened = open_page(page(chain_scene(3, 2)), width=width, height=640)
    assert min(room for rooms in opened.page.evaluate(SEEN) for room in rooms) > 16
    name = card(opened, "Stage0Flow/0").get_by_text("Stage0Flow")
    assert name.evaluate("text => text.getBoundingClientRect().height") > 10


def test_a_page_about_three_runs_fits_a_laptops_screen(open_page: Open) -> None:
    opened = open_page(page(chain_scene(3, 2)), width=1440, height=900)
    assert opened.page.evaluate("document.documentElement.scrollHeight") == 900


def framed(document: str, attributes: str = "") -> str:
    return (
        f'<!doctype html><body style="margin:0"><iframe id="frame" {attributes} '
        f'style="border:0;width:100%;height:300px" srcdoc="{escape(document)}"></iframe>'
    )


def test_a_frame_as_high_as_its_content_finds_a_height(open_page: Open) -> None:
    opened = open_page(framed(page(small_scene())))
    opened.page.frame_locator("#frame").locator(".ln-node").first.wait_for()
    heights = opened.page.evaluate(
        """async () => {
             const heights = [];
             for (let i = 0; i < 40; i++) {
               heights.push(frame.contentDocument.documentElement.scrollHeight);
               frame.style.height = `${heights.at(-1)}px`;
               await new Promise(requestAnimationFrame);
             }
             return heights;
           }"""
    )
    assert heights[-1] == heights[-10]


def test_in_a_frame_without_an_address_a_click_does_all_but_write_it(open_page: Open) -> None:
    opened = open_page(framed(page(small_scene()), 'sandbox="allow-scripts"'))
    inside = opened.page.frame_locator("#frame")
    inside.locator('.ln-node[data-id="DataFlow/8"]').click()
    expect(inside.locator(".ln-details").get_by_role("heading", name="DataFlow")).to_be_visible()
    inside.get_by_role("button", name="Timeline").click()
    assert opened.errors == []


TEXT_HEIGHTS = """() => [...document.querySelectorAll(".ln-node text")].map((text) => {
  const scale = text.getScreenCTM().a;
  return scale * Number.parseFloat(getComputedStyle(text).fontSize);
})"""


@pytest.mark.parametrize("width", [1440, 1200, 900, 600])
@pytest.mark.parametrize("nodes", [8, 30])
def test_text_on_cards_is_never_smaller_than_11_pixels_as_the_page_opens(
    open_page: Open, width: int, nodes: int
) -> None:
    opened = open_page(page(small_scene() if nodes == 8 else made_up_scene(30, 3)), width=width)
    heights = opened.page.evaluate(TEXT_HEIGHTS)
    assert len(heights) > nodes
    assert min(heights) >= 11
    opened.picture(f"cards-{nodes}-{width}")


@pytest.mark.parametrize("width", [1440, 600])
def test_what_is_said_about_a_run_never_covers_a_card(open_page: Open, width: int) -> None:
    opened = open_page(page(small_scene()), width=width)
    stage, line = opened.page.locator(".ln-stage"), opened.page.locator(".ln-line")
    before = line.bounding_box()
    stage.focus()
    opened.page.keyboard.press("Home")
    expect(line).to_contain_text("PredictionFlow/12")
    said, drawn = line.bounding_box(), stage.bounding_box()
    assert said
    assert drawn
    assert said == before
    assert said["height"] >= 40
    assert said["y"] >= drawn["y"] + drawn["height"]


@pytest.mark.parametrize("width", [1440, 900, 600])
def test_typing_in_the_search_and_selecting_move_nothing(open_page: Open, width: int) -> None:
    opened = open_page(page(small_scene()), width=width)
    parts = [".ln-tools", ".ln-stage", ".ln-line", ".ln-details", ".ln-table"]

    def tops() -> list[float]:
        find = "parts => parts.map(part => document.querySelector(part).getBoundingClientRect().y)"
        return opened.page.evaluate(find, parts)

    before = tops()
    opened.page.get_by_label("Find runs").focus()
    assert tops() == before
    scrolled = opened.page.evaluate("() => { scrollTo(0, 150); return scrollY; }")
    assert scrolled > 50, "the page would be too short to be pulled down"
    before = tops()
    for character in "status:failed and (":
        opened.page.keyboard.type(character)
        assert tops() == before
    expect(opened.page.locator(".ln-wrong")).to_be_visible()
    assert tops() == before
    card(opened, "PredictionFlow/12").click()
    opened.page.keyboard.press("Escape")
    expect(opened.page.locator("tr[aria-current]")).to_have_count(0)
    assert tops() == before


def test_the_notebooks_own_keys_work_while_the_graph_has_the_focus(open_page: Open) -> None:
    """JupyterLab listens at the document first, and leaves alone what an element with its attribute hears."""
    opened = open_page(page(small_scene()))
    opened.page.evaluate(
        """() => {
             window.left = [];
             const listen = ({ key, target }) =>
               target.hasAttribute("data-lm-suppress-shortcuts") || window.left.push(key);
             document.addEventListener("keydown", listen, true);
           }"""
    )
    opened.page.locator(".ln-stage").focus()
    for key in ("ArrowLeft", "Control+s", "Enter"):
        opened.page.keyboard.press(key)
        opened.page.locator(".ln-stage").focus()
    assert opened.page.evaluate("window.left") == ["Control", "s"]


def test_what_lies_off_the_screen_is_said_at_its_edge_and_a_click_or_a_key_goes_there(
    open_page: Open,
) -> None:
    scene = chain_scene(9, 4)
    scene["nodes"][7]["status"] = "failed"
    keep_on_one_line(scene)
    opened = open_page(page(scene), width=900)
    stage = opened.page.locator(".ln-stage")
    before, after = (
        stage.get_by_role("button", name=words) for words in ("← 3 more", "1 failed among 3 more →")
    )
    expect(before).to_be_visible()
    expect(after).to_be_visible()
    expect(stage.locator(".ln-beyond:visible")).to_have_count(2)
    assert shown(opened) == "3 of 9 runs in sight"
    see_no_violation(opened.page, ".ln-body")
    card(opened, "Stage4Flow/4").hover()
    expect(opened.page.locator(".ln-right")).to_have_css("opacity", "0")  # so that no lit card is covered
    opened.page.mouse.move(5, 5)
    after.click()
    expect(card(opened, "Stage7Flow/7")).to_be_in_viewport(ratio=1)
    expect(stage).to_be_focused()
    expect(stage.get_by_role("button", name="← 5 more")).to_be_visible()
    stage.locator(".ln-left button").focus()
    opened.page.keyboard.press("Enter")
    expect(card(opened, "Stage4Flow/4")).to_be_in_viewport(ratio=1)
    opened.picture("beyond")
    assert opened.errors == []


def test_heads_of_different_kinds_lie_side_by_side_and_a_label_touches_no_card(open_page: Open) -> None:
    scene = small_scene()
    read, trigger = (next(e for e in scene["edges"] if e["target"] == 5 and e["source"] == i) for i in (3, 4))
    read |= {"kind": "read", "artifacts": ["a_rather_long_name"]}
    opened = open_page(page(scene))
    assert trigger["kind"] == "trigger"
    heads = opened.page.evaluate(
        """() => {
             const selector = '.ln-node[data-id="PredictionFlow/12"] rect[width="140"]';
             const card = document.querySelector(selector).getBoundingClientRect();
             return [...document.querySelectorAll(".ln-link > path:last-of-type")]
               .map((head) => head.getBoundingClientRect())
               .filter(({ right, y }) => Math.abs(right - card.left) < 12 && y > card.y && y < card.bottom)
               .map(({ top, bottom }) => [top, bottom]);
           }"""
    )
    assert len(heads) == 2
    (_, above), (below, _) = sorted(heads)
    assert above < below
    card(opened, "TrainingFlow/34").hover()
    touched = opened.page.evaluate(
        """() => {
             const boxes = (selector) =>
               [...document.querySelectorAll(selector)].map((e) => e.getBoundingClientRect());
             const labels = boxes(".ln-world > g:last-child rect");
             const cards = boxes(".ln-node > rect[width='140']");
             const across = (a, b) => a.left < b.right && b.left < a.right;
             const meet = (a, b) => across(a, b) && a.top < b.bottom && b.top < a.bottom;
             return [labels.length, labels.filter((a) => cards.some((b) => meet(a, b))).length];
           }"""
    )
    assert touched == [1, 0]


def test_details_come_in_the_order_of_questions_and_link_to_other_pages(open_page: Open) -> None:
    scene = small_scene()
    scene["nodes"][5] |= {
        "parameters": {"alpha": 0.1},
        "code": {"script": "predict.py"},
        "artifacts": [{"name": "metrics"}],
        "tags": ["nightly"],
        "system_tags": ["user:ann", "runtime:dev"],
        "sites": [
            {"name": "Metaflow UI", "url": "https://metaflow.example.com/PredictionFlow/12"},
            {"name": "hostile", "url": "javascript:alert(1)"},
        ],
    }
    opened = open_page(page(scene))
    details = opened.page.locator(".ln-details")
    text = details.inner_text()
    order = ("Triggered by TrainingFlow/34, DataFlow/8", "Set off", "Parameters", "Code", "Artifacts")
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    expect(details.get_by_text("nightly")).to_be_visible()
    expect(details.get_by_text("runtime:dev")).to_be_hidden()
    details.get_by_text("system tags (2)").click()
    expect(details.get_by_text("runtime:dev")).to_be_visible()
    assert details.locator("a").all_inner_texts() == ["Metaflow UI"]
    expect(details.locator("a")).to_have_attribute("href", "https://metaflow.example.com/PredictionFlow/12")
