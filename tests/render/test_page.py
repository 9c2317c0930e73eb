"""The report as text: what a page holds, and what it must never hold."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import pytest
from nbconvert.filters import clean_html, markdown2html

from lineage.render.page import embed, page
from lineage.viewer import script, stylesheet
from tests.support.scenes import made_up_scene, small_scene


class Parsed(HTMLParser):
    """The elements of a document with their attributes and their text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", {}, []))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.elements[-1][2].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, "".join(text)) for name, attrs, text in self.elements if name == tag]


def scene_of(document: str) -> Any:
    data = next((a, t) for a, t in Parsed(document).all("script") if a.get("id") == "scene")
    if data[0]["type"] == "application/json":
        return json.loads(data[1])
    return json.loads(zlib.decompress(base64.b64decode(data[1])))


def test_a_page_carries_the_scene_unchanged() -> None:
    assert scene_of(page(small_scene())) == small_scene()


@pytest.mark.slow
def test_a_large_scene_is_deflated_and_a_page_of_10000_runs_stays_under_4_mb() -> None:
    scene = made_up_scene(10_000)
    document = page(scene)
    assert scene_of(document) == scene
    assert len(document.encode()) < 4_000_000


def test_a_page_of_100_runs_stays_under_its_size() -> None:
    assert len(page(made_up_scene(100)).encode()) < 150_000


def detailed(runs: int, of: int) -> dict[str, Any]:
    """A made-up scene with details as real runs have them, and the sentence for those that were not read."""
    scene = made_up_scene(runs)
    made = (node for node in scene["nodes"] if node["kind"] == "run")
    for place, node in enumerate(made):
        if place >= of:
            node["unread"] = "Parameters, code and artifacts of this run are not part of this page."
            continue
        commit = hashlib.sha1(node["id"].encode()).hexdigest()
        node["code"] = {"script": f"{node['flow'].lower()}.py", "commit": commit, "branch": "main"}
        node["parameters"] = {
            "start_date": "2026-01-05",
            "learning_rate": str(0.1 / (place + 1)),
            "table": f"warehouse.{node['flow'].lower()}_{place}",
            "settings": f"{{'epochs': {place}, 'features': ['age', 'country', 'plan'], 'seed': {place * 7}}}",
        }
        names = ("model", "metrics", "train", "test", "features", "report", "sample", "seed")
        node["artifacts"] = [
            {"name": name, "type": "DataFrame", "size": place * 1009 + len(name)} for name in names
        ]
    return scene


@pytest.mark.parametrize(
    ("runs", "limit"), [(100, 150_000), pytest.param(10_000, 4_000_000, marks=pytest.mark.slow)]
)
def test_with_details_of_100_runs_a_page_stays_under_its_size(runs: int, limit: int) -> None:
    scene = detailed(runs, of=100)
    document = page(scene)
    assert scene_of(document) == scene
    assert len(document.encode()) < limit


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert page(small_scene()) == page(small_scene())
    assert embed(small_scene()) == embed(small_scene())


def test_the_policy_allows_these_scripts_and_styles_and_no_network() -> None:
    parsed = Parsed(page(small_scene()))
    policy = next(a["content"] for a, _ in parsed.all("meta") if a.get("http-equiv"))
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules["style-src"] == digest(parsed.all("style")[0][1])
    assert rules["script-src"] == digest(
        next(t for a, t in parsed.all("script") if a.get("type") == "module")
    )


def test_a_page_refers_to_nothing_outside_itself() -> None:
    document = page(small_scene())
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", document))
    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--", "a\u2028b\u2029c", "&amp;", "\ud800"]
)
def test_hostile_strings_cannot_leave_the_data_block(text: str) -> None:
    scene = small_scene(title=text)
    scene["nodes"][0]["user"] = text
    document = page(scene)
    assert scene_of(document)["nodes"][0]["user"] == text
    assert [a.get("type") for a, _ in Parsed(document).all("script")] == ["application/json", "module"]
    assert not set(document) & {"\u2028", "\u2029"}
    document.encode()


def test_a_title_of_ones_own_replaces_what_was_asked_for() -> None:
    document = page(small_scene(), title="Friday's <models>")
    assert Parsed(document).all("title")[0][1] == "Friday's <models> · lineage"
    assert scene_of(document)["title"] == "Friday's <models>"


def test_the_first_output_of_a_cell_is_a_still_covered_by_a_sandboxed_view() -> None:
    output = embed(small_scene(), uid="ab12")
    parsed = Parsed(output)
    assert parsed.all("div")[0][0]["class"] == "lineage-still"
    assert parsed.all("div")[0][0]["data-lineage"] == "ab12"
    picture = parsed.all("img")[0][0]["src"] or ""
    assert base64.b64decode(picture.removeprefix("data:image/svg+xml;base64,")).startswith(b"<svg")
    frame = parsed.all("iframe")[0][0]
    assert frame["sandbox"] == "allow-scripts"
    assert scene_of(frame["srcdoc"] or "") == small_scene()


def test_it_is_one_line_which_markdown_leaves_alone() -> None:
    output = embed(small_scene(), text="ETLFlow/1\n\n<completed>")
    assert "\n" not in output
    cell = f"Before\n\n    \n\n{output}\n\nAfter"
    assert output in markdown2html(cell)
    parsed = Parsed(output)
    assert parsed.all("pre")[0][1] == "ETLFlow/1\n\n<completed>"


def test_where_nbconvert_sanitizes_it_only_the_text_is_seen() -> None:
    cleaned = clean_html(embed(small_scene(), text="ETLFlow/1 completed"))
    parsed = Parsed(cleaned)
    assert not parsed.all("iframe")
    _, hidden = parsed.all("div")
    assert hidden[0] == {"class": "jp-FileSize-hidden"}  # the stylesheet of nbconvert's page hides that
    assert parsed.all("pre") == [({}, "ETLFlow/1 completed")]


def test_a_100_run_lineage_adds_less_than_400_kb_to_a_notebook() -> None:
    scene = made_up_scene(100)
    widget = len(json.dumps(scene)) + len(script()) + len(stylesheet())
    assert len(json.dumps(embed(scene))) + widget < 400_000
