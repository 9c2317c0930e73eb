"""A walk in a thread: progress, cancel, errors in place, and a refresh that moves nothing."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import pytest

import lineage.notebook.showing
from lineage import trace
from lineage.errors import Cancelled, InvalidArgument, SourceUnreachable
from lineage.layout import place
from lineage.notebook.background_walk import Loading
from lineage.notebook.explorer import Explorer
from lineage.notebook.showing import show_lineage
from lineage.notebook.viewer_widget import fitting_height
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
    monkeypatch.setattr(lineage.notebook.showing, "PATIENCE", 0.05)


def test_a_long_walk_returns_at_once_and_shows_what_it_found_later() -> None:
    source = HeldSource(SMALL)
    explorer = show_lineage("PredictionFlow", source=source)
    assert len(explorer.lineage) == 0
    explorer.focus("TrainingFlow")  # by a cell that runs before the walk has ended
    ready = threading.Event()
    explorer.observe(lambda change: change.new == ["TrainingFlow/2"] and ready.set(), "selected")
    source.go.set()
    assert ready.wait(30)
    assert list(explorer.lineage) == ["ETLFlow/1", "TrainingFlow/2", "PredictionFlow/4"]


def small_explorer() -> Explorer:
    return Explorer(trace("PredictionFlow", source=MemorySource(drawn_records(SMALL))))


def test_an_error_of_a_long_walk_is_said_in_the_widget() -> None:
    class Gone(HeldSource):
        def read(self, *given: Any, **named: Any) -> Mapping[str, RunRecord]:
            super().read(*given, **named)
            raise SourceUnreachable("The store gave no answer")

    source = Gone(SMALL)
    explorer = small_explorer()
    thread = explorer.load(Loading(lambda **named: trace("ETLFlow/1", source=source, **named)))
    source.go.set()
    thread.join(30)
    assert explorer.progress == {"error": "The store gave no answer"}
    assert len(explorer.lineage) == 3


class HeldWalk:
    """A walk that has read three of ten runs, and goes on until it is cancelled."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def __call__(self, *, progress: Any, cancel: Any) -> Any:
        progress(3, 10)
        assert cancel.wait(30)
        self.cancelled.set()
        raise Cancelled("stopped after 3 runs")


def test_a_walk_says_how_far_it_is_and_can_be_cancelled_from_the_widget() -> None:
    explorer = small_explorer()
    shown = threading.Event()
    explorer.observe(lambda _: shown.set(), "progress")
    thread = explorer.load(Loading(HeldWalk()))
    assert shown.wait(30)
    assert explorer.progress == {"done": 3, "total": 10, "words": "", "button": "Cancel"}
    explorer._handle_custom_msg({"type": "cancel"}, [])
    thread.join(30)
    assert explorer.progress == {"error": "stopped after 3 runs"}


def test_closing_the_widget_ends_its_walks_and_their_threads() -> None:
    explorer = small_explorer()
    walks = [HeldWalk(), HeldWalk()]
    threads = [explorer.load(Loading(walk)) for walk in walks]
    explorer.close()
    for walk, thread in zip(walks, threads, strict=True):
        assert walk.cancelled.wait(30)
        thread.join(30)
        assert not thread.is_alive()


def test_a_layout_that_takes_long_is_said_and_can_be_given_up() -> None:
    go = threading.Event()

    def arrange(lineage: Any) -> Any:
        assert go.wait(30)
        return place(lineage.graph)

    source = MemorySource(drawn_records(GROWN))
    explorer = Explorer(trace("ETLFlow", source=source))
    whole = partial(trace, "ETLFlow/1", downstream=None, source=source)
    thread = explorer.load(Loading(whole, arrange))
    while not explorer.progress.get("words"):
        thread.join(0.05)
    assert explorer.progress["words"] == "Arranging 5 cards …"
    explorer.cancel()
    thread.join(30)
    assert explorer.progress == {"error": "Arranging 5 cards was cancelled"}
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
    before = {node["id"]: (node["x"], node["y"]) for node in explorer.scene["nodes"]}
    state["text"] = GROWN
    explorer.refresh().join(30)
    after = {node["id"]: (node["x"], node["y"]) for node in explorer.scene["nodes"]}
    assert set(after) - set(before) == {"ReportFlow/5"}
    assert {key: after[key] for key in before} == before
    assert explorer.selected == ["TrainingFlow/2"]
    assert explorer.progress == {}


def test_stale_runs_are_marked_after_the_first_picture_and_after_each_refresh() -> None:
    source = HeldSource(f"{SMALL}\nETLFlow/9 > OtherFlow/10")

    def marked() -> set[str]:
        return {node["id"] for node in explorer.scene["nodes"] if node.get("stale")}

    explorer = show_lineage("PredictionFlow", source=source, stale=True)
    shown: list[set[str]] = []
    ready = threading.Event()
    explorer.observe(lambda _: shown.append(marked()), "scene")
    explorer.observe(lambda _: ready.set() if len(shown) == 2 else None, "scene")
    source.go.set()
    assert ready.wait(30)
    assert shown == [set(), {"TrainingFlow/2", "PredictionFlow/4"}]
    explorer.refresh().join(30)
    assert marked() == {"TrainingFlow/2", "PredictionFlow/4"}
    with pytest.raises(InvalidArgument, match="exclude each other"):
        show_lineage("PredictionFlow", source=source, live=True, stale=True)


def test_an_explorer_of_a_finished_lineage_says_how_to_show_another() -> None:
    with pytest.raises(InvalidArgument, match="assign a new one"):
        small_explorer().refresh()


def test_focus_selects_the_nearest_run_of_a_flow() -> None:
    explorer = small_explorer()
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


def test_selecting_in_the_view_is_seen_by_other_cells_and_back() -> None:
    explorer = small_explorer()
    assert explorer.selected == ["PredictionFlow/4"]
    seen: list[Any] = []
    explorer.observe(lambda change: seen.append(change["new"]), "selected")
    explorer.set_state({"selected": ["ETLFlow/1"]})  # as the page does
    assert explorer.selected == ["ETLFlow/1"]
    explorer.selected = ["TrainingFlow/2"]
    assert seen == [["ETLFlow/1"], ["TrainingFlow/2"]]


def test_a_question_of_the_view_is_answered_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = small_explorer()
    answered = threading.Event()
    sent: list[Any] = []
    monkeypatch.setattr(explorer, "send", lambda content: (sent.append(content), answered.set()))
    explorer._handle_custom_msg({"type": "why not", "id": "ETLFlow/1", "key": "k"}, [])
    assert answered.wait(30)
    assert sent == [{"type": "why not", "id": "ETLFlow/1", "key": "k", "error": "unknown question 'why not'"}]


def test_another_lineage_can_be_assigned() -> None:
    explorer = small_explorer()
    explorer.lineage = trace("ReportFlow", source=MemorySource(drawn_records(GROWN)))
    assert {node["id"] for node in explorer.scene["nodes"]} == set(explorer.lineage.graph)


def test_it_is_printed_in_a_few_words_and_in_a_plain_script_as_the_tree(
    capsys: pytest.CaptureFixture[str],
) -> None:
    explorer = show_lineage("PredictionFlow", source=MemorySource(drawn_records(SMALL)))
    assert capsys.readouterr().out == f"{explorer.lineage}\n"
    assert str(explorer) == f"<Explorer: {explorer.lineage!r}>"


def test_what_a_walk_left_out_is_added_where_it_is_asked_for_and_nothing_moves() -> None:
    text = f"RawFlow/0 > {GROWN}\nDataFlow/2 > PredictionFlow/4"
    source = MemorySource(drawn_records(text))
    explorer = show_lineage("TrainingFlow/2", upstream=0, downstream=1, source=source)
    before = {node["id"]: (node["x"], node["y"]) for node in explorer.scene["nodes"]}
    assert set(before) == {"TrainingFlow/2", "PredictionFlow/4"}
    explorer.more("PredictionFlow/4").join(30)
    after = {node["id"]: (node["x"], node["y"]) for node in explorer.scene["nodes"]}
    assert set(after) - set(before) == {"DataFlow/2", "ReportFlow/5"}
    assert {key: after[key] for key in before} == before
    assert explorer.lineage.focus == ("TrainingFlow/2",)
    assert explorer.lineage.graph.nodes["TrainingFlow/2"]["more_upstream"] == 1
    assert "more_upstream" not in explorer.lineage.graph.nodes["PredictionFlow/4"]
    explorer._handle_custom_msg({"type": "more", "id": "TrainingFlow/2", "direction": "upstream"}, [])
    for _ in range(300):
        if "ETLFlow/1" in explorer.lineage.graph:
            break
        threading.Event().wait(0.1)
    assert "ETLFlow/1" in explorer.lineage.graph


def test_positions_that_are_given_are_taken() -> None:
    lineage = trace("PredictionFlow", source=MemorySource(drawn_records(SMALL)))
    explorer = show_lineage(lineage, layout={"ETLFlow/1": (7, 3)})
    places = {node["id"]: (node["x"], node["y"]) for node in explorer.scene["nodes"]}
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
    assert bundle["text/html"] == lineage._repr_html_()  # what Panel asks for
