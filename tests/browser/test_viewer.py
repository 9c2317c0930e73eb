"""The viewer in a real browser: what opens, what the keyboard does, what is found, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from lineage.flow_map import FlowMap, declare
from lineage.render.page import page
from lineage.scene.flow_map_scene import flow_scene
from lineage.viewer import built, script, stylesheet
from tests.browser.conftest import Opened
from tests.support.scenes import made_up_scene, small_scene

Open = Callable[..., Opened]
IMPORT = """async (code) => {
  window.lineage = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}"""
CASES = json.loads((Path(__file__).parent.parent / "selection_cases.json").read_text("utf-8"))


def card(opened: Opened, name: str) -> Any:
    return opened.page.locator(f'.ln-node[data-id="{name}"]')


def shown(opened: Opened) -> str:
    return opened.page.locator(".ln-counter").inner_text()


def selected(opened: Opened) -> list[str]:
    return [row.split("\t")[0] for row in opened.page.locator("tr[aria-current]").all_inner_texts()]


def places(opened: Opened) -> dict[str, list[float]]:
    """Where each card stands in the picture, whatever the zoom."""
    return opened.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".ln-node")].map((node) => {
             const { x, y } = node.querySelector("rect[width='140']").getBBox();
             return [node.dataset.id, [x, y]];
           }))"""
    )


def assert_placed(drawn: dict[str, list[float]], wanted: dict[str, tuple[float, float]]) -> None:
    """Cards stand at these columns and rows, which are as far apart as there is room for."""
    assert drawn.keys() == wanted.keys()
    for axis, (least, most) in enumerate([(168, 185), (84, 106)]):
        pixels = [drawn[key][axis] for key in wanted]
        units = [wanted[key][axis] for key in wanted]
        step = (max(pixels) - min(pixels)) / (max(units) - min(units))
        assert least <= round(step, 3) <= most
        assert pixels == pytest.approx([unit * step for unit in units], abs=0.1)


def selection_scene(graph: dict[str, Any]) -> dict[str, Any]:
    chains = [line.split(" > ") for line in graph["edges"]]
    ids = list(dict.fromkeys(name for chain in chains for name in chain))
    nodes = []
    for i, key in enumerate(ids):
        facts = dict(graph["nodes"].get(key, {}))
        if key.startswith("event:"):
            name, event_id = key.removeprefix("event:").split("/")
            node = {"kind": "event", "name": name, "event_id": event_id}
        else:
            flow, run_id = key.split("/")
            node = {"kind": "run", "flow": flow, "run_id": run_id, "status": "completed"}
        nodes.append({"id": key, "x": i, "y": 0} | node | facts)
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    edges = [{"source": ids.index(a), "target": ids.index(b), "kind": "trigger"} for a, b in pairs]
    return {"nodes": nodes, "edges": edges, "styles": {}}


def test_the_viewer_selects_what_the_table_of_cases_says(open_page: Open) -> None:
    opened = open_page("<!doctype html><title>cases</title>")
    opened.page.evaluate(IMPORT, f"{built('selection.min.js')}\nexport {{ selectionPart }};")
    scenes = {name: selection_scene(graph) for name, graph in CASES["graphs"].items()}
    answers = opened.page.evaluate(
        """([scenes, cases]) => cases.map(({ graph, query }) => {
             const { RunGraph, select } = lineage.selectionPart;
             const model = new RunGraph(scenes[graph]);
             const { nodes } = scenes[graph];
             try {
               return { expect: [...select(model, query)].map((i) => nodes[i].id).sort() };
             } catch (error) {
               return { error: error.message, position: error.position };
             }
           })""",
        [scenes, CASES["cases"]],
    )
    for case, answer in zip(CASES["cases"], answers, strict=True):
        wanted = {key: case[key] for key in ("expect", "error", "position") if key in case}
        if "expect" in wanted:
            wanted["expect"] = sorted(wanted["expect"])
        assert answer == wanted, case["query"]


def test_a_large_lineage_opens_small_and_opens_further_in_place(open_page: Open) -> None:
    opened = open_page(page(made_up_scene(300, 3)), at="#view=graph")
    assert " of 300 runs in sight" in shown(opened)
    before = places(opened)
    assert 1 < len(before) < 60
    opened.page.locator(".ln-stage").focus()
    opened.page.keyboard.press("Home")
    for _ in range(2):
        opened.page.keyboard.press("ArrowRight")
        opened.page.keyboard.press("+")
    after = places(opened)
    assert len(after) > len(before)
    assert {name: after[name] for name in before if name in after} == {
        name: place for name, place in before.items() if name in after
    }
    assert set(before) - set(after) == set() or all(
        name.startswith("bundle:") for name in set(before) - set(after)
    )


def test_runs_of_one_flow_on_the_same_cause_fold_and_unfold(open_page: Open) -> None:
    scene = small_scene(problems=[])
    failed = [
        scene["nodes"][6]
        | {"id": f"ScoreFlow/{i}", "flow": "ScoreFlow", "run_id": str(i), "label": str(i), "x": 3, "y": 2 + i}
        for i in range(11)
    ]
    scene["edges"] = scene["edges"] + [
        {"source": 5, "target": len(scene["nodes"]) + i, "kind": "trigger"} for i in range(11)
    ]
    scene["nodes"] = scene["nodes"] + failed
    opened = open_page(page(scene))
    bundle = opened.page.locator(".ln-node", has_text="11 failed runs")
    assert bundle.count() == 1
    bundle.click()
    assert "ScoreFlow/10" in opened.page.locator(".ln-details").inner_text()
    before = places(opened)
    opened.page.get_by_role("button", name="Unfold").click()
    assert opened.page.locator(".ln-node", has_text="ScoreFlow").count() == 11
    after = places(opened)
    assert all(after[name] == place for name, place in before.items() if not name.startswith("bundle"))
    opened.page.get_by_role("button", name="Fold again").click()
    assert opened.page.locator(".ln-node", has_text="ScoreFlow").count() == 1


def test_the_keyboard_alone_walks_causes_and_effects_and_reads_details(open_page: Open) -> None:
    opened = open_page(page(small_scene()))
    keys = opened.page.keyboard
    opened.page.locator(".ln-stage").focus()
    keys.press("Home")
    keys.press("ArrowLeft")  # the nearest cause
    keys.press("Enter")
    assert selected(opened) == ["DataFlow/8"]
    assert opened.page.evaluate("document.activeElement.className") == "ln-details"
    keys.press("Escape")
    expect(opened.page.locator(".ln-stage")).to_be_focused()
    keys.press("ArrowUp")
    keys.press("Enter")
    assert selected(opened) == ["TrainingFlow/34"]
    keys.press("Escape")
    keys.press("ArrowRight")
    assert "TrainingFlow/35, failed" in opened.page.locator("[aria-live=polite]").first.text_content()
    keys.press("/")
    keys.type("status:missing")
    keys.press("Enter")
    assert selected(opened) == ["RawFlow/3"]
    keys.press("Escape")
    assert opened.page.locator("input").input_value() == ""
    assert opened.errors == []


def test_what_is_typed_lights_up_filters_the_table_and_enter_goes_on(open_page: Open) -> None:
    opened = open_page(page(made_up_scene(300, 3)), at="#view=graph")
    box = opened.page.get_by_label("Find runs")
    box.fill("status:failed")
    assert "found" in opened.page.locator(".ln-found").inner_text()
    statuses = set(opened.page.locator("tbody .ln-status").all_inner_texts())
    assert statuses == {"failed"}
    box.press("Enter")
    first = selected(opened)
    box.press("Enter")
    second = selected(opened)
    assert first
    assert second
    assert first != second
    assert card(opened, second[0]).is_visible()
    box.fill("TrainingFlow ETLFlow")
    assert opened.page.locator(".ln-found").inner_text() == ""  # maybe more is coming
    expect(opened.page.locator(".ln-found")).to_contain_text("is missing here: ETLFlow")
    box.fill("ingest")  # no flow is called so: looked for inside the names
    assert "found" in opened.page.locator(".ln-found").inner_text()


def test_the_timeline_has_a_lane_for_every_flow(open_page: Open) -> None:
    opened = open_page(page(small_scene()))
    opened.page.get_by_role("button", name="Timeline").click()
    text = opened.page.locator(".ln-svg").text_content()
    for flow in ("ETLFlow", "TrainingFlow", "PredictionFlow", "data.arrived"):
        assert flow in text
    card(opened, "TrainingFlow/35").click()
    assert "Resumed from" in opened.page.locator(".ln-details").inner_text()
    opened.picture("timeline")
    assert opened.errors == []


def test_a_run_that_never_ended_does_not_squeeze_the_timeline(open_page: Open) -> None:
    opened = open_page(page(small_scene()))  # two hours in January, read in March, one run still running
    opened.page.get_by_role("button", name="Timeline").click()
    text = opened.page.locator(".ln-svg").text_content()
    assert "5 Jan" in text
    assert "06:30" in text
    assert not any(month in text for month in ("Feb", "Mar"))


def test_hovering_lights_the_path_and_says_the_facts(open_page: Open) -> None:
    opened = open_page(page(small_scene()))
    card(opened, "DataFlow/8").hover()
    line = opened.page.locator(".ln-line").inner_text()
    for expected in ("completed", "DataFlow/8", "12 s", "ann", "triggered by data.arrived, RawFlow/3"):
        assert expected in line
    lit = opened.page.eval_on_selector_all(
        ".ln-node.ln-lit", "nodes => nodes.map((n) => n.dataset.id).sort()"
    )
    assert lit == [
        "DataFlow/8",
        "PredictionFlow/12",
        "RawFlow/3",
        "ReportFlow/2",
        "event:data.arrived/8f1c",
    ]
    box = opened.page.get_by_label("Find runs")
    box.fill("ETLFlow")
    box.press("Escape")
    assert opened.page.locator(".ln-node.ln-lit").count() == 0
    card(opened, "DataFlow/8").hover(position={"x": 40, "y": 20})  # the same card as before
    assert opened.page.locator(".ln-node.ln-lit").count() == len(lit)


def test_the_address_leads_back_to_selection_view_and_search(open_page: Open) -> None:
    document = page(small_scene())
    opened = open_page(document)
    card(opened, "DataFlow/8").click()
    opened.page.get_by_role("button", name="Timeline").click()
    fragment = "#" + opened.page.url.split("#")[1]
    again = open_page(document, at=fragment)
    assert selected(again) == ["DataFlow/8"]
    assert again.page.get_by_role("button", name="Timeline").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize(
    ("label", "suffix", "inside"),
    [
        ("SVG picture", ".svg", b"TrainingFlow"),
        ("PNG picture", ".png", b"PNG"),
        ("CSV table", ".csv", b"TrainingFlow/34"),
        ("JSON document", ".json", b'"version":1'),
    ],
)
def test_the_lineage_can_be_kept_as_a_file(open_page: Open, label: str, suffix: str, inside: bytes) -> None:
    opened = open_page(page(small_scene()))
    opened.page.get_by_text("Download").click()
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name=label).click()
    assert download.value.suggested_filename == f"lineage-PredictionFlow-12{suffix}"
    assert inside in Path(download.value.path()).read_bytes()
    assert opened.errors == []


def test_copying_puts_python_on_the_clipboard(open_page: Open) -> None:
    opened = open_page(page(small_scene()))
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.page.get_by_title("Copy for Python").click()
    assert opened.page.evaluate("navigator.clipboard.readText()") == 'Run("PredictionFlow/12")'


def test_the_table_sorts_by_any_column(open_page: Open) -> None:
    opened = open_page(page(small_scene()))
    heading = opened.page.get_by_role("columnheader", name="Took")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert opened.page.locator("tbody tr").first.inner_text().startswith("ETLFlow/17")


def test_a_newer_state_keeps_selection_zoom_and_places(open_page: Open) -> None:
    opened = open_page(f"<!doctype html><title>live</title><style>{stylesheet()}</style><div id=here></div>")
    opened.page.evaluate(IMPORT, script())
    scene = small_scene()
    later = small_scene()
    later["nodes"] = later["nodes"] + [
        later["nodes"][7] | {"id": "ReportFlow/3", "run_id": "3", "label": "3", "y": 0}
    ]
    later["edges"] = later["edges"] + [{"source": 5, "target": 8, "kind": "trigger"}]
    for node in later["nodes"]:
        node["y"] = 7 - node["y"]  # a new layout would turn everything over
    opened.page.evaluate(
        "scene => { window.view = lineage.mount(document.getElementById('here'), scene, {}); }", scene
    )
    card(opened, "ETLFlow/17").click()
    before = places(opened)
    zoom = opened.page.locator(".ln-world").get_attribute("transform")
    opened.page.evaluate("scene => view.update(scene)", later)
    after = places(opened)
    assert {name: after[name] for name in before} == before
    assert "ReportFlow/3" in after
    assert opened.page.locator(".ln-world").get_attribute("transform") == zoom
    assert selected(opened) == ["ETLFlow/17"]


HOSTILE = (
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "\"'`${window.hacked=1}",
    "<b>bold</b><br>%{x}<extra></extra>",
    "line\u2028paragraph\u2029end",
    "\u202egnp.exe\u202c\u200f",
    "👩‍🔬🧬",
    "x" * 10_000,
    "bell\x07null\x00escape\x1b[31m",
    "\ud800",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_strings_are_shown_as_text_and_nothing_runs(open_page: Open, text: str) -> None:
    scene = small_scene(title=text, source=text, problems=[{"pathspec": text, "reason": text}])
    scene["nodes"][5] |= {"user": text, "tags": [text], "run_id": text, "label": text, "origin": text}
    scene["nodes"][3] |= {"flow": text, "id": f"{text}/34"}
    scene["nodes"][1] |= {"name": text, "payload": {text: text}, "label": text}
    scene["edges"][0]["event"] = text
    opened = open_page(page(scene).encode("utf-8", "replace").decode())
    opened.page.locator(".ln-node").nth(1).click()
    assert opened.page.evaluate("window.hacked") is None
    assert opened.page.locator("main img, main b, main script").count() == 0
    visible = opened.page.locator("main").inner_text()
    assert not set(visible) & set("\u202e\u202c\u200f\u2028\u2029\x07\x00\x1b")
    opened.page.get_by_role("button", name="Timeline").click()
    assert opened.errors == []
    assert opened.requests == []


def test_a_flow_map_is_told_in_its_own_words(open_page: Open) -> None:
    flows = FlowMap.of(
        [declare("ETLFlow", on=["data.arrived"])]
        + [declare(f"{name}Flow", on_finish=["ETLFlow"]) for name in ("Train", "Score", "Rank", "Report")]
    )
    scene = flow_scene(flows) | {"problems": [{"pathspec": "old.py", "reason": "no Python"}]}
    opened = open_page(page(scene))
    text = opened.page.locator("main").inner_text()
    for words in ("5 flows", "1 event", "All 5 flows in sight", "Click a flow to see"):
        assert words in text
    assert "This flow map may be incomplete: 1 problem" in text
    for words in ("run", "Run", "Lineage", "Timeline", "event:"):
        assert words not in text
    assert opened.page.locator(".ln-stage").get_attribute("aria-label", timeout=1000).startswith("Flow map. ")
    assert opened.page.get_by_label("Find flows").is_visible()
    card(opened, "ETLFlow").click()
    details = opened.page.locator(".ln-details").inner_text()
    assert "TrainFlow" in details
    for words in ("Run", "no time", "event:"):
        assert words not in details
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()
    opened.picture("flow-map")
    assert opened.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("view", ["Graph", "Timeline"])
def test_axe_finds_no_violation(open_page: Open, dark: bool, view: str) -> None:
    opened = open_page(page(small_scene()), dark=dark)
    opened.page.get_by_role("button", name=view).click()
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("runs", "dark"), [(3, True), (30, False), (300, True), (3000, False)])
def test_pictures_of_every_size(open_page: Open, runs: int, dark: bool) -> None:
    """For people to look at; here it only has to be drawn without a word on the console."""
    opened = open_page(page(made_up_scene(runs, 3)), dark=dark, at="#view=graph")
    assert opened.page.locator(".ln-node").count() > 0
    opened.picture(f"{runs}-runs-{'dark' if dark else 'light'}")
    more = opened.page.get_by_role("button", name="All:")
    if more.is_visible():
        more.click()
        opened.picture(f"{runs}-runs-all-{'dark' if dark else 'light'}")
    assert opened.errors == []
