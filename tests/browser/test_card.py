"""Cards where people look at them: in frames, of any size, several in one notebook."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import Opened, see_readable_text
from tests.support.cards import Made, cards_of

Open = Callable[..., Opened]

# How Metaflow's UI makes a frame as high as the card in it (Netflix/metaflow-ui, CardIframe.tsx), hurried on.
_AS_HIGH_AS_ITS_CONTENT = """
heights = [];
setInterval(() => {
  const { scrollHeight, clientHeight, offsetHeight } = card.contentDocument.body;
  heights.push(Math.max(scrollHeight, clientHeight, offsetHeight));
  card.style.height = `${heights.at(-1)}px`;
}, 50);
"""


def framed(card: str, attributes: str, style: str) -> str:
    return (
        '<!doctype html><meta charset="utf-8"><body style="margin:0">'
        f'<iframe id="card" {attributes} style="border:0;width:100%;{style}" '
        f'srcdoc="{escape(card)}"></iframe>'
    )


def viewer_in(place: Page | FrameLocator) -> FrameLocator:
    return place.frame_locator(".lineage-still iframe")


def node(place: FrameLocator, run: str) -> Locator:
    return place.locator(f'.ln-node[data-id="{run}"]')


@pytest.mark.parametrize("width", [1280, 800])
def test_a_card_shows_every_run_by_name_in_a_frame_that_may_nothing_but_run_scripts(
    open_page: Open, with_cards: Made, width: int
) -> None:
    page = cards_of(with_cards.store, with_cards.carded)[None]
    seen = open_page(framed(page, 'sandbox="allow-scripts"', "height:750px"), width=width)
    viewer = viewer_in(seen.page.frame_locator("#card"))
    node(viewer, with_cards.carded).wait_for()
    for run in (with_cards.etl, with_cards.training, with_cards.carded):
        expect(node(viewer, run)).to_be_in_viewport(ratio=1)
        assert run.split("/")[0] in (node(viewer, run).text_content() or "")
    see_readable_text(seen.page, viewer.locator("body"))
    expect(viewer.get_by_role("table").get_by_role("button", name=with_cards.training)).to_have_count(1)
    details = viewer.locator(".ln-details")
    assert "CardedFlow" in details.inner_text()
    details.get_by_role("button", name=with_cards.training).click()
    details.get_by_text(with_cards.etl).wait_for()  # the training run's cause
    viewer.get_by_role("button", name="Timeline").click()
    node(viewer, with_cards.training).wait_for()
    seen.picture(f"card-sandboxed-{width}")
    assert (seen.errors, seen.requests) == ([], [])


def test_a_card_finds_its_height_where_the_frame_follows_the_content(
    open_page: Open, with_cards: Made
) -> None:
    page = cards_of(with_cards.store, with_cards.carded)[None]
    seen = open_page(framed(page, "", "height:0"), width=800)
    seen.page.evaluate(_AS_HIGH_AS_ITS_CONTENT)
    node(viewer_in(seen.page.frame_locator("#card")), with_cards.carded).wait_for()
    seen.page.wait_for_function("heights.length > 10")
    heights = seen.page.evaluate("heights")
    assert set(heights[2:]) == {640}
    seen.picture("card-in-the-ui-800")
    assert (seen.errors, seen.requests) == ([], [])


def test_several_cards_stand_in_one_notebook_cell(open_page: Open, with_cards: Made) -> None:
    near, whole = (cards_of(with_cards.store, with_cards.carded)[name] for name in ("near", None))
    cell = "".join(f"<div class='embed'>{card}</div>" for card in (near, whole))
    seen = open_page(f"<!doctype html><h1>A notebook</h1>{cell}")
    frames = seen.page.locator(".lineage-still iframe")
    assert frames.count() == 2
    node(frames.nth(1).content_frame, with_cards.etl).wait_for()
    node(frames.nth(0).content_frame, with_cards.training).wait_for()
    assert node(frames.nth(0).content_frame, with_cards.etl).count() == 0
    assert seen.page.locator("body").evaluate("body => getComputedStyle(body).margin") == "8px"  # the host's
    assert (seen.errors, seen.requests) == ([], [])


def test_a_card_without_a_trigger_says_so_in_its_head(open_page: Open, with_cards: Made) -> None:
    seen = open_page(cards_of(with_cards.store, with_cards.etl)[None])
    viewer = viewer_in(seen.page)
    viewer.get_by_text("Nothing triggered this run").wait_for()
    seen.picture("card-without-a-trigger")
    assert (seen.errors, seen.requests) == ([], [])
