"""The plotly figures, down to what plotly itself accepts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from lineage import trace
from lineage.errors import InvalidArgument
from lineage.records.model import RunRecord
from lineage.render.figures import dag_figure
from lineage.render.timeline_figure import timeline_figure
from lineage.scene.lineage_scene import scene
from lineage.sources import MemorySource
from tests.support.drawn import drawn_record, drawn_records

TEXT = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/4
    first! > DataFlow/3 > PredictionFlow/4
    GoneFlow/0? > PredictionFlow/4
    PredictionFlow/4 ~ PredictionFlow/5
"""


@pytest.fixture
def document() -> dict:
    return scene(trace("PredictionFlow/5", source=MemorySource(drawn_records(TEXT))))


def test_every_node_is_a_mark_in_the_trace_of_its_status(document: dict) -> None:
    figure = dag_figure(document)
    marks = {trace.name: list(trace.customdata) for trace in figure.data if trace.customdata is not None}
    assert marks["missing"] == ["GoneFlow/0"]
    assert marks["event"] == ["event:first/id"]
    assert sorted(marks["completed"]) == [
        *("DataFlow/3", "ETLFlow/1", "PredictionFlow/4", "PredictionFlow/5", "TrainingFlow/2")
    ]


def test_every_edge_is_a_line_and_a_resume_is_dashed(document: dict) -> None:
    lines = {trace.name: trace for trace in dag_figure(document).data if trace.mode == "lines"}
    assert np.isnan(lines["triggered"].x).sum() == 5
    assert np.isnan(lines["resumed"].x).sum() == 1
    assert lines["resumed"].line.dash == "9px,5px"
    nodes = {node["id"]: node for node in document["nodes"]}
    first = lines["resumed"].y[0] - nodes["PredictionFlow/4"]["y"]
    assert 0.5 < first < 1, "it begins below the label of the run that was resumed"


def test_every_edge_has_a_head_at_the_rim_of_its_effect_that_the_legend_hides_with_it(document: dict) -> None:
    heads = {
        trace.legendgroup: trace for trace in dag_figure(document).data if trace.marker.symbol == "arrow"
    }
    assert {kind: len(trace.x) for kind, trace in heads.items()} == {"trigger": 5, "resume": 1}
    assert {kind: set(trace.marker.angle) for kind, trace in heads.items()} == {
        "trigger": {90},
        "resume": {-180},
    }
    (resumed,) = [node for node in document["nodes"] if node["id"] == "PredictionFlow/5"]
    assert (heads["resume"].x[0], heads["resume"].y[0]) == (resumed["x"], resumed["y"])
    assert heads["resume"].marker.standoff > 0


def test_an_edge_stays_level_beside_the_labels(document: dict) -> None:
    (line,) = [trace for trace in dag_figure(document).data if trace.name == "triggered"]
    curves = np.split(np.column_stack([line.x, line.y]), np.flatnonzero(np.isnan(line.x)) + 1)[:-1]
    for curve in curves:
        (x0, y0), (x1, y1) = curve[0], curve[-2]
        near = curve[:-1][curve[:-1, 0] < x0 + 0.3 * (x1 - x0)]
        far = curve[:-1][curve[:-1, 0] > x0 + 0.7 * (x1 - x0)]
        assert np.allclose(near[:, 1], y0)
        assert np.allclose(far[:, 1], y1)


def test_the_theme_is_that_of_plotlys_default_template_unless_it_is_named(
    document: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    for draw in (dag_figure, timeline_figure):
        monkeypatch.setattr(plotly.io.templates, "default", "plotly_dark")
        assert draw(document).layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert draw(document, theme="light").layout.paper_bgcolor == "#ffffff"
        monkeypatch.setattr(plotly.io.templates, "default", "plotly")
        assert draw(document).layout.paper_bgcolor == "#ffffff"
        with pytest.raises(InvalidArgument, match="theme must be"):
            draw(document, theme="blue")


def test_arrays_are_float32(document: dict) -> None:
    for drawn in dag_figure(document).data:
        assert drawn.x.dtype == drawn.y.dtype == np.float32


def test_layout_keywords_reach_the_figure(document: dict) -> None:
    assert dag_figure(document, width=333).layout.width == 333
    assert timeline_figure(document, width=333).layout.width == 333


def test_hostile_names_are_shown_and_not_interpreted() -> None:
    record = RunRecord("Evil", "<b>1</b>&\x00", user="<a href='javascript:1'>x</a>", tags=("<br>",))
    figure = dag_figure(scene(trace("Evil/<b>1</b>&\x00".replace("</", "<\u2215"), source=_one(record))))
    (marks,) = [trace for trace in figure.data if trace.customdata is not None]
    text = marks.hovertext[0]
    assert "<a" not in text
    assert "&lt;a href=" in text
    assert "&lt;br&gt;" in text


def _one(record: RunRecord) -> MemorySource:
    return MemorySource([replace(record, run_id=record.run_id.replace("</", "<\u2215"))])


def test_the_timeline_has_a_lane_for_each_flow_in_the_order_of_the_stages(document: dict) -> None:
    figure = timeline_figure(document)
    lanes = list(figure.layout.yaxis.ticktext)
    assert lanes.index("ETLFlow") < lanes.index("TrainingFlow") < lanes.index("PredictionFlow")
    (bars,) = [trace for trace in figure.data if isinstance(trace, go.Bar)]
    assert list(bars.x) == [60_000] * 5
    assert "1 run without a time not shown" in figure.layout.title.text


@pytest.mark.parametrize("draw", [dag_figure, timeline_figure])
def test_what_is_not_there_is_said_below_the_title(document: dict, draw: Callable[..., go.Figure]) -> None:
    assert "problem" not in draw(document).layout.title.text
    broken = {"pathspec": "A/1", "reason": "its record is <b>broken</b>"}
    title = draw(document | {"problems": [broken, broken, broken]}).layout.title.text
    assert "! A/1: its record is &lt;b&gt;broken" in title
    assert "2 more problems" in title


@pytest.mark.slow
def test_the_figure_of_many_runs_stays_small() -> None:
    chain = " > ".join(f"F/{i}" for i in range(3000))
    figure = dag_figure(scene(trace("F/2999", source=MemorySource(drawn_records(chain)))))
    (marks,) = [trace for trace in figure.data if trace.customdata is not None]
    assert marks.mode == "markers"
    (line,) = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(line.x) == 3 * 2999


def test_the_columns_of_many_runs_are_named() -> None:
    fan = "\n".join(f"A/1 > B/{i}" for i in range(2, 200)) + "\nA/1 > C/200"
    figure = dag_figure(scene(trace("A/1", downstream=None, source=MemorySource(drawn_records(fan)))))
    assert [note.text for note in figure.layout.annotations] == [
        *("<b>A</b><br>1 run", "<b>B</b><br>198 runs, 1 other flow")
    ]


def test_the_names_of_many_columns_are_slanted_because_they_would_overlap() -> None:
    rows = "\n".join(" > ".join(f"Stage{x}Flow/{y}" for x in range(8)) for y in range(16))
    figure = dag_figure(scene(trace([f"Stage7Flow/{y}" for y in range(16)], source=_records(rows))))
    assert {note.textangle for note in figure.layout.annotations} == {-35}
    assert figure.layout.annotations[0].hovertext == "Stage0Flow: 16"


def test_the_labels_of_many_columns_are_broken_between_words() -> None:
    def labels(flows: int) -> set[str]:
        names = ("AdsPredictionFlow", "ETLFlow", "split_and_sample", "x" * 30)
        chain = " > ".join(f"{names[i % 4]}/{i}" for i in range(flows))
        figure = dag_figure(scene(trace(f"{names[(flows - 1) % 4]}/{flows - 1}", source=_records(chain))))
        return {text for marks in figure.data for text in marks.text or ()}

    assert "<b>AdsPredictionFlow</b><br>0" in labels(6)
    many = labels(8)
    assert {"<b>AdsPrediction</b><br><b>Flow</b><br>0", "<b>ETLFlow</b><br>1"} <= many
    assert "<b>split_and</b><br><b>_sample</b><br>2" in many


@pytest.mark.parametrize("draw", [dag_figure, timeline_figure])
def test_a_selection_of_no_run_asked_for_has_a_whole_title(
    document: dict, draw: Callable[..., go.Figure]
) -> None:
    assert draw(document).layout.title.text.startswith("Lineage of PredictionFlow/5")
    assert draw(document | {"title": ""}).layout.title.text.split(" (")[0] == "Lineage"


def test_a_run_that_began_before_its_cause_ended_hangs_below_that_cause() -> None:
    """The line to a spawned run is upright, at its start."""
    cause, effect = drawn_records("A/1 => B/2")
    cause = replace(cause, finished_at=effect.finished_at)
    figure = timeline_figure(scene(trace("A/1", downstream=None, source=MemorySource([cause, effect]))))
    (line,) = [trace for trace in figure.data if trace.name == "trigger"]
    assert len(set(line.x[:3])) == 1


def _records(text: str) -> MemorySource:
    return MemorySource(drawn_records(text))


def test_runs_of_a_flow_at_the_same_time_are_side_by_side_in_its_lane() -> None:
    records = [
        replace(drawn_record(f"A/{i}"), finished_at=drawn_record("A/9").created_at) for i in range(1, 4)
    ]
    figure = timeline_figure(scene(trace([r.pathspec for r in records], source=MemorySource(records))))
    (bars,) = [trace for trace in figure.data if isinstance(trace, go.Bar)]
    spans = sorted((y - w / 2, y + w / 2) for y, w in zip(bars.y, bars.width, strict=True))
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert spans[0][0] >= -0.5
    assert spans[-1][1] <= 0.5


def test_an_unfinished_run_is_a_bar_up_to_the_time_of_reading() -> None:
    running = replace(drawn_record("A/1"), status="running", finished_at=None)
    document = scene(trace("A/1", source=MemorySource([running])))
    document["read_at"] = "2026-01-01T00:11:00Z"
    (bars,) = [trace for trace in timeline_figure(document).data if isinstance(trace, go.Bar)]
    assert list(bars.x) == [600_000]
