"""Why runs are connected: lines, legend, labels and words for the five kinds of edge."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from lineage import trace
from lineage.render.page import page
from lineage.scene.lineage_scene import scene
from lineage.sources import MemorySource
from tests.browser.conftest import Opened, see_no_violation
from tests.browser.test_viewer import card
from tests.support.drawn import drawn_records
from tests.support.scenes import chain_scene

Open = Callable[..., Opened]
EVERY_KIND = """
    IngestFlow/1? > ETLFlow/2 > TrainingFlow/4 > PredictionFlow/6
    new_data! > DataFlow/3 > PredictionFlow/6
    PredictionFlow/6 => DriftFlow/8
    PredictionFlow/6 > ReportFlow/7
    ReportFlow/7 ~ ReportFlow/9
    TrainingFlow/4 .model.> ReportFlow/7
    TrainingFlow/4 .metrics.> ReportFlow/7
    TrainingFlow/4 .model.> PredictionFlow/6
    ETLFlow/2 .rows.> PredictionFlow/6
    ReportFlow/9 *> report_ready! > MailFlow/10
"""
LABELS_ON_CARDS = """() => {
  const boxes = (selector) => [...document.querySelectorAll(selector)].map((e) => e.getBoundingClientRect());
  const cards = boxes(".ln-node > rect[width='140']");
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return boxes(".ln-world > g:last-child rect").filter((label) => cards.some((card) => meet(label, card)));
}"""
WORDS = {"triggered", "resumed", "spawned", "published", "read"}


def every_kind() -> dict[str, Any]:
    records = [
        replace(record, status="failed", failed_step="render")
        if record.pathspec == "ReportFlow/7"
        else record
        for record in drawn_records(EVERY_KIND)
    ]
    return scene(trace("PredictionFlow/6", source=MemorySource(records), downstream=None))


def toggle(opened: Opened, word: str) -> Any:
    return opened.page.locator(".ln-legend").get_by_role("button", name=word, exact=True)


def links(opened: Opened) -> list[dict[str, Any]]:
    """The strokes of each link: how many, dashes, and whether the head is hollow."""
    return opened.page.eval_on_selector_all(
        ".ln-link",
        """groups => groups.map((group) => {
             const paths = [...group.querySelectorAll("path")];
             const lines = paths.filter((path) => path.getAttribute("fill") === "none");
             return { lines: lines.length, dash: lines[0].getAttribute("stroke-dasharray"),
                      hollow: paths.at(-1).hasAttribute("stroke") };
           })""",
    )


def labels(opened: Opened) -> list[str]:
    return opened.page.locator(".ln-world > g:last-child text").all_text_contents()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 900])
def test_each_kind_has_a_line_and_an_entry_in_the_legend(open_page: Open, width: int, dark: bool) -> None:
    opened = open_page(page(every_kind()), width=width, dark=dark)
    expect(opened.page.locator(".ln-legend button")).to_have_text(
        ["triggered", "resumed", "spawned", "published", "read"]
    )
    drawn = links(opened)
    assert {link["dash"] for link in drawn if not link["hollow"]} == {None, "9px,5px"}
    assert {link["dash"] for link in drawn if link["hollow"]} == {"1px,5px"}
    assert sum(link["lines"] == 2 for link in drawn) == 1  # spawned
    opened.picture(f"kinds-{width}-{'dark' if dark else 'light'}")
    see_no_violation(opened.page, ".lineage")
    assert opened.errors == []


def test_the_keyboard_hides_a_kind_and_an_edge_of_two_kinds_stays_with_the_other(open_page: Open) -> None:
    opened = open_page(page(every_kind()))
    before = len(links(opened))
    toggle(opened, "read").focus()
    opened.page.keyboard.press("Enter")
    expect(toggle(opened, "read")).to_have_attribute("aria-pressed", "false")
    decoration = toggle(opened, "read").evaluate("button => getComputedStyle(button).textDecorationLine")
    assert decoration == "line-through"
    assert len(links(opened)) == before - 2  # TrainingFlow/4 also triggered PredictionFlow/6
    toggle(opened, "triggered").click()
    assert len(links(opened)) == 3
    toggle(opened, "read").click()
    assert sum(link["hollow"] for link in links(opened)) == 3
    card(opened, "DataFlow/3").hover()  # what it triggered is hidden
    assert opened.page.locator(".ln-node.ln-lit").count() == 1


def test_names_of_artifacts_stand_on_their_lanes_and_on_the_lines_of_what_is_pointed_at(
    open_page: Open,
) -> None:
    opened = open_page(page(every_kind()))
    lanes = ["metrics +1", "rows"]
    assert sorted(labels(opened)) == lanes  # on the lines of the run that is selected there is no room
    card(opened, "DataFlow/3").click()
    assert sorted(labels(opened)) == lanes
    for width in (1440, 900):
        opened.page.set_viewport_size({"width": width, "height": 900})
        for run in ("TrainingFlow/4", "PredictionFlow/6"):
            card(opened, run).hover()
            assert opened.page.evaluate(LABELS_ON_CARDS) == []
            assert sorted(labels(opened)) == ["metrics +1", "model", "rows"]
    card(opened, "ReportFlow/7").hover()
    line = opened.page.locator(".ln-line")
    for words in ("failed at render", "triggered by PredictionFlow/6", "read from TrainingFlow/4"):
        expect(line).to_contain_text(words)


def test_a_line_that_is_pointed_at_says_why_it_is_there(open_page: Open) -> None:
    opened = open_page(page(every_kind()))
    card(opened, "DataFlow/3").click()
    middle = opened.page.evaluate(
        """() => {
             const path = [...document.querySelectorAll(".ln-link path")].find(
               (line) => line.getAttribute("stroke-dasharray") === "1px,5px");
             const point = path.getPointAtLength(path.getTotalLength() / 2);
             return new DOMPoint(point.x, point.y).matrixTransform(path.getScreenCTM());
           }"""
    )
    opened.page.mouse.move(middle["x"], middle["y"])
    expect(opened.page.locator(".ln-line")).to_contain_text("→")
    expect(opened.page.locator(".ln-line")).to_contain_text("read")


def test_details_table_and_csv_tell_the_kinds_and_the_step_that_failed(open_page: Open) -> None:
    opened = open_page(page(every_kind()))
    card(opened, "ReportFlow/7").click()
    details = opened.page.locator(".ln-details")
    for words in ("failed at render", "Triggered by", "Read from", "read metrics, model", "Resumed by"):
        expect(details).to_contain_text(words)
    row = opened.page.locator("tbody tr", has_text="ReportFlow/7")
    expect(row).to_contain_text("failed at render")
    expect(row).to_contain_text("1 triggered, 1 read")
    opened.page.get_by_text("Download").click()
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="CSV table").click()
    rows = {row["id"]: row for row in csv.DictReader(Path(download.value.path()).read_text().splitlines())}
    report = rows["ReportFlow/7"]
    assert report["failed_step"] == "render"
    assert (report["triggered_by"], report["read_from"]) == ("PredictionFlow/6", "TrainingFlow/4")
    assert rows["DriftFlow/8"]["spawned_by"] == "PredictionFlow/6"
    assert rows["ReportFlow/9"]["resumed_from"] == "ReportFlow/7"


def test_an_artifact_says_who_read_it_and_a_click_lights_these_runs(open_page: Open) -> None:
    opened = open_page(page(every_kind()))
    card(opened, "TrainingFlow/4").click()
    opened.page.get_by_role("button", name="read by 2 runs").click()
    lit = opened.page.eval_on_selector_all(
        ".ln-node.ln-lit", "nodes => nodes.map((n) => n.dataset.id).sort()"
    )
    opened.page.mouse.move(0, 0)
    assert lit == ["PredictionFlow/6", "ReportFlow/7", "TrainingFlow/4"]


def test_directions_mean_something_on_the_screen(open_page: Open) -> None:
    """Triggers go right, a resume and a spawn go down in their column, and a read passes above its ends."""
    opened = open_page(page(every_kind()))
    at = {
        key: box(opened, key) for key in ("PredictionFlow/6", "DriftFlow/8", "ReportFlow/7", "ReportFlow/9")
    }
    for above, below in (("PredictionFlow/6", "DriftFlow/8"), ("ReportFlow/7", "ReportFlow/9")):
        assert at[below]["x"] == pytest.approx(at[above]["x"], abs=1)  # borders differ
        assert at[below]["y"] >= at[above]["y"] + at[above]["height"]
    assert at["ReportFlow/7"]["x"] > at["PredictionFlow/6"]["x"] + at["PredictionFlow/6"]["width"]
    tops = opened.page.eval_on_selector_all(
        '.ln-link path[stroke-dasharray="1px,5px"]',
        "lines => lines.map((l) => l.getBoundingClientRect().top)",
    )
    assert min(tops) < min(place["y"] for place in at.values())
    lanes = opened.page.eval_on_selector_all(
        '.ln-link path[stroke-dasharray="1px,5px"]',
        """lines => lines.map((line) => [0.4, 0.5, 0.6].map(
             (part) => Math.round(line.getPointAtLength(part * line.getTotalLength()).y)))""",
    )
    assert all(len(set(lane)) == 1 for lane in lanes), "each is level between its ends"
    assert len({lane[0] for lane in lanes}) == len(lanes), "and none lies on another"


def test_a_chain_is_folded_like_text_where_the_window_is_narrow(open_page: Open) -> None:
    """Twelve stages at 600 pixels: lines from left to right, each below the last, all as large as life."""
    opened = open_page(page(chain_scene(12, 8)), width=600)
    boxes = [box(opened, f"Stage{i}Flow/{i}") for i in range(12)]
    lines = sorted({round(place["y"]) for place in boxes})
    assert 3 <= len(lines) <= 4
    read = sorted(range(12), key=lambda i: (round(boxes[i]["y"]), boxes[i]["x"]))
    assert read == list(range(12))
    assert {round(place["width"]) for place in boxes} <= {140, 141, 142}
    opened.picture("chain-600")
    assert opened.errors == []


def box(opened: Opened, key: str) -> dict[str, float]:
    """Where the outline of a card is on the screen."""
    found = card(opened, key).locator("rect").last.bounding_box()
    assert found
    return dict(found)
