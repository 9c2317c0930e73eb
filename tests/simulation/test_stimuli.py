"""The forms in which stimuli are given, and when they happen."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import lineage.simulation
from lineage import simulate
from lineage.errors import FlowNotFound, InvalidArgument
from lineage.flow_map import FlowMap, declare
from lineage.simulation import Stimulus
from lineage.simulation.stimuli import read_stimuli

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FLOWS = FlowMap.of(
    [
        declare("ETLFlow"),
        declare("TrainingFlow", on_finish=["ETLFlow"], project="shop", branch="prod"),
        declare("EventFlow", on=["first"]),
    ]
)


class PastRun:
    """Like a `metaflow.Run`: it has a pathspec, and iterates over its steps."""

    pathspec = "ETLFlow/34"

    def __iter__(self) -> Iterator[str]:
        return iter(["start", "end"])


def started(*given: Any, **arguments: Any) -> list[str]:
    return [f"{run.started:%H:%M}" for run in simulate(FLOWS, given, **arguments).runs]


def refusal(given: Any) -> str:
    with pytest.raises((InvalidArgument, FlowNotFound)) as caught:
        read_stimuli(given, FLOWS)
    return str(caught.value)


def test_a_run_may_be_given_alone_or_among_others() -> None:
    finish = Stimulus("ETLFlow", "finish", run_id="34")
    assert read_stimuli(PastRun(), FLOWS) == [finish]
    assert read_stimuli([PastRun(), "first"], FLOWS) == [finish, Stimulus("first", "event")]


def test_a_short_name_stands_for_the_flow_of_its_project_and_json_may_be_indented() -> None:
    training = Stimulus("shop.prod.TrainingFlow", "run", payload={"x": 1})
    assert read_stimuli('\n  {"name": "TrainingFlow", "payload": {"x": 1}}\n', FLOWS) == [training]


@pytest.mark.parametrize("run_id", ["", "a b", "34/start", ".", ".."])
def test_what_cannot_be_the_id_of_a_run_is_refused_in_every_form(run_id: str) -> None:
    says = f"a past run is named like \"TrainingFlow/34\", not 'TrainingFlow/{run_id}'"
    for given in (
        f"TrainingFlow/{run_id}",
        {"name": "TrainingFlow", "kind": "finish", "run_id": run_id},
        Stimulus("TrainingFlow", "finish", run_id=run_id),
    ):
        assert refusal(given) == says


def test_names_that_name_no_flow_say_so() -> None:
    assert refusal("/") == "the name of a stimulus must be that of a flow or an event, not ''"
    assert refusal(Stimulus("first", "run")) == "'first' is an event and has no runs; give its name alone"


def test_a_cron_is_in_its_time_zone_and_is_read_before_anything_is_played() -> None:
    tokyo = Stimulus("ETLFlow", cron="0 22 * * *", timezone="Asia/Tokyo")
    assert started(tokyo, start=NOON) == ["13:00"]
    assert "'Mars'" in refusal(Stimulus("first", cron="* * * * *", timezone="Mars"))
    assert "'noon'" in refusal(Stimulus("first", at="noon"))


def test_a_cron_time_at_the_very_start_counts_and_none_before_it() -> None:
    noon = Stimulus("ETLFlow", cron="0 12 * * *")
    assert started(noon, start=NOON, horizon=timedelta(hours=1)) == ["12:00"]
    assert started(noon, start=NOON + timedelta(microseconds=1), horizon=timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2025-12-31T12:00+01:00", "2025-12-31T12:00+01:00"),
        (NOON - timedelta(minutes=1), "2026-01-01 11:59:00+00:00"),
        (timedelta(minutes=-1), "-1 day, 23:59:00"),
        (timedelta.min, "-999999999 days, 0:00:00"),
    ],
)
def test_a_time_before_the_start_is_refused_as_it_was_given(at: Any, says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        simulate(FLOWS, Stimulus("first", at=at), start=NOON)
    assert str(caught.value) == f"first at {says} is before the start, 2026-01-01T12:00:00+00:00"


@pytest.mark.slow  # it is quick, but `make mutants` puts a function between the line and the warning
def test_the_old_place_of_a_name_blames_the_line_that_uses_it() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert lineage.simulation.simulate
    assert [warning.filename for warning in caught] == [__file__]
