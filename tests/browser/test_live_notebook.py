"""The explorer with a live kernel, in JupyterLab: what a person sees and does."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lineage.demo import Demo
from tests.browser.conftest import SCREENSHOTS
from tests.support.jupyter import TOKEN, jupyter

ROOT = Path(__file__).parent.parent.parent
Story = tuple[Demo, dict[str, str]]


@pytest.fixture(scope="module")
def place(demo: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the quickstart notebook beside a copy of the demo's store."""
    root = tmp_path_factory.mktemp("live")
    shutil.copytree(demo[0].root, root / "demo")
    (root / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks/quickstart.ipynb", root / "notebooks")
    return root


@pytest.fixture(scope="module")
def errors() -> list[str]:
    return []


@pytest.fixture(scope="module")
def lab(place: Path, browser: Browser, errors: list[str]) -> Iterator[Page]:
    """The quickstart in JupyterLab, all cells run."""
    with jupyter(place) as address:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.goto(f"{address}/lab/tree/notebooks/quickstart.ipynb?token={TOKEN}")
        page.locator(".jp-Notebook").wait_for()
        page.get_by_text("| Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.get_by_text(re.compile(r"^report\.html \d+ kB")).wait_for()  # the last cell's output
        yield page
        context.close()


def card(page: Page, name: str) -> Locator:
    return page.locator(f'.jupyter-widgets .ln-node[data-id="{name}"]')


def test_the_live_view_shows_every_run_and_hides_the_one_without_a_kernel(lab: Page, demo: Story) -> None:
    for pathspec in demo[1].values():
        expect(card(lab, pathspec)).to_be_visible()
    expect(lab.locator(".lineage-still")).to_be_hidden()
    assert "TrainingFlow" in card(lab, demo[1]["training"]).text_content()


def test_the_panel_follows_a_cell_that_selects(lab: Page, demo: Story) -> None:
    expect(lab.locator(f'.lineage-panel [title="{demo[1]["training"]}"]')).to_be_visible()


def test_a_click_shows_a_run_and_its_artifacts_and_loads_a_value_when_asked(lab: Page, demo: Story) -> None:
    card(lab, demo[1]["prediction"]).click()
    expect(lab.locator(f'.lineage-panel [title="{demo[1]["prediction"]}"]')).to_be_visible()
    option = lab.get_by_role("option", name="predictions")
    expect(option).to_be_attached()
    expect(lab.locator(".lineage-panel pre")).to_have_count(0)
    lab.get_by_label("Artifacts").select_option(label=option.text_content())
    lab.get_by_role("button", name="Load value").click()
    expect(lab.locator(".lineage-panel pre")).to_contain_text("35:")


def test_the_keyboard_alone_follows_causes_and_effects(lab: Page, demo: Story) -> None:
    card(lab, demo[1]["prediction"]).click()
    lab.keyboard.press("ArrowLeft")
    lab.keyboard.press("Enter")
    causes = [demo[1][name] for name in ("training", "data")]
    shown = lab.locator(", ".join(f'.lineage-panel [title="{cause}"]' for cause in causes))
    expect(shown.first).to_be_visible()
    lab.keyboard.press("ArrowRight")
    lab.keyboard.press("Enter")
    expect(lab.locator(f'.lineage-panel [title="{demo[1]["prediction"]}"]')).to_be_visible()
    lab.keyboard.press("/")
    expect(lab.locator(".jupyter-widgets input[type=search]").first).to_be_focused()
    lab.keyboard.press("Escape")


def test_it_looks_as_it_should(lab: Page, demo: Story) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    lab.locator(".ln-stage").first.scroll_into_view_if_needed()
    lab.screenshot(path=SCREENSHOTS / "notebook-lab.png")
    box = card(lab, demo[1]["prediction"]).bounding_box()
    assert box is not None
    assert box["width"] > 80, "the labels would be too small to read"


def test_nothing_went_wrong_in_the_page(lab: Page, errors: list[str]) -> None:
    assert errors == []
