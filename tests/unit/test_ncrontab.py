from datetime import UTC, datetime

import pytest

from devhost.ncrontab import parse_schedule

START = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)


def upcoming(expression: str, count: int = 3) -> list[str]:
    schedule, at, found = parse_schedule(expression), START, []
    for _ in range(count):
        at = schedule.next_after(at)
        found.append(f"{at:%Y-%m-%d %H:%M:%S}")
    return found


@pytest.mark.parametrize(
    "expression, times",
    [
        ("0 * * * * *", ["2026-01-01 00:01:00", "2026-01-01 00:02:00", "2026-01-01 00:03:00"]),
        ("*/20 * * * * *", ["2026-01-01 00:00:40", "2026-01-01 00:01:00", "2026-01-01 00:01:20"]),
        ("0 */5 * * * *", ["2026-01-01 00:05:00", "2026-01-01 00:10:00", "2026-01-01 00:15:00"]),
        ("0 0 */2 * * *", ["2026-01-01 02:00:00", "2026-01-01 04:00:00", "2026-01-01 06:00:00"]),
        ("0 0 9-11 * * *", ["2026-01-01 09:00:00", "2026-01-01 10:00:00", "2026-01-01 11:00:00"]),
        ("0 30 9 * * 1-5", ["2026-01-01 09:30:00", "2026-01-02 09:30:00", "2026-01-05 09:30:00"]),
        ("0 30 9 * Feb Mon", ["2026-02-02 09:30:00", "2026-02-09 09:30:00", "2026-02-16 09:30:00"]),
        ("5,8,10 * * * * *", ["2026-01-01 00:01:05", "2026-01-01 00:01:08", "2026-01-01 00:01:10"]),
        ("0 0 0 29 2 *", ["2028-02-29 00:00:00", "2032-02-29 00:00:00", "2036-02-29 00:00:00"]),
        ("0 0 0 * * 7", ["2026-01-04 00:00:00", "2026-01-11 00:00:00", "2026-01-18 00:00:00"]),
        ("0 10/20 0 * * *", ["2026-01-01 00:10:00", "2026-01-01 00:30:00", "2026-01-01 00:50:00"]),
    ],
)
def test_the_next_times_are_those_of_ncrontab(expression, times):
    assert upcoming(expression) == times


@pytest.mark.parametrize(
    "expression, text",
    [
        ("* * * * *", "must have six fields, seconds first"),
        ("60 * * * * *", "second field must be between 0 and 59"),
        ("0 0 24 * * *", "hour field must be between 0 and 23"),
        ("0 0 0 0 * *", "day field must be between 1 and 31"),
        ("0 0 0 * Foo *", "'foo' is not a valid value of the month field"),
        ("0 0 0 * * */0", "day of week field"),
        ("0 10-5 * * * *", "minute field"),
    ],
)
def test_a_wrong_field_is_named(expression, text):
    with pytest.raises(ValueError, match=text.replace("*", r"\*")):
        parse_schedule(expression)


def test_a_day_that_never_comes_is_an_error():
    with pytest.raises(ValueError, match="no occurrence"):
        parse_schedule("0 0 0 30 2 *").next_after(START)
