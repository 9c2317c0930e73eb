"""Cron as Argo reads it: expectations from the tests of robfig/cron v3 (spec_test.go), which Argo uses."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.errors import InvalidArgument
from lineage.simulation.cron import parse_cron

ACTIVE = [  # time, cron, whether it is one of its times
    ("2012-07-09 15:00", "0/15 * * * *", True),
    ("2012-07-09 15:40", "0/15 * * * *", False),
    ("2012-07-09 15:05", "5/15 * * * *", True),
    ("2012-07-09 15:50", "5/15 * * * *", True),
    ("2012-07-15 15:00", "0/15 * * Jul *", True),
    ("2012-07-15 15:00", "0/15 * * Jun *", False),
    ("2012-07-15 08:30", "30 08 ? Jul Sun", True),
    ("2012-07-15 08:30", "30 08 15 Jul ?", True),
    ("2012-07-16 08:30", "30 08 ? Jul Sun", False),
    # if both days are restricted, one is enough
    ("2012-07-15 00:00", "* * 1,15 * Sun", True),
    ("2012-06-15 00:00", "* * 1,15 * Sun", True),
    ("2012-08-01 00:00", "* * 1,15 * Sun", True),
    ("2012-07-15 00:00", "* * */10 * Sun", True),
    # if one is a star, both must match
    ("2012-07-15 00:00", "* * * * Mon", False),
    ("2012-07-09 00:00", "* * 1,15 * *", False),
    ("2012-07-15 00:00", "* * 1,15 * *", True),
    ("2012-07-15 00:00", "* * */2 * Sun", True),
]


@pytest.mark.parametrize(("time", "cron", "active"), ACTIVE)
def test_activation(time: str, cron: str, active: bool) -> None:
    moment = datetime.fromisoformat(time).replace(tzinfo=timezone.utc)
    found = parse_cron(cron).between(moment - timedelta(seconds=1), moment)
    assert found == ([moment] if active else [])


NEXT_IN_NEW_YORK = [  # after, cron, next; clocks go forward on 2012-03-11 and back on 2012-11-04
    ("2012-03-11T00:00-05:00", "30 2 11 Mar ?", "2013-03-11T02:30-04:00"),
    ("2012-03-11T01:00-05:00", "0 * * * ?", "2012-03-11T03:00-04:00"),
    ("2012-03-11T01:00-05:00", "0 1 * * ?", "2012-03-12T01:00-04:00"),
    ("2012-03-11T00:00-05:00", "0 2 * * ?", "2012-03-12T02:00-04:00"),  # skipped
    ("2012-11-04T00:00-04:00", "30 2 04 Nov ?", "2012-11-04T02:30-05:00"),
    ("2012-11-04T01:45-04:00", "30 1 04 Nov ?", "2012-11-04T01:30-05:00"),
    ("2012-11-04T00:00-04:00", "0 * * * ?", "2012-11-04T01:00-04:00"),
    ("2012-11-04T01:00-04:00", "0 * * * ?", "2012-11-04T01:00-05:00"),
    ("2012-11-04T00:00-04:00", "0 1 * * ?", "2012-11-04T01:00-04:00"),  # runs twice
    ("2012-11-04T01:00-04:00", "0 1 * * ?", "2012-11-04T01:00-05:00"),
    ("2012-11-04T01:00-05:00", "0 1 * * ?", "2012-11-05T01:00-05:00"),
    ("2012-11-04T00:00-04:00", "0 3 * * ?", "2012-11-04T03:00-05:00"),
    ("2012-11-04T00:00-04:00", "0 3 3 * ?", "2012-12-03T03:00-05:00"),
]


# What robfig/cron v3 itself answers (built with Go 1.27) where clocks skip midnight or change by half an hour
STRANGE = [  # zone, cron, start, days, times in UTC
    ("America/Santiago", "26 1 * * 6", "2026-09-04", 3, ["09-05T05:26", "09-06T04:26"]),  # a Sunday
    ("America/Santiago", "0 0 * * *", "2026-09-04T12:00", 3, ["09-05T04:00", "09-07T03:00"]),  # skipped
    ("America/Santiago", "*/10 4,5 * * 5-6", "2026-09-05T12:00", 1, ["09-06T07:00"]),
    ("Pacific/Chatham", "54 2,21 * * *", "2025-09-27T12:00", 1, ["09-27T14:09", "09-28T08:09"]),
    ("Asia/Beirut", "0 12 * * 0", "2025-03-25", 14, ["04-06T09:00"]),  # not on the Sunday without midnight
    (
        "Australia/Lord_Howe",
        "35,36 1 * * *",
        "2026-10-03T14:00",
        1,
        ["10-03T15:05", "10-03T15:06", "10-03T15:35"],
    ),
    ("Australia/Lord_Howe", "0 3 * * *", "2026-10-02", 3, ["10-02T16:30", "10-04T16:00"]),
    (
        "Australia/Lord_Howe",
        "45 1 * * *",
        "2026-04-03",
        3,
        ["04-03T14:45", "04-04T14:45", "04-04T15:15", "04-05T15:15"],
    ),
]


@pytest.mark.parametrize(("zone", "cron", "begin", "days", "expected"), STRANGE)
def test_strange_changes_of_the_clock(
    zone: str, cron: str, begin: str, days: int, expected: list[str]
) -> None:
    start = datetime.fromisoformat(begin).replace(tzinfo=timezone.utc)
    times = parse_cron(cron, zone).between(start, start + timedelta(days=days))
    assert [f"{moment:%m-%dT%H:%M}" for moment in times] == expected


@pytest.mark.parametrize(
    ("zone", "cron", "begin", "days"),
    [
        *(row[:4] for row in STRANGE),
        ("Australia/Lord_Howe", "35,36 1,5 * * *", "2026-10-03T14:00", 1),
        ("Asia/Pyongyang", "0,20,40 23 * * *", "2018-05-04", 2),  # 23:30 became midnight
        ("America/Caracas", "*/20 2,3 * * *", "2016-05-01", 2),  # 2:30 became 3:00
        ("America/Asuncion", "0,20 4 * 9 *", "2017-09-30", 2),  # the first of October had no midnight
    ],
)
def test_each_time_is_the_next_after_the_one_before(zone: str, cron: str, begin: str, days: int) -> None:
    """Those of an hour are listed together, but not across a change of the clock."""
    start = datetime.fromisoformat(begin).replace(tzinfo=timezone.utc)
    end = start + timedelta(days=days)
    parsed = parse_cron(cron, zone)
    times = parsed.between(start, end)
    for before, after in pairwise([start, *times]):
        assert parsed.between(before, after) == [after]
    assert parsed.between(times[-1], end) == []


def test_a_time_that_a_change_of_the_clock_skips_does_not_come() -> None:
    start = datetime(2018, 5, 4, tzinfo=timezone.utc)  # in Pyongyang 23:30 became midnight
    times = parse_cron("0,20,40 23 * * *", "Asia/Pyongyang").between(start, start + timedelta(days=2))
    zone = ZoneInfo("Asia/Pyongyang")
    assert [f"{moment.astimezone(zone):%d %H:%M}" for moment in times] == [
        "04 23:00",
        "04 23:20",
        "05 23:00",
        "05 23:20",
        "05 23:40",
    ]


def test_descriptors_and_zones_in_the_expression() -> None:
    start = datetime(2026, 3, 1, tzinfo=timezone.utc)
    day = timedelta(days=1)
    hours = [f"{at:%H:%M}" for at in parse_cron("@every 7h30m").between(start, start + day)]
    assert hours == ["07:30", "15:00", "22:30"]
    assert parse_cron("CRON_TZ=Asia/Tokyo @daily").between(start, start + day) == [
        start + timedelta(hours=15)
    ]
    with pytest.raises(InvalidArgument, match="the word @every soon is not known"):
        parse_cron("@every soon")
    with pytest.raises(InvalidArgument, match="too long"):
        parse_cron("@every 99999999999999999h")


@pytest.mark.parametrize(
    ("after", "zone", "cron", "expected"),
    [
        ("2026-01-07T15:30", "UTC", "0 9 ? * THU", "2026-01-08T09:00"),  # a day begins at midnight
        # the first of a month that does not match; a month's first midnight; the last year looked at
        ("2026-01-20T10:00", "UTC", "0 3 1 Jan ?", "2027-01-01T03:00"),
        ("2026-01-20T15:30", "UTC", "0 0 1 Mar ?", "2026-03-01T00:00"),
        ("2099-01-01T00:00", "UTC", "0 0 29 Feb ?", "2104-02-29T00:00"),
        # a day whose midnight is skipped
        ("2017-10-10T12:00", "America/Sao_Paulo", "0 1 15 Oct ?", "2017-10-15T03:00"),
    ],
)
def test_the_next_time_on_another_day(after: str, zone: str, cron: str, expected: str) -> None:
    start, wanted = (datetime.fromisoformat(text).replace(tzinfo=timezone.utc) for text in (after, expected))
    assert parse_cron(cron, zone).between(start, start + timedelta(days=1900))[0] == wanted


@pytest.mark.parametrize(("after", "cron", "expected"), NEXT_IN_NEW_YORK)
def test_next_across_daylight_saving(after: str, cron: str, expected: str) -> None:
    start = datetime.fromisoformat(after)
    found = parse_cron(cron, "America/New_York").between(start, start + timedelta(days=400))
    assert found[0] == datetime.fromisoformat(expected)


def test_a_day_that_does_not_exist_never_comes() -> None:
    start = datetime(2012, 7, 9, tzinfo=timezone.utc)
    assert parse_cron("0 0 30 Feb ?").between(start, start + timedelta(days=1500)) == []


NUMBERS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 28), "month": (1, 12), "weekday": (0, 6)}


@st.composite
def fields(draw: st.DrawFn, name: str) -> str:
    """One field in the grammar that all cron dialects share; a star with a step is not among it."""
    low, high = NUMBERS[name]
    first = draw(st.integers(low, high - 1))
    last = draw(st.integers(first + 1, high))
    step = draw(st.integers(1, 7))
    forms = ["*", f"{first}"]
    if (first, last) != (low, high):  # croniter takes a full range for a star
        forms += [f"{first}-{last}", f"{first}-{last}/{step}"]
    return str(draw(st.sampled_from(forms)))


@settings(max_examples=60, deadline=None)
@given(st.tuples(*(fields(name) for name in NUMBERS)).map(" ".join), st.datetimes(datetime(2020, 1, 1)))
def test_agrees_with_croniter_where_the_dialects_agree(cron: str, start: datetime) -> None:
    start = min(start, datetime(2090, 1, 1)).replace(tzinfo=timezone.utc)
    ours = parse_cron(cron).between(start, start + timedelta(days=2))[:20]
    theirs = croniter(cron, start, ret_type=datetime)
    expected = []
    while len(expected) < len(ours) + 1:
        expected.append(theirs.get_next())
    assert ours == expected[: len(ours)]
    assert len(ours) == 20 or expected[len(ours)] > start + timedelta(days=2)


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("xyz", "1 fields instead of five"),
        ("* * * *", "4 fields instead of five"),
        ("@dally", "the word @dally is not known"),
        ("60 0 * * *", "minute 60 is not within 0 to 59"),
        ("0 60 * * *", "hour 60 is not within 0 to 23"),
        ("0 0 0 * *", "day of month 0 is not within 1 to 31"),
        ("0 0 * * XYZ", "day of week XYZ is not a number, a range or a name"),
        ("0 0 * * 7", "day of week 7 is not within 0 to 6"),
        ("*/0 * * * *", "a step that is not a number above 0"),
        ("5-1 * * * *", "not within"),
    ],
)
def test_refuses_what_argo_refuses_and_names_the_field(cron: str, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        parse_cron(cron)


def test_refuses_a_time_zone_that_is_none() -> None:
    with pytest.raises(InvalidArgument, match="the time zone 'Mars/Olympus' is not known"):
        parse_cron("* * * * *", "Mars/Olympus")
