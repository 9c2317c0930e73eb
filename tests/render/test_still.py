"""The still picture: well-formed, escaped, in the viewer's colours."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from lineage.flow_map import FlowMap, declare
from lineage.render.still import svg
from lineage.scene.flow_map_scene import flow_scene
from tests.support.scenes import chain_scene, made_up_scene, small_scene

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]


def test_a_still_names_every_run_with_its_status_in_words_and_shape() -> None:
    words = texts(svg(small_scene()))
    for expected in (
        "ETLFlow",
        "TrainingFlow",
        "failed",
        "35 · 4.0 s",
        "missing",
        "running",
        "17 · 10 min 20 s",
        "event",
        "5 Jan 06:30",
    ):
        assert expected in words
    assert words[-1] == "7 runs"


def test_where_a_card_is_too_narrow_the_id_gives_way_and_no_name_is_cut_in_a_word() -> None:
    scene = small_scene()
    scene["nodes"][0] |= {"flow": "EmailCampaignFlow", "label": "…413810", "duration": 5940.0}
    words = texts(svg(scene))
    assert "EmailCampaign" in words
    assert "…3810 · 1 h 39 min" in words


def test_an_event_of_a_flow_map_is_one_and_no_flow() -> None:
    flows = FlowMap.of([declare("DataFlow", on=["new_data"])])
    words = texts(svg(flow_scene(flows)))
    assert words[words.index("new_data") - 1] == "event"
    assert words[-1] == "1 flow"


def test_a_resumed_run_hangs_on_a_dashed_line() -> None:
    assert svg(small_scene()).count('stroke-dasharray="9px,5px"') == 1


def heads(picture: str) -> list[tuple[str, str]]:
    """Where each edge begins and where its head is, as the picture writes them."""
    paths = [path.get("d", "") for path in ET.fromstring(picture).iter(f"{SVG}path")]
    return [
        (line.split("C")[0].split("L")[0].split("V")[0], head)
        for line, head in pairwise(paths)
        if "z" in head
    ]


def test_a_still_draws_the_directions_of_the_viewer() -> None:
    """A resume goes down, a read over the top, and the start of each is on its card's edge."""
    scene = small_scene()
    scene["nodes"][6] |= {"x": 1, "y": 2}  # TrainingFlow/35, beneath the run that it resumes
    read = {"source": 3, "target": 7, "kind": "read", "route": [[1, -0.75], [2, -0.75], [3, 0.25]]}
    scene["edges"].append(read)
    picture = svg(scene)
    drawn = heads(picture)
    assert sum("l-4.2 -8h8.4z" in head for _, head in drawn) == 2
    assert len(drawn) == 8


@pytest.mark.parametrize("columns", [6, 7, 12])
def test_a_long_chain_is_folded(columns: int) -> None:
    picture = svg(chain_scene(columns, 3))
    width = float(ET.fromstring(picture).get("width", ""))
    assert width < 1_200


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_still_has_the_colours_of_its_theme(theme: str) -> None:
    scene = small_scene()
    picture = svg(scene, theme)  # type: ignore[arg-type] # a parametrized literal
    assert scene["styles"]["failed"][theme] in picture


def test_a_large_lineage_is_drawn_around_its_focus_and_says_so() -> None:
    scene = made_up_scene(300)
    words = texts(svg(scene))
    assert len(words) < 200
    assert words[-1].endswith("of 300 runs shown")
    assert scene["nodes"][scene["focus"][0]]["flow"] in words


@pytest.mark.parametrize(
    "text", ["</text><script>", "a & b", "\"'", "\u202eevil", "bell\x07", "x" * 10_000, "\ud800"]
)
def test_hostile_strings_stay_text(text: str) -> None:
    scene = small_scene(title=text)
    scene["nodes"][0] |= {"flow": text, "id": f"{text}/1", "run_id": text, "label": text}
    picture = svg(scene)
    picture.encode()
    root = ET.fromstring(picture)
    assert not list(root.iter(f"{SVG}script"))
    assert len(picture) < 40_000


def test_nothing_to_draw_is_still_a_picture() -> None:
    scene = small_scene(nodes=[], edges=[], focus=[])
    assert texts(svg(scene)) == ["0 runs"]
