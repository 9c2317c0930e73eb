"""`lineage.explain` on small lineages drawn in text."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

import lineage
from lineage.comparing.explanation import Explanation
from lineage.comparing.reasons import sentence
from lineage.errors import InvalidArgument
from lineage.records.model import ArtifactRead, RunRecord, TriggerEvent
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_record, drawn_records

STORY = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/5
    first! > DataFlow/3 > PredictionFlow/5
    TrainingFlow/2 .model.> PredictionFlow/5 => ChildFlow/7
    PredictionFlow/5 ~ PredictionFlow/6
"""


def explained(text: str, run: str, **changes: RunRecord) -> Explanation:
    records = {record.pathspec: record for record in drawn_records(text)}
    return lineage.explain(run, source=MemorySource((records | changes).values()))


def test_a_group_names_its_members_and_the_one_that_came_last() -> None:
    late = TriggerEvent("metaflow.DataFlow.end", "DataFlow/3/end/9", START + timedelta(minutes=4), "run")
    early = TriggerEvent("metaflow.TrainingFlow.end", "TrainingFlow/2/end/9", START, "run")
    run = drawn_record("PredictionFlow/5", (early, late))
    answer = explained(STORY, "PredictionFlow/5", **{"PredictionFlow/5": run})
    assert answer.last == "DataFlow/3"
    assert answer.reason == (
        "fired at 2026-01-01 00:05 UTC, because TrainingFlow/2 finished at 00:00 and "
        "DataFlow/3 finished at 00:04; DataFlow/3 came last"
    )


def test_members_that_came_at_the_same_second_have_no_last_one() -> None:
    assert explained(STORY, "PredictionFlow/5").last is None


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("ETLFlow/1", "was started at 2026-01-01 00:01 UTC by ann, without a recorded trigger"),
        ("DataFlow/3", "fired at 2026-01-01 00:03 UTC, because event first arrived at 00:00"),
        ("ChildFlow/7", "was started at 2026-01-01 00:07 UTC by PredictionFlow/5"),
        ("PredictionFlow/6", "was resumed at 2026-01-01 00:06 UTC by ann from PredictionFlow/5"),
        ("PredictionFlow/5", "it read model of TrainingFlow/2"),
    ],
)
def test_each_kind_of_cause_has_its_words(run: str, words: str) -> None:
    assert words in explained(STORY, run).reason


def test_the_details_begin_with_a_sentence_that_names_flows() -> None:
    graph = explained(STORY, "PredictionFlow/5").lineage.graph
    assert sentence(graph, "PredictionFlow/5").startswith(
        "Fired at 2026-01-01 00:05 UTC, because TrainingFlow "
    )
    assert "model" not in sentence(graph, "PredictionFlow/5")  # the list below has what was read


def test_the_sentence_of_the_details_is_in_utc_wherever_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = explained(STORY, "ETLFlow/1").lineage.graph
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert sentence(graph, "ETLFlow/1").startswith("Was started at 2026-01-01 00:01 UTC by ann")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_story_goes_back_to_the_root_causes_with_the_times_between() -> None:
    answer = explained(STORY, "PredictionFlow/5")
    assert [(cause.key, cause.before, cause.root) for cause in answer.causes] == [
        ("DataFlow/3", 120.0, False),
        ("TrainingFlow/2", 180.0, False),
        ("ETLFlow/1", 240.0, True),
        ("event:first/id", 300.0, True),
    ]
    assert "It goes back to ETLFlow/1, event first." in str(answer)
    assert "4 min before: ETLFlow/1 was started" in str(answer)


def test_a_run_by_hand_is_told_from_one_of_a_schedule() -> None:
    laptop = replace(drawn_record("ETLFlow/1"), system_tags=("runtime:dev",))
    argo = replace(laptop, system_tags=("runtime:argo-workflows",))
    assert explained("", "ETLFlow/1", a=laptop).reason == (
        "was started by hand at 2026-01-01 00:01 UTC by ann"
    )
    assert explained("", "ETLFlow/1", a=argo).reason.endswith("by its schedule or by hand")
    begun = replace(laptop, status="running", finished_at=None)
    assert explained("", "ETLFlow/1", a=begun).reason == (
        "was started at 2026-01-01 00:01 UTC by ann, with no trigger recorded so far"
    )
    cron = replace(argo, run_id="argo-etlflow-1767225600")
    assert explained("", cron.pathspec, a=cron).reason.endswith("00:01 UTC by its schedule")


def test_a_failed_run_names_its_step_and_the_ancestor_that_failed_first() -> None:
    text = "ETLFlow/1 > TrainingFlow/2 > PredictionFlow/3"
    runs = {
        "ETLFlow/1": replace(drawn_record("ETLFlow/1"), status="failed", failed_step="load"),
        "PredictionFlow/3": replace(drawn_records(text)[2], status="failed", failed_step="score"),
    }
    answer = explained(text, "PredictionFlow/3", **runs)
    assert answer.failed_ancestor == "ETLFlow/1"
    assert "It failed at step score after 1 min." in str(answer)
    assert "ETLFlow/1 failed at step load first" in str(answer)
    assert answer.failure is None, "an exception is a pickle: it is loaded only when asked for"


def test_a_run_that_is_gone_is_said_to_be_gone() -> None:
    answer = explained("ETLFlow/1? > TrainingFlow/2", "TrainingFlow/2")
    assert answer.causes[0].reason.startswith("no longer exists")


def test_disagreeing_clocks_are_named() -> None:
    answer = explained("ETLFlow/9 > TrainingFlow/2", "TrainingFlow/2")
    assert "the clocks may disagree" in answer.problems[0]


def test_times_are_in_the_zone_that_is_asked_for_and_a_wrong_one_fails_first() -> None:
    source = MemorySource([drawn_record("ETLFlow/1")])
    assert "01:01 CET" in str(lineage.explain("ETLFlow/1", timezone="Europe/Berlin", source=source))
    with pytest.raises(InvalidArgument, match="time zone 'Europe/Atlantis' is not known"):
        lineage.explain("NoFlow/1", timezone="Europe/Atlantis", source=source)


def test_fifty_tasks_that_read_one_model_are_one_clause_and_many_artifacts_are_counted() -> None:
    def reads(*names: str) -> RunRecord:
        read = (ArtifactRead("TrainingFlow/1/end/9", name, None, "work") for name in names)
        return replace(drawn_record("WideFlow/2"), reads=tuple(read))

    training = drawn_record("TrainingFlow/1")
    same = lineage.explain("WideFlow/2", source=MemorySource([training, reads(*["model"] * 50)]))
    assert same.reason.endswith("; it read model of TrainingFlow/1")
    many = lineage.explain(
        "WideFlow/2", source=MemorySource([training, reads(*[f"a{n:02}" for n in range(50)])])
    )
    assert many.reason.endswith("; it read a00, a01, a02 and 47 others of TrainingFlow/1")


def test_a_long_story_is_counted_at_its_end() -> None:
    chain = " > ".join(f"ChainFlow/{number}" for number in range(1, 60))
    assert str(explained(chain, "ChainFlow/59")).splitlines()[-2:] == [
        "- and 28 more before",
        "It goes back to ChainFlow/1.",
    ]
    assert " more before" not in str(explained(chain, "ChainFlow/31"))


def test_five_roots_are_named_and_of_more_the_rest_is_counted() -> None:
    def last_line(roots: int) -> str:
        text = "\n".join(f"Root{number}Flow/{number} > SumFlow/60" for number in range(1, roots + 1))
        return str(explained(text, "SumFlow/60")).splitlines()[-1]

    assert last_line(5).count("Root") == 5
    assert "more" not in last_line(5)
    assert last_line(7).endswith(", 2 more.")


def test_markdown_and_html_hold_hostile_names_as_text() -> None:
    event = TriggerEvent("<b>_x_", "id", START, "event", {"a|b": "@ann </p>\x1b"})
    source = MemorySource([drawn_record("ETLFlow/1", (event,))])
    answer = lineage.explain("ETLFlow/1", source=source)
    assert "\\<b\\>\\_x\\_" in answer.to_markdown()
    assert "@<!-- -->ann" in answer.to_markdown()
    assert "&lt;b&gt;_x_" in answer._repr_html_()
    assert "\x1b" not in str(answer) + answer.to_markdown() + answer._repr_html_()
