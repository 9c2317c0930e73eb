"""The explorer with a live kernel, in JupyterLab and in Notebook 7: what a person sees and does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lineage.demo import Demo
from tests.browser.conftest import Opened, see_no_violation, see_readable_text, visiting
from tests.support.jupyter import beside_demo, choose_theme, jupyter, open_notebook, run_all, run_cell

Story = tuple[Demo, dict[str, str]]
ASK = "print('selected:', explorer.selected)"
# How many cards are lit, and the words that lie on one of them: the line, a pill at an edge, a tooltip.
COVERED = """(live) => {
  const all = (selector) => [...live.querySelectorAll(selector)];
  const seen = (e) => e.checkVisibility({ opacityProperty: true });
  const lit = all(".ln-node.ln-lit > rect").map((e) => e.getBoundingClientRect());
  const stage = live.querySelector(".ln-stage").getBoundingClientRect();
  const bottom = (a) => Math.min(a.bottom, stage.bottom);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < bottom(a);
  const said = all(".ln-line, .ln-beyond button, [role=tooltip]").filter(seen);
  const covering = (e) => lit.some((a) => meet(a, e.getBoundingClientRect()));
  return [lit.length, said.filter(covering).map((e) => e.textContent)];
}"""


@pytest.fixture(scope="module", params=["lab", "notebook"])
def opened(
    request: pytest.FixtureRequest, demo: Story, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Opened]:
    """The quickstart, and a cell that asks what is selected; all cells run."""
    app = request.param
    root = tmp_path_factory.mktemp(app)
    choose_theme(root, "Light")
    beside_demo(root, demo[0], "quickstart.ipynb", ASK)
    with jupyter(root, app) as address, visiting(browser) as opened:
        open_notebook(opened.page, address, "notebooks/quickstart.ipynb", app)
        run_all(opened.page)
        opened.page.get_by_text("selected: [").wait_for()  # the last cell's output
        yield opened


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def card(page: Page, name: str) -> Locator:
    return page.locator(f'.lineage-live .ln-node[data-id="{name}"]')


def details(page: Page, name: str) -> Locator:
    """The details beside the graph, if they are those of this run."""
    run = page.locator(".ln-copy code").get_by_text(name)
    return page.locator(".lineage-live .ln-details").filter(has=run)


def test_the_live_view_shows_every_run_and_hides_the_one_without_a_kernel(page: Page, demo: Story) -> None:
    for pathspec in demo[1].values():
        expect(card(page, pathspec)).to_be_visible()
    expect(page.locator(".lineage-still")).to_be_hidden()
    expect(card(page, demo[1]["training"])).to_contain_text("TrainingFlow")
    # the cell of JupyterLab is narrower than that of Notebook 7 and leaves cards beyond the edge
    counted = re.compile(r"^(All|\d of) 8 runs in sight$")
    expect(page.locator(".lineage-live .ln-counter")).to_have_text(counted)


def test_the_details_follow_a_cell_that_selects(page: Page, demo: Story) -> None:
    expect(details(page, demo[1]["training"])).to_be_visible()


def test_a_click_shows_a_run_and_its_artifacts_and_loads_a_value_when_asked(page: Page, demo: Story) -> None:
    card(page, demo[1]["prediction"]).click()
    shown = details(page, demo[1]["prediction"])
    expect(shown.locator(".ln-facts").first).to_have_css("display", "grid")  # JupyterLab has rules of its own
    artifact = shown.locator("[data-artifact=predictions]")
    expect(artifact).to_contain_text("dict")
    expect(artifact).to_contain_text("read by 1 run")
    expect(shown.locator(".ln-value")).to_have_count(0)
    artifact.get_by_role("button", name="Load predictions").click()
    expect(artifact.locator(".ln-tree")).to_contain_text("35:")
    expect(shown.get_by_text("predictionflow.py")).to_be_attached()


def test_a_failed_run_says_in_which_step_and_on_a_click_why(page: Page, demo: Story) -> None:
    card(page, demo[1]["prediction"]).click()
    # an effect is a link, and its card may be beyond the edge
    details(page, demo[1]["prediction"]).get_by_role("button", name=demo[1]["failed"]).first.click()
    shown = details(page, demo[1]["failed"])
    expect(shown).to_contain_text("Failed in step send.")
    expect(shown).not_to_contain_text("ConnectionError")
    shown.get_by_role("button", name="Show why").click()
    expect(shown).to_contain_text("ConnectionError: the mail server does not answer")


def test_causes_are_links_that_select(page: Page, demo: Story) -> None:
    card(page, demo[1]["prediction"]).click()
    details(page, demo[1]["prediction"]).get_by_role("button", name=demo[1]["training"]).click()
    expect(details(page, demo[1]["training"])).to_be_visible()


def test_another_cell_knows_what_was_clicked(page: Page, demo: Story) -> None:
    for name in ("training", "data"):
        card(page, demo[1][name]).click()
        expect(details(page, demo[1][name])).to_be_visible()
        run_cell(page, ASK)
        expect(page.get_by_text(f"selected: ['{demo[1][name]}']", exact=True)).to_be_attached()


def test_the_keyboard_alone_follows_causes_and_effects(page: Page, demo: Story) -> None:
    card(page, demo[1]["prediction"]).click()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(details(page, demo[1]["training"]).or_(details(page, demo[1]["data"]))).to_be_visible()
    page.keyboard.press("Escape")  # from the details, where Enter led, back to the graph
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    shown = details(page, demo[1]["prediction"])
    shown.get_by_role("button", name="Hide predictions").focus()  # it was loaded before
    page.keyboard.press("Enter")  # JupyterLab would edit a cell
    expect(shown.get_by_role("button", name="Show predictions")).to_be_focused()
    page.keyboard.press("Enter")
    expect(shown.locator(".ln-tree")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator(".lineage-live input[type=search]").first).to_be_focused()
    page.keyboard.press("Escape")


def test_what_is_said_covers_no_lit_card_by_pointer_or_by_keys(page: Page, demo: Story) -> None:
    live = page.locator(".lineage-live", has=page.locator(f'[data-id="{demo[1]["prediction"]}"]'))
    stage, line = live.locator(".ln-stage"), live.locator(".ln-line")
    stage.scroll_into_view_if_needed()

    def see_nothing_covered() -> None:
        expect(line).to_contain_text("PredictionFlow")
        lit, covered = live.evaluate(COVERED)
        assert lit > 3
        assert covered == []

    card(page, demo[1]["prediction"]).hover()
    see_nothing_covered()
    page.mouse.move(5, 500)
    expect(line).to_contain_text("Point at a run")
    stage.focus()
    page.keyboard.press("Home")
    see_nothing_covered()
    card(page, demo[1]["prediction"]).click()
    page.mouse.move(5, 500)


def test_typing_moves_nothing_in_the_notebook(page: Page) -> None:
    parts = [
        page.locator(f".lineage-live {part}").first for part in (".ln-tools", ".ln-stage", ".ln-details")
    ]
    box = page.locator(".lineage-live input[type=search]").first
    box.scroll_into_view_if_needed()
    before = [part.bounding_box() for part in parts]
    for character in "status:failed and (":
        box.press_sequentially(character)
        assert [part.bounding_box() for part in parts] == before
    expect(page.locator(".lineage-live .ln-wrong").first).to_be_visible()
    assert [part.bounding_box() for part in parts] == before
    box.press("Escape")


def test_axe_finds_no_violation(page: Page) -> None:
    see_no_violation(page, ".lineage-live .lineage")


def test_it_looks_as_it_should_and_its_text_is_never_too_small(
    opened: Opened, page: Page, request: pytest.FixtureRequest
) -> None:
    page.locator(".ln-stage").first.scroll_into_view_if_needed()
    page.mouse.move(5, 500)  # or the card's tip covers half of it
    opened.picture(f"notebook-{request.node.callspec.params['opened']}")
    see_readable_text(page, page.locator(".lineage-live").first)


def test_nothing_went_wrong_in_the_page_and_it_wanted_nothing_from_the_network(opened: Opened) -> None:
    assert opened.errors == []
    assert opened.requests == []
