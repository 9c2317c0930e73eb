"""A walk in a thread: progress, cancel, errors in place, and a refresh that moves nothing."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import pytest

import lineage.notebook.explorer
from lineage import trace
from lineage.errors import Cancelled, InvalidArgument, SourceUnreachable
from lineage.layout import place
from lineage.notebook.background_walk import Loading
from lineage.notebook.explorer import Explorer, fitting_height, show_lineage
from lineage.notebook.progress_bar import ProgressBar
from lineage.records.model import RunRecord
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records

SMALL = "ETLFlow/1 > TrainingFlow/2 > PredictionFlow/4"
GROWN = f"{SMALL} > ReportFlow/5\nETLFlow/1 > TrainingFlow/3"


class HeldSource(MemorySource):
    """Answers once it is let go."""

    def __init__(self, text: str) -> None:
        super().__init__(drawn_records(text))
        self.go = threading.Event()

    def read(self, pathspecs: Collection[str], *rest: Any, **named: Any) -> Mapping[str, RunRecord]:
        assert self.go.wait(30)
        return super().read(pathspecs, *rest, **named)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage.notebook.explorer, "PATIENCE", 0.05)


def test_a_long_walk_returns_at_once_and_shows_what_it_found_later() -> None:
    source = HeldSource(SMALL)
    explorer = show_lineage("PredictionFlow", source=source)
    assert len(explorer.lineage) == 0
    ready = threading.Event()
    explorer.observe(lambda _: ready.set(), "lineage")
    source.go.set()
    assert ready.wait(30)
    assert list(explorer.lineage) == ["ETLFlow/1", "TrainingFlow/2", "PredictionFlow/4"]


def test_an_error_of_a_long_walk_is_said_under_the_graph() -> None:
    class Gone(HeldSource):
        def read(self, *given: Any, **named: Any) -> Mapping[str, RunRecord]:
            super().read(*given, **named)
            raise SourceUnreachable("The store <b>gave</b> no answer")

    source = Gone(SMALL)
    explorer = Explorer(trace("ETLFlow", source=MemorySource(drawn_records(SMALL))))
    thread = explorer.load(Loading(lambda **named: trace("ETLFlow/1", source=source, **named)))
    source.go.set()
    thread.join(30)
    assert "The store &lt;b&gt;gave&lt;/b&gt; no answer" in explorer._bar._words.value
    assert explorer._bar.layout.display == "flex"
    assert list(explorer.lineage) == ["ETLFlow/1"]


def test_a_walk_can_be_cancelled_from_the_widget() -> None:
    def walk(*, progress: Any, cancel: Any) -> Any:
        progress(3, 10)
        assert cancel.wait(30)
        raise Cancelled("stopped after 3 runs")

    explorer = Explorer(trace("ETLFlow", source=MemorySource(drawn_records(SMALL))))
    loading = Loading(walk)
    thread = explorer.load(loading)
    while not explorer._bar._words.value:
        thread.join(0.05)
    assert "3 of 10 runs read" in explorer._bar._words.value
    explorer._bar._stop.click()
    thread.join(30)
    assert "stopped after 3 runs" in explorer._bar._words.value


def test_a_layout_that_takes_long_is_said_and_can_be_given_up() -> None:
    go = threading.Event()

    def arrange(lineage: Any) -> Any:
        assert go.wait(30)
        return place(lineage.graph)

    source = MemorySource(drawn_records(GROWN))
    explorer = Explorer(trace("ETLFlow", source=source))
    whole = partial(trace, "ETLFlow/1", downstream=None, source=source)
    thread = explorer.load(Loading(whole, arrange))
    while "Arranging" not in explorer._bar._words.value:
        thread.join(0.05)
    assert "Arranging 5 cards …" in explorer._bar._words.value
    explorer._bar._stop.click()
    thread.join(30)
    assert "Arranging 5 cards was cancelled" in explorer._bar._words.value
    assert list(explorer.lineage) == ["ETLFlow/1"]
    go.set()
    explorer.load(Loading(whole, arrange)).join(30)
    assert len(explorer.lineage) == 5


def test_a_refresh_shows_what_is_new_and_moves_nothing_and_keeps_the_selection() -> None:
    state = {"text": SMALL}

    def walk(**_: Any) -> Any:
        return trace("PredictionFlow/4", downstream=None, source=MemorySource(drawn_records(state["text"])))

    explorer = Explorer(walk(), walk=walk)
    explorer.selected = ["TrainingFlow/2"]
    before = {node["id"]: (node["x"], node["y"]) for node in explorer._viewer.scene["nodes"]}
    state["text"] = GROWN
    explorer.refresh().join(30)
    after = {node["id"]: (node["x"], node["y"]) for node in explorer._viewer.scene["nodes"]}
    assert set(after) - set(before) == {"ReportFlow/5"}
    assert {key: after[key] for key in before} == before
    assert explorer.selected == ["TrainingFlow/2"]
    assert explorer._bar.layout.display == "none"


def test_an_explorer_of_a_finished_lineage_says_how_to_show_another() -> None:
    explorer = Explorer(trace("ETLFlow", source=MemorySource(drawn_records(SMALL))))
    with pytest.raises(InvalidArgument, match="assign a new one"):
        explorer.refresh()


def test_focus_selects_the_nearest_run_of_a_flow() -> None:
    explorer = Explorer(trace("PredictionFlow", source=MemorySource(drawn_records(SMALL))))
    explorer.focus("ETLFlow")
    assert explorer.selected == ["ETLFlow/1"]


def test_a_bad_argument_fails_at_the_door() -> None:
    with pytest.raises(InvalidArgument, match="run must"):
        show_lineage(42)  # type: ignore[arg-type] # on purpose
    with pytest.raises(InvalidArgument, match="upstream must be a number of hops"):
        show_lineage("ETLFlow", upstream=-1, source=MemorySource([]))
    with pytest.raises(InvalidArgument, match="theme must be"):
        Explorer(trace("ETLFlow", source=MemorySource(drawn_records(SMALL))), theme="pink")


def test_the_graph_is_as_high_as_its_rows_need_within_limits() -> None:
    def height(rows: int) -> int:
        return fitting_height({"nodes": [{"y": row} for row in range(rows)]})

    assert height(1) == 240
    assert 240 < height(4) < 460
    assert height(500) == 460
    assert fitting_height({"nodes": []}) == 240


def test_progress_without_a_known_total_is_said_as_such() -> None:
    bar = ProgressBar()
    bar.show(1200, None, cancel=lambda: None)
    assert "1,200 runs read" in bar._words.value
    bar.hide()
    assert bar.layout.display == "none"


def test_what_a_walk_left_out_is_added_where_it_is_asked_for_and_nothing_moves() -> None:
    text = f"RawFlow/0 > {GROWN}\nDataFlow/2 > PredictionFlow/4"
    source = MemorySource(drawn_records(text))
    explorer = show_lineage("TrainingFlow/2", upstream=0, downstream=1, source=source)
    before = {node["id"]: (node["x"], node["y"]) for node in explorer._viewer.scene["nodes"]}
    assert set(before) == {"TrainingFlow/2", "PredictionFlow/4"}
    explorer.more("PredictionFlow/4").join(30)
    after = {node["id"]: (node["x"], node["y"]) for node in explorer._viewer.scene["nodes"]}
    assert set(after) - set(before) == {"DataFlow/2", "ReportFlow/5"}
    assert {key: after[key] for key in before} == before
    assert explorer.lineage.focus == ("TrainingFlow/2",)
    assert explorer.lineage.graph.nodes["TrainingFlow/2"]["more_upstream"] == 1
    assert "more_upstream" not in explorer.lineage.graph.nodes["PredictionFlow/4"]
    explorer._viewer._handle_custom_msg({"type": "more", "id": "TrainingFlow/2", "direction": "upstream"}, [])
    for _ in range(300):
        if "ETLFlow/1" in explorer.lineage.graph:
            break
        threading.Event().wait(0.1)
    assert "ETLFlow/1" in explorer.lineage.graph


def test_positions_that_are_given_are_taken() -> None:
    lineage = trace("PredictionFlow", source=MemorySource(drawn_records(SMALL)))
    explorer = show_lineage(lineage, layout={"ETLFlow/1": (7, 3)})
    places = {node["id"]: (node["x"], node["y"]) for node in explorer._viewer.scene["nodes"]}
    assert places["ETLFlow/1"] == (7, 3)
    with pytest.raises(InvalidArgument, match="did you mean ETLFlow/1"):
        show_lineage(lineage, layout={"ETLFlow/2": (7, 3)})
    with pytest.raises(InvalidArgument, match="not \\(column, row\\)"):
        show_lineage(lineage, layout={"ETLFlow/1": 7})  # type: ignore[dict-item] # on purpose
    marks = [one for one in lineage.figure(layout={"ETLFlow/1": (7, 3)}).data if one.customdata is not None]
    assert (marks[0].x[0], marks[0].y[0]) == (7, 3)


def test_a_lineage_as_a_cells_value_is_the_view_without_a_kernel_or_the_tree() -> None:
    lineage = trace("PredictionFlow", source=MemorySource(drawn_records(SMALL)))
    bundle = lineage._repr_mimebundle_()
    assert "<iframe" in bundle["text/html"]
    assert bundle["text/plain"] == str(lineage)
