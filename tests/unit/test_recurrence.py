"""When recurrences come due: frequencies, schedules, time zones and the days clocks are changed."""

import contextlib
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import process_time

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import BadArgument
from studio.work.recurrence import WEEKDAYS, Recurrence, read_moment, read_recurrence, read_zone

NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)


def occurrences(after, count=3, **value):
    found, moment, recurrence = [], datetime.fromisoformat(after), read_recurrence(value, now=NOW)
    for _ in range(count):
        moment = recurrence.after(moment)
        if moment is None:
            return [*found, None]
        found.append(f"{moment:%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    "after, value, expected",
    [
        (
            "2026-11-21T00:00Z",
            {"frequency": "Week", "startTime": "2018-01-01T02:00:00Z", "schedule": {"weekDays": ["Monday"]}},
            ["11-23 02:00", "11-30 02:00", "12-07 02:00"],
        ),
        (
            "2026-11-21T00:00Z",
            {"frequency": "Minute", "interval": 7, "startTime": "2018-01-01T02:00:00Z"},
            ["11-21 00:04", "11-21 00:11", "11-21 00:18"],
        ),
        (
            "2026-11-21T00:00Z",
            {"frequency": "hour", "interval": 5, "startTime": "2026-11-20T01:00:00Z"},
            ["11-21 02:00", "11-21 07:00", "11-21 12:00"],
        ),
        (
            "2026-11-20T23:00Z",
            {"frequency": "Hour", "startTime": "2026-11-01T00:00:00Z", "schedule": {"minutes": [10, 40]}},
            ["11-20 23:10", "11-20 23:40", "11-21 00:10"],
        ),
        (
            "2026-11-21T00:00Z",
            {"frequency": "Day", "interval": 2, "startTime": "2026-11-01T05:00:00Z", "endTime": "2026-11-24T00:00:00Z"},
            ["11-21 05:00", "11-23 05:00", None],
        ),
        (
            "2026-11-21T00:00Z",
            {"frequency": "Day", "startTime": "2026-11-01T05:20:00Z", "schedule": {"hours": [8, 20]}},
            ["11-21 08:20", "11-21 20:20", "11-22 08:20"],
        ),
        (
            "2026-11-21T00:00Z",
            {
                "frequency": "Week",
                "interval": 2,
                "startTime": "2026-11-02T06:00:00Z",
                "schedule": {"weekDays": ["tuesday", "Sunday"], "hours": [6], "minutes": [5]},
            },
            ["11-22 06:05", "12-01 06:05", "12-06 06:05"],
        ),
        (
            "2026-11-21T00:00Z",
            {"frequency": "Month", "startTime": "2026-01-31T00:00:00Z", "schedule": {"monthDays": [-1], "hours": [6]}},
            ["11-30 06:00", "12-31 06:00", "01-31 06:00"],
        ),
        (
            "2026-11-21T00:00Z",
            {
                "frequency": "Month",
                "startTime": "2026-01-01T06:15:00Z",
                "schedule": {"monthlyOccurrences": [{"day": "Friday", "occurrence": -1}]},
            },
            ["11-27 06:15", "12-25 06:15", "01-29 06:15"],
        ),
        # The clocks of western Europe go back on 25 October 2026 and forth on 28 March 2027.
        (
            "2026-10-24T00:00Z",
            {"frequency": "Day", "startTime": "2026-10-01T02:30:00", "timeZone": "W. Europe Standard Time"},
            ["10-24 00:30", "10-25 00:30", "10-26 01:30"],
        ),
        (
            "2027-03-27T00:00Z",
            {"frequency": "Day", "startTime": "2026-10-01T02:30:00", "timeZone": "Europe/Berlin"},
            ["03-27 01:30", "03-28 01:30", "03-29 00:30"],
        ),
        (
            "2026-10-24T22:30Z",
            {"frequency": "Hour", "startTime": "2026-10-01T00:00:00", "timeZone": "Europe/Berlin"},
            ["10-24 23:00", "10-25 00:00", "10-25 01:00"],
        ),
        # A start to come: its own time is the first.
        ("2026-11-21T00:00Z", {"frequency": "Day", "startTime": "2026-12-24T18:00:00Z"}, ["12-24 18:00"]),
        # Without a start it starts now, at whole seconds.
        ("2026-11-21T12:31Z", {"frequency": "Day"}, ["11-22 12:30"]),
    ],
)
def test_occurrences(after, value, expected):
    assert occurrences(after, len(expected), **value) == expected


@pytest.mark.parametrize(
    "value, word",
    [
        (None, "frequency and interval"),
        ({"frequency": "Fortnight"}, "Minute or Hour or Day"),
        ({"frequency": "Day", "interval": 0}, "1 to 1000"),
        ({"frequency": "Day", "interval": "2"}, "1 to 1000"),
        ({"frequency": "Day", "interval": True}, "1 to 1000"),
        ({"frequency": "Day", "timeZone": "Atlantis"}, "Pacific Standard Time"),
        ({"frequency": "Day", "startTime": "tomorrow"}, "2026-01-31T02:00:00Z"),
        ({"frequency": "Day", "schedule": ["hours"]}, "an object"),
        ({"frequency": "Day", "schedule": {"hours": [24]}}, "from 0 to 23"),
        ({"frequency": "Day", "schedule": {"hours": []}}, "non-empty"),
        ({"frequency": "Week", "schedule": {"weekDays": ["Caturday"]}}, "Monday, Tuesday"),
        ({"frequency": "Month", "schedule": {"monthlyOccurrences": [5]}}, "1 to 5"),
        ({"frequency": "Month", "schedule": {"monthlyOccurrences": [{"day": "Monday", "occurrence": 9}]}}, "1 to 5"),
        ({"frequency": "Minute", "interval": 60, "schedule": {"minutes": [7]}}, "can reach"),
        ({"frequency": "Hour", "schedule": {"weekDays": ["Monday"]}}, "of Minute or Hour"),
    ],
)
def test_a_wrong_recurrence_says_what_is_accepted(value, word):
    with pytest.raises(BadArgument, match=word):
        read_recurrence(value, now=NOW)


def test_moments_are_utc_whatever_their_offset():
    assert read_moment("2026-01-01T02:00:00+02:00", "x") == datetime(2026, 1, 1, tzinfo=UTC)
    assert read_moment("2026-01-01", "x") == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(BadArgument):
        read_moment("", "x")


wall_clock = datetime.fromisoformat
BY = {"Day": rrule.DAILY, "Week": rrule.WEEKLY, "Month": rrule.MONTHLY, "Year": rrule.YEARLY}
SCHEDULES = st.fixed_dictionaries(
    {"bysecond": st.just([15])},
    optional={
        "byhour": st.lists(st.integers(0, 23), min_size=1, max_size=3),
        "byminute": st.lists(st.integers(0, 59), min_size=1, max_size=3),
        "bymonthday": st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=6),
        "byweekday": st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4)
        | st.lists(st.builds(lambda day, n: day(n), st.sampled_from(WEEKDAYS), st.integers(1, 5)), min_size=1),
    },
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    frequency=st.sampled_from(list(BY)),
    interval=st.integers(1, 5),
    start=st.datetimes(wall_clock("2020-01-01"), wall_clock("2027-01-01")).map(
        lambda at: at.replace(second=15, microsecond=0)
    ),
    schedule=SCHEDULES,
)
def test_days_are_those_of_rrule(frequency, interval, start, schedule):
    recurrence = Recurrence(frequency, interval, start, None, read_zone("UTC"), schedule)
    limit = wall_clock("2040-01-01")
    rule = rrule.rrule(BY[frequency], dtstart=start, interval=interval, until=limit, **schedule)
    near = wall_clock("2026-05-05")
    expected = list(islice(rule.xafter(near, inc=True), 4)) if frequency != "Day" or len(schedule) < 3 else None
    found = list(islice((at for at in recurrence._on_days(max(near, start)) if at <= limit), 4))
    if expected is not None:
        assert found == expected
    assert all(at.hour in schedule.get("byhour", [start.hour]) for at in found)


NEVER = [
    ({"frequency": "Day", "interval": 7, "schedule": {"weekDays": ["Tuesday"]}}, "every 7 Day from Monday 2026-11-02"),
    ({"frequency": "Day", "interval": 7, "schedule": {"weekDays": ["Tuesday"], "monthDays": [31]}}, "100 years"),
    ({"frequency": "Week", "interval": 3, "schedule": {"monthDays": [31], "weekDays": []}}, "non-empty"),
    ({"frequency": "Month", "interval": 12, "startTime": "2026-02-01", "schedule": {"monthDays": [30]}}, "100 years"),
    (
        {
            "frequency": "Month",
            "schedule": {"monthDays": [1], "monthlyOccurrences": [{"day": "Monday", "occurrence": 5}]},
        },
        "100 years",
    ),
    (
        {
            "frequency": "Year",
            "schedule": {"monthDays": [2], "monthlyOccurrences": [{"day": "Monday", "occurrence": 2}]},
        },
        "100 years",
    ),
    ({"frequency": "Month", "schedule": {"monthDays": [0]}}, "1 to 31"),
    ({"frequency": "Minute", "interval": 2, "schedule": {"minutes": [1]}}, "can reach"),
    ({"frequency": "Day", "endTime": "2026-11-01T00:00:00Z"}, "endTime must be after startTime"),
    (
        {"frequency": "Week", "endTime": "2026-11-05T00:00:00Z", "schedule": {"weekDays": ["Friday"]}},
        "endTime must be after the first time",
    ),
    ({"frequency": "Day", "startTime": "0001-01-01T00:00:00+14:00"}, "startTime must be"),
    ({"frequency": "Day", "startTime": "9999-12-31T23:59:59-14:00"}, "startTime must be"),
    ({"frequency": "Day", "timeZone": "a" * 300}, "timeZone must be"),
]


@pytest.mark.attack("Schedules and windows")
@pytest.mark.parametrize("value, word", NEVER)
def test_a_recurrence_that_never_comes_due_is_refused_at_once_and_says_why(value, word):
    started = process_time()
    with pytest.raises(BadArgument, match=word):
        read_recurrence({"startTime": "2026-11-02T00:00:00Z"} | value, now=NOW)
    assert process_time() - started < 0.5


@pytest.mark.attack("Schedules and windows")
@pytest.mark.parametrize("frequency", ["Minute", "Hour", "Day", "Week", "Month", "Year"])
@pytest.mark.parametrize(
    "start", ["0001-01-01", "0001-01-08T00:00:00Z", "1583-10-15", "9999-12-30", "9999-12-31T23:59"]
)
@pytest.mark.parametrize("interval", [1, 7, 1000])
def test_a_start_at_the_ends_of_the_calendar_costs_no_time(frequency, start, interval):
    value, started = {"frequency": frequency, "interval": interval, "startTime": start}, process_time()
    with contextlib.suppress(BadArgument):
        recurrence = read_recurrence(value, now=NOW)
        found = recurrence.after(NOW)
        assert found is None or found > NOW
        recurrence.after(datetime.max.replace(tzinfo=UTC) - timedelta(hours=1))
    assert process_time() - started < 0.5


@pytest.mark.attack("Schedules and windows")
def test_the_rarest_days_are_found():
    value = {"frequency": "Month", "interval": 12, "startTime": "2073-02-01", "schedule": {"monthDays": [29]}}
    assert read_recurrence(value, now=NOW).after(datetime(2096, 3, 1, tzinfo=UTC)) == datetime(2104, 2, 29, tzinfo=UTC)
