"""A printed page: the whole graph, the details and every row, and the screen as it was afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from lineage.render.page import page
from tests.browser.conftest import Opened
from tests.support.scenes import made_up_scene

Open = Callable[..., Opened]


# What is asked while it prints, since the page is laid out for paper only then.
WATCH = """() => {
  const print = matchMedia("print");
  window.printed = null;
  print.addEventListener("change", () => {
    if (!print.matches) return;
    const paper = document.querySelector(".ln-paper");
    const marks = [...paper.querySelectorAll("path, rect, text")].map((mark) => mark.getBoundingClientRect());
    const { clientWidth } = document.documentElement;
    const probe = document.createElement("div");
    document.body.append(probe);
    probe.style.height = "100vh";
    const page = probe.getBoundingClientRect().height;
    probe.remove();
    const all = (selector) => [...document.querySelectorAll(selector)];
    const seen = (selector) => all(selector).filter((e) => e.checkVisibility()).length;
    const scrolls = (e) => !["visible", "clip"].includes(getComputedStyle(e).overflowY);
    window.printed = {
      width: clientWidth,
      page,
      marks: marks.length,
      left: Math.min(...marks.map((mark) => mark.left)),
      right: Math.max(...marks.map((mark) => mark.right)),
      height: paper.getBoundingClientRect().height,
      beyond: all(".lineage *").filter((e) => e.getBoundingClientRect().right > clientWidth + 1).length,
      rows: seen("tbody tr"),
      cut: all(".lineage *").filter((e) => scrolls(e) && e.scrollHeight > e.clientHeight + 1).length,
      tools: seen(".ln-tools, .ln-beyond, .ln-zooms, .ln-copy, .ln-svg, .ln-canvas"),
      theme: document.querySelector(".lineage").dataset.theme,
    };
  });
}"""
STATE = """() => ({
  world: document.querySelector(".ln-world")?.getAttribute("transform"),
  svg: document.querySelector(".ln-svg").outerHTML,
  canvas: document.querySelector(".ln-canvas").toDataURL(),
  rows: document.querySelector("tbody").innerHTML,
  details: document.querySelector(".ln-details").innerHTML,
  theme: document.querySelector(".lineage").dataset.theme,
  paper: document.querySelectorAll(".ln-paper").length,
})"""


def state(opened: Opened) -> dict[str, Any]:
    opened.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    return opened.page.evaluate(STATE)


@pytest.mark.parametrize(
    ("shown", "sheet"),
    [
        ("part", "landscape"),
        ("all", "portrait"),
        ("timeline", "landscape"),
        ("moved", "portrait"),
    ],
)
def test_the_graph_lies_on_the_page_and_the_screen_is_as_it_was(
    open_page: Open, shown: str, sheet: str
) -> None:
    scene = made_up_scene(300, 3)
    opened = open_page(page(scene), dark=True, at="#view=graph")
    opened.page.emulate_media(reduced_motion="reduce")
    if shown == "all":
        opened.page.get_by_role("button", name="All:").click()
    if shown == "timeline":
        opened.page.get_by_role("button", name="Timeline").click()
    if shown == "moved":
        opened.page.locator(".ln-stage").focus()
        opened.page.keyboard.press("ArrowLeft")
        opened.page.keyboard.press("ArrowLeft")
    expect(opened.page.locator("tbody tr")).to_have_count(101)  # and the selected run's
    opened.page.evaluate(WATCH)
    before = state(opened)
    opened.page.pdf(format="A4", landscape=sheet == "landscape")
    assert state(opened) == before
    printed = opened.page.evaluate("printed")
    assert printed["marks"] > 50
    assert printed["left"] >= 0
    assert printed["right"] <= printed["width"]
    assert printed["beyond"] == 0
    assert printed["height"] <= printed["page"]
    assert printed["rows"] == len(scene["nodes"])
    assert printed["cut"] == 0
    assert printed["tools"] == 0
    assert printed["theme"] == "light"
    assert opened.errors == []
