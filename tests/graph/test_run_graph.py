"""What a `Lineage` can do with itself."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

from lineage import Lineage, load, trace
from lineage.errors import InvalidArgument, RunNotFound
from lineage.records.model import RunRecord
from lineage.scene.lineage_scene import scene
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records

TYPICAL = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/4
    first! > DataFlow/3 > PredictionFlow/4
    GoneFlow/0? > PredictionFlow/4
    PredictionFlow/4 ~ PredictionFlow/5
"""


@pytest.fixture
def lineage() -> Lineage:
    return trace("PredictionFlow/5", source=MemorySource(drawn_records(TYPICAL)))


def test_a_saved_lineage_comes_back_the_same(lineage: Lineage, tmp_path: Path) -> None:
    back = load(lineage.save(tmp_path / "lineage.json"))
    assert nx.utils.graphs_equal(back.graph, lineage.graph)
    assert (back.focus, back.problems, back.source) == (lineage.focus, lineage.problems, lineage.source)
    assert back.read_at == lineage.read_at


def test_a_lineage_can_be_serialised_by_networkx_itself(lineage: Lineage) -> None:
    data = nx.node_link_data(lineage.graph, edges="edges")
    assert nx.utils.graphs_equal(nx.node_link_graph(data, edges="edges"), lineage.graph)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "other/1"}', '{"format": "metaflow-lineage/1"}']
)
def test_a_file_that_is_no_saved_lineage_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(InvalidArgument, match=r"other\.json"):
        load(path)


def test_a_lineage_of_the_past_says_so_in_every_view(tmp_path: Path) -> None:
    source = MemorySource(drawn_records(TYPICAL))
    past = trace("PredictionFlow/4", as_of="2026-01-01T00:04:30+00:00", source=source)
    assert repr(past).startswith("Lineage of PredictionFlow/4 as of 2026-01-01 00:04:30 UTC: ")
    assert scene(past)["source"].startswith("as it was known at 2026-01-01 00:04:30 UTC · ")
    assert "as it was known at 2026-01-01 00:04:30 UTC" in past.to_html(tmp_path / "past.html").read_text()
    assert load(past.save(tmp_path / "past.json")).as_of == past.as_of


def test_a_failed_write_leaves_the_old_file_whole(lineage: Lineage, tmp_path: Path) -> None:
    path = lineage.save(tmp_path / "lineage.json")
    before = path.read_bytes()
    lineage.graph.nodes["TrainingFlow/2"]["tags"] = [object()]  # nothing that JSON knows
    with pytest.raises(TypeError, match="cannot save a lineage with a value of type object"):
        lineage.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["lineage.json"]


def test_the_nearest_run_of_a_flow_is_by_hops_and_then_the_latest(lineage: Lineage) -> None:
    assert lineage.nearest("PredictionFlow") == "PredictionFlow/5"
    assert lineage.nearest("ETLFlow") == "ETLFlow/1"
    two = trace("C/3", source=MemorySource(drawn_records("A/1 > C/3\nA/2 > C/3\nA/0 > A/1")))
    assert two.nearest("A") == "A/2"
    assert two.nearest("A/0") == "A/0"


def test_a_flow_that_is_not_in_it_is_answered_with_the_nearest_name(lineage: Lineage) -> None:
    with pytest.raises(RunNotFound, match="did you mean TrainingFlow"):
        lineage.nearest("TraningFlow")


def test_it_is_a_collection_of_runs_causes_first(lineage: Lineage) -> None:
    assert len(lineage) == 6
    order = list(lineage)
    assert order.index("ETLFlow/1") < order.index("TrainingFlow/2") < order.index("PredictionFlow/4")
    assert "ETLFlow" in lineage
    assert "ETLFlow/1" in lineage
    assert "ETLFlow/2" not in lineage


def test_its_repr_counts_what_is_in_it(lineage: Lineage) -> None:
    assert repr(lineage) == "Lineage of PredictionFlow/5: 6 runs, 1 event"


def test_a_subset_counts_what_it_lost_at_its_border(lineage: Lineage) -> None:
    part = lineage.subset({"PredictionFlow/4", "TrainingFlow/2"})
    assert part.graph.nodes["PredictionFlow/4"]["more_upstream"] == 2
    assert part.graph.nodes["PredictionFlow/4"]["more_downstream"] == 1
    assert part.graph.nodes["TrainingFlow/2"]["more_upstream"] == 1
    assert part.focus == ()
    assert "more_upstream" not in lineage.graph.nodes["PredictionFlow/4"]


def test_as_text_it_is_a_tree_that_names_each_run_once(lineage: Lineage) -> None:
    assert str(lineage) == "\n".join(
        [
            "● PredictionFlow/5  completed in 1 min, ann",
            "  came from",
            "  └╌ ● PredictionFlow/4  completed in 1 min, ann  [resumed]",
            "     ├─ ○ GoneFlow/0  missing",
            "     ├─ ● TrainingFlow/2  completed in 1 min, ann",
            "     │  └─ ● ETLFlow/1  completed in 1 min, ann",
            "     └─ ● DataFlow/3  completed in 1 min, ann",
            "        └─ ★ first  event",
        ]
    )


def test_a_selection_without_the_run_that_was_asked_for_is_drawn_all_the_same(lineage: Lineage) -> None:
    part = lineage.select("TrainingFlow or DataFlow or ETLFlow")
    assert str(part) == "\n".join(
        [
            "● TrainingFlow/2  completed in 1 min, ann, +1 effect not shown",
            "  came from",
            "  └─ ● ETLFlow/1  completed in 1 min, ann",
            "● DataFlow/3  completed in 1 min, ann, +1 cause not shown, +1 effect not shown",
        ]
    )


def test_a_chain_of_5000_and_a_fan_of_3000_are_cut_with_a_summary() -> None:
    chain = " > ".join(f"F/{i}" for i in range(5000))
    fan = "\n".join(f"G/{i} > H/3001" for i in range(3000))
    source = MemorySource(drawn_records(f"{chain}\n{fan}"))
    for run, flows in (
        ("F/4999", "  of 1 flow: F 5,000"),
        ("H/3001", "  of 2 flows: G 3,000, H 1"),
    ):
        lineage = trace(run, source=source)
        *tree, ended, of_flows = str(lineage).splitlines()
        assert len(tree) == 200
        assert ended == f"… cut here; {len(lineage):,} runs in all: {len(lineage):,} completed"
        assert of_flows == flows


def test_thousands_of_problems_and_of_runs_in_focus_are_counted() -> None:
    runs = [RunRecord("F", str(i), status="completed", problems=("a broken record",)) for i in range(3000)]
    lineage = trace([run.pathspec for run in runs], source=MemorySource(runs))
    assert len(str(lineage)) < 30_000
    assert str(lineage).endswith("\n! and 2,950 more problems")
    assert repr(lineage) == ("Lineage of F/0, F/1, F/2, F/3, F/4 and 2,995 more: 3,000 runs, 3,000 problems")


def test_names_cannot_steer_a_terminal() -> None:
    hostile = MemorySource([RunRecord("Evil", "\x1b[2J\u202e1", user="a\nb")])
    text = str(trace("Evil/\x1b[2J\u202e1", source=hostile))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("\n") == 0
