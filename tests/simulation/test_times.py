"""Times on a machine that is not in UTC."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from lineage.simulation.cron import parse_cron
from lineage.simulation.times import read_time


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_local_time_tells_its_zone_and_a_time_of_day_has_none() -> None:
    """A time of day may be in summer or in winter."""
    summer, winter = read_time("2026-07-01T09:00", "start"), read_time("2026-12-01T09:00", "start")
    assert f"{summer:%H:%M %Z %z}, {winter:%H:%M %Z %z}" == "09:00 CEST +0200, 09:00 CET +0100"
    daily = summer.timetz()
    assert (daily.utcoffset(), daily.tzname(), daily.isoformat()) == (None, None, "09:00:00")


def test_the_latest_time_is_one_also_where_clocks_are_ahead_of_utc() -> None:
    latest = datetime.max.replace(tzinfo=timezone.utc)
    assert read_time(latest, "horizon") == latest


def test_the_times_of_an_interval_are_in_utc() -> None:
    start = read_time("2026-03-29T01:00", "start")  # at 2:00 clocks go forward
    found = parse_cron("@every 1h").between(start, start.astimezone(timezone.utc) + timedelta(hours=2))
    assert [f"{moment:%H:%M %Z}" for moment in found] == ["01:00 UTC", "02:00 UTC"]
