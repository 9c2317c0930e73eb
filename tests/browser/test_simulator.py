"""The simulator in JupyterLab with a live kernel, and in a page without one: what a person sees and does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lineage import trace
from lineage.demo import Demo
from lineage.flow_map import FlowMap, declare
from lineage.records.model import RunRecord, TriggerEvent
from lineage.sources import MemorySource
from tests.browser.conftest import SCREENSHOTS, SMALLEST, Opened, see_no_violation, visiting
from tests.support.jupyter import beside_demo, change_theme, choose_theme, jupyter, open_notebook, run_all

Story = tuple[Demo, dict[str, str]]
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
SCROLLS_ACROSS = """element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
  && element.scrollWidth > element.clientWidth"""


def button(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def card(place: Locator, name: str) -> Locator:
    return place.locator(f'.ln-node[data-id="{name}"]')


# ---- in a notebook


@pytest.fixture(scope="module")
def opened(demo: Story, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Opened]:
    """The simulator notebook in JupyterLab, all cells run."""
    root = tmp_path_factory.mktemp("simulator")
    choose_theme(root, "Light")
    beside_demo(root, demo[0], "simulator.ipynb")
    with jupyter(root) as address, visiting(browser, width=1700) as opened:
        page = opened.page
        open_notebook(page, address, "notebooks/simulator.ipynb")
        run_all(page)
        page.get_by_text("ingestflow.py run").first.wait_for()  # the last cell's output
        expect(page.locator(".jupyter-widgets .ln-play")).to_have_count(2)
        yield opened


@pytest.fixture
def lab(opened: Opened) -> Page:
    return opened.page


@pytest.fixture
def widget(lab: Page) -> Locator:
    """The whole simulator, its panel and buttons with it; the notebook's first."""
    return lab.locator(".jp-OutputArea-output", has=lab.locator(".ln-play-live")).first


def picture(lab: Page, place: Locator, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    place.evaluate("element => element.scrollIntoView({block: 'center'})")
    lab.mouse.move(5, 500)
    lab.wait_for_timeout(400)  # the time glides to its place
    lab.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_the_map_shows_every_flow_and_tells_of_the_one_that_is_clicked(lab: Page) -> None:
    place = lab.locator(".jp-OutputArea-output", has=lab.locator(".lineage-map")).first
    expect(place.locator(".ln-node")).to_have_count(8)
    expect(card(place, "event:new_data")).to_have_text(re.compile("event.*new_data.*external"))
    card(place, "PredictionFlow").click()
    expect(place.get_by_text("TrainingFlow, DataFlow", exact=True)).to_be_visible()
    picture(lab, place, "flow-map")


def test_play_lets_a_flow_fire_and_step_back_takes_it_back(lab: Page, widget: Locator) -> None:
    for sign in widget.locator(".ln-play button svg path").all():
        assert sign.get_attribute("d")
    prediction = card(widget, "PredictionFlow")
    expect(prediction).to_contain_text(re.compile("^idle.*0 of 2$"))
    button(widget, "Play").hover()  # scrolls it into view
    places = [button(widget, name).bounding_box() for name in ("Play", "Pause")]
    button(widget, "Play").click()
    expect(button(widget, "Pause")).to_be_focused()
    expect(button(widget, "Play")).to_be_disabled()
    assert [button(widget, name).bounding_box() for name in ("Play", "Pause")] == places
    expect(prediction).to_contain_text(re.compile("^waits.*1 of 2$"))
    expect(prediction).to_contain_text("running")
    expect(card(widget, "ReportFlow")).to_contain_text("completed")
    expect(button(widget, "Play")).to_be_enabled()  # it has come to its end by itself
    expect(button(widget, "Step")).to_be_disabled()
    button(widget, "Step back").click()
    expect(card(widget, "ReportFlow")).to_contain_text("running")
    button(widget, "To the start").click()
    expect(prediction).to_contain_text(re.compile("^idle.*0 of 2$"))


def test_the_keyboard_scrubs_and_the_sentence_follows_the_selection(lab: Page, widget: Locator) -> None:
    slider = widget.get_by_role("slider", name="Time")
    slider.focus()
    said = widget.locator(".ln-play-said")
    while "TrainingFlow starts" not in said.inner_text():  # how many moments before depends on past runs
        expect(button(widget, "Step")).to_be_enabled()
        lab.keyboard.press("ArrowRight")
        lab.wait_for_timeout(100)
    expect(card(widget, "TrainingFlow")).to_contain_text("running")
    button(widget, "Step back").focus()
    lab.keyboard.press("Enter")
    expect(card(widget, "TrainingFlow")).to_contain_text("idle")
    button(widget, "Step").focus()
    lab.keyboard.press("Space")
    expect(card(widget, "TrainingFlow")).to_contain_text("running")
    expect(said).to_have_text(re.compile("ETLFlow finishes.+TrainingFlow starts"))
    card(widget, "PredictionFlow").click()
    reason = re.compile(
        r"PredictionFlow waits for TrainingFlow: it fires at .+ because TrainingFlow finished at .+"
        r" and DataFlow finished at"
    )
    expect(widget.locator(".ln-play-why")).to_have_text(reason)
    picture(lab, widget.locator(".ln-play"), "simulator")


def test_what_is_set_in_the_panel_is_simulated_at_once(lab: Page, widget: Locator) -> None:
    card(widget, "TrainingFlow").click()
    takes = widget.get_by_label("Takes")
    expect(takes).to_have_value("900s")  # the notebook's next cell said so
    widget.get_by_label("Ends").select_option("failing")
    card(widget, "PredictionFlow").click()
    expect(widget.locator(".ln-play-why")).to_contain_text(
        "PredictionFlow does not fire: TrainingFlow failed"
    )
    card(widget, "TrainingFlow").click()
    expect(takes).to_have_value("900s")  # the field that showed PredictionFlow before is TrainingFlow's now
    takes.fill("soon")
    takes.press("Enter")
    expect(widget.get_by_role("alert")).to_contain_text("invalid duration 'soon': use 90s, 15min, 6h or 2d")
    takes.fill("20s")
    takes.press("Enter")
    widget.get_by_label("Ends").select_option("well")
    expect(widget.get_by_role("alert")).to_be_hidden()


def test_another_thing_happens_from_the_panel_and_from_the_list(lab: Page, widget: Locator) -> None:
    card(widget, "event:new_data").click()
    happens = widget.get_by_label("It arrives at the start")
    expect(happens).to_be_checked()
    happens.uncheck()
    card(widget, "PredictionFlow").click()
    expect(widget.locator(".ln-play-why")).to_contain_text("waits for DataFlow (got TrainingFlow")
    expect(button(widget, "new_data ✕")).to_have_count(0)
    add = widget.get_by_placeholder("Add a flow or an event")
    add.fill("new_data")
    add.press("Enter")
    expect(button(widget, "new_data ✕")).to_be_visible()
    expect(widget.locator(".ln-play-why")).to_contain_text(re.compile("^PredictionFlow .*fires at"))


def test_a_real_run_is_beside_the_simulated_one(lab: Page, demo: Story) -> None:
    place = lab.locator(".jp-OutputArea-output", has=lab.locator(".ln-play-live")).nth(1)
    card(place, "PredictionFlow").click()
    expect(place.get_by_text(f"{demo[1]['prediction']} completed in")).to_be_visible()
    expect(place.get_by_text("thin bars: what really happened")).to_be_visible()
    button(place, "Step").click()
    picture(lab, place.locator(".ln-play"), "simulator-real-run")


def test_a_replay_asks_runs_for_real_and_shows_how_far_it_is(lab: Page, widget: Locator) -> None:
    button(widget, "Replay for real …").click()
    expect(widget.get_by_text("This runs 6 flows on this machine")).to_be_visible()
    picture(lab, button(widget, "Not now"), "simulator-replay-asks")
    button(widget, "Run these 6 now").click()
    expect(card(widget, "TrainingFlow")).to_contain_text("running", timeout=60_000)
    picture(lab, button(widget, "Cancel the replay"), "simulator-replay")
    done = widget.get_by_text("Not all of it completed")  # the demo's ReportFlow has no mail server
    done.wait_for(timeout=90_000)
    expect(card(widget, "ReportFlow")).to_contain_text("failed")
    expect(widget.get_by_text("the mail server does not answer").first).to_be_visible()
    button(widget, "Back to the simulation").click()
    expect(button(widget, "Replay for real …")).to_be_visible()


def test_nothing_in_the_simulator_is_too_small_to_read_in_any_width(lab: Page, widget: Locator) -> None:
    wide = lab.viewport_size
    assert wide
    simulator = widget.locator(".ln-sim")
    for width in (600, 900, 1200, 1440):
        lab.set_viewport_size({"width": width, "height": wide["height"]})
        assert simulator.evaluate(SMALLEST) >= 11
        assert simulator.evaluate(f"root => [...root.querySelectorAll('*')].filter({SCROLLS_ACROSS})") == []
        if width in (900, 1440):
            picture(lab, widget.locator(".ln-play-band"), f"simulator-{width}")
    lab.set_viewport_size(wide)


def test_it_follows_the_notebook_into_the_dark_theme(lab: Page, widget: Locator) -> None:
    change_theme(lab, "Dark")
    place = lab.locator(".jp-OutputArea-output", has=lab.locator(".lineage-map")).first
    for root in (place.locator(".lineage"), widget.locator(".ln-play")):
        expect(root.first).to_have_attribute("data-theme", "dark")
    picture(lab, place, "flow-map-dark")
    expect(widget.locator(".ln-sim")).to_have_attribute("data-theme", "dark")
    picture(lab, widget.locator(".ln-play"), "simulator-dark")
    see_no_violation(lab, ".ln-sim")


def test_nothing_went_wrong_in_the_page_and_it_wanted_nothing_from_the_network(opened: Opened) -> None:
    assert opened.errors == []
    assert opened.requests == []


# ---- in a report


def report(tmp_path: Path) -> str:
    """ETLFlow/1 > TrainingFlow/2, with a flow map on which ScoreFlow waits for DataFlow too."""
    cause = TriggerEvent("metaflow.ETLFlow.end", "ETLFlow/1/end/9", NOON, "run")
    ends = {"status": "completed", "created_at": NOON, "finished_at": NOON + timedelta(minutes=5)}
    runs = [RunRecord("ETLFlow", "1", **ends), RunRecord("TrainingFlow", "2", triggers=(cause,), **ends)]
    flows = FlowMap.of(
        [
            declare("ETLFlow", durations=(240, 300, 600)),
            declare("TrainingFlow", on_finish=["ETLFlow"], durations=(600, 900, 1500)),
            declare("DataFlow", on=["</script><b>new"], durations=(60,)),
            declare("ScoreFlow", on_finish=["TrainingFlow", "DataFlow"], durations=(60,)),
            declare("OtherFlow"),
        ]
    )
    lineage = trace("TrainingFlow", source=MemorySource(runs))
    return lineage.to_html(tmp_path / "report.html", simulate=flows).read_text("utf-8")


@pytest.mark.parametrize("dark", [False, True])
def test_the_report_plays_each_stimulus_without_a_network(
    open_page: Callable[..., Opened], tmp_path: Path, dark: bool
) -> None:
    opened = open_page(report(tmp_path), dark=dark)
    place = opened.page.locator("main + section")
    expect(place.get_by_role("heading", name="What would fire")).to_be_visible()
    choice = place.get_by_role("combobox")
    assert choice.locator("option").all_inner_texts() == [
        "ETLFlow runs",
        "</script><b>new arrives",
        "DataFlow runs",
        "TrainingFlow runs",
    ]
    button(place, "Play").click()
    expect(card(place, "ScoreFlow")).to_contain_text(re.compile("^waits.*1 of 2$"))
    card(place, "ScoreFlow").click()
    expect(place.locator(".ln-play-why")).to_have_text(
        "ScoreFlow waits for DataFlow (got TrainingFlow at 12:20)."
    )
    expect(place.locator(".ln-play-end")).to_contain_text(
        "all is done: 2 of 4 flows will have run, DataFlow and ScoreFlow not."
    )
    opened.page.mouse.move(5, 5)
    place.scroll_into_view_if_needed()
    opened.page.wait_for_timeout(700)
    SCREENSHOTS.mkdir(exist_ok=True)
    name = f"report-simulation{'-dark' if dark else ''}.png"
    opened.page.screenshot(path=SCREENSHOTS / name, full_page=True)
    choice.select_option("DataFlow runs")
    expect(place.locator(".ln-play-why")).to_have_text(
        "ScoreFlow waits for TrainingFlow (got DataFlow at 12:01)."
    )
    expect(card(place, "ScoreFlow")).to_contain_text(re.compile("^idle.*0 of 2$"))
    assert opened.errors == []
    assert opened.requests == []


AXIS = """section => {
  const box = (selector) => section.querySelector(selector).getBoundingClientRect();
  const slider = section.querySelector("input[type=range]");
  const { left, width } = slider.getBoundingClientRect();
  const knob = 16; // pixels across, as player.css says
  const labels = [...section.querySelectorAll(".ln-play-tick, .ln-play-clock")]
    .filter((label) => label.checkVisibility({ visibilityProperty: true }))
    .map((label) => label.getBoundingClientRect())
    .sort((a, b) => a.left - b.left);
  return {
    knob: left + knob / 2 + (slider.value / slider.max) * (width - knob),
    bars: [...section.querySelectorAll(".ln-play-bar")].map((bar) => bar.getBoundingClientRect().left),
    clock: box(".ln-play-clock").left + box(".ln-play-clock").width / 2,
    level: slider.getBoundingClientRect().top + slider.clientHeight / 2,
    overlaps: labels.filter((label, i) => i && label.left < labels[i - 1].right).length,
    broken: labels.filter(({ height }) => height > 20).length,
    wider: [...section.querySelectorAll("*")].filter(SCROLLS).length,
    smallest: SMALLEST(section),
  };
}""".replace("SCROLLS", SCROLLS_ACROSS).replace("SMALLEST", f"({SMALLEST})")


def test_slider_clock_and_lanes_share_one_axis_in_every_width(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    page = open_page(report(tmp_path)).page
    page.emulate_media(reduced_motion="reduce")
    place = page.locator("main + section")
    clock = place.locator(".ln-play-clock")
    button(place, "To the start").focus()
    for width in (1440, 1200, 900, 600):
        page.set_viewport_size({"width": width, "height": 900})
        button(place, "Step").click()
        button(place, "Step").click()
        expect(clock).to_have_text("12:05")
        seen = place.evaluate(AXIS)
        second = seen["bars"][1]
        assert seen["knob"] == pytest.approx(second, abs=1)
        assert seen["clock"] == pytest.approx(second, abs=1)
        assert (seen["overlaps"], seen["broken"], seen["wider"]) == (0, 0, 0)
        assert seen["smallest"] >= 11
        page.mouse.move(second, seen["level"])
        page.mouse.down()
        page.mouse.move(seen["bars"][0] + 2, seen["level"])
        page.mouse.up()
        expect(clock).to_have_text("12:00")
        page.mouse.click(second + 3, seen["level"])  # goes to the nearest moment
        expect(clock).to_have_text("12:05")
        page.keyboard.press("Home")
    expect(place.locator(".ln-play-day")).to_have_text("1 Jan 2026 · UTC")
    see_no_violation(page, "body")


def test_the_pages_rest_is_as_without_a_simulation(open_page: Callable[..., Opened], tmp_path: Path) -> None:
    opened = open_page(report(tmp_path))
    main = opened.page.locator("main")
    expect(main.get_by_role("button", name="Timeline")).to_be_visible()
    expect(main.locator('.ln-node[data-id="TrainingFlow/2"]')).to_be_visible()
    assert "OtherFlow" not in opened.page.content(), "what hangs on none of the report's flows is left out"
