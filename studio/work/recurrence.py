"""Recurrences: when they fall due, in the wall-clock time of a time zone, as in Data Factory's schedule triggers.

References
----------
learn.microsoft.com/azure/data-factory/how-to-create-schedule-trigger: frequency, interval, startTime, endTime,
timeZone (Windows names), schedule with minutes, hours, weekDays, monthDays, monthlyOccurrences.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import rrule
from dateutil.parser import isoparse

from studio.wire import invalid_value, is_whole_number

FREQUENCIES = {
    "Minute": rrule.MINUTELY,
    "Hour": rrule.HOURLY,
    "Day": rrule.DAILY,
    "Week": rrule.WEEKLY,
    "Month": rrule.MONTHLY,
    "Year": rrule.YEARLY,
}
STEPS = {"Minute": timedelta(minutes=1), "Hour": timedelta(hours=1), "Day": timedelta(days=1)}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
MAX_INTERVAL = 1000


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A recurrence; `start` is in the wall-clock time of `zone`, `end` is a point in time.

    `schedule` holds the by-arguments of rrule: the minutes, hours and days to which the recurrence is restricted.
    """

    frequency: str
    interval: int
    start: datetime
    end: datetime | None
    zone: ZoneInfo
    schedule: Mapping[str, Any]

    def after(self, moment: datetime) -> datetime | None:
        """Return the first occurrence after a point in time, in UTC; None if there is none before the end."""
        for found in self._wall_clock(moment):
            at = found.replace(tzinfo=self.zone).astimezone(UTC)
            if at > moment:
                return None if self.end is not None and at > self.end else at
        return None

    def _wall_clock(self, moment: datetime) -> Iterator[datetime]:
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        # With a margin, since an hour occurs twice when clocks are set back.
        near = local - timedelta(hours=2)
        rule = rrule.rrule(
            FREQUENCIES[self.frequency],
            dtstart=self._first_near(near),
            interval=self.interval,
            **self.schedule,
        )
        yield from rule.xafter(near, inc=True)

    def _first_near(self, near: datetime) -> datetime:
        """Return the start, advanced by whole intervals, so that a start long ago costs no time."""
        step = STEPS.get(self.frequency)
        if step is None or near <= self.start:
            return self.start
        return self.start + (near - self.start) // (step * self.interval) * step * self.interval


def read_recurrence(value: Any, *, now: datetime) -> Recurrence:
    """Read the recurrence of a trigger or policy; without a startTime it starts at `now`.

    Raises
    ------
    BadArgument
        If a property is invalid; the message names it and says what is accepted.
    """
    if not isinstance(value, dict):
        raise invalid_value("recurrence", "an object with frequency and interval", value)
    frequency = str(value.get("frequency", "")).capitalize()
    if frequency not in FREQUENCIES:
        raise invalid_value("frequency", " or ".join(FREQUENCIES), value.get("frequency"))
    interval = value.get("interval", 1)
    if not is_whole_number(interval) or not 1 <= interval <= MAX_INTERVAL:
        raise invalid_value("interval", f"a whole number from 1 to {MAX_INTERVAL}", interval)
    zone = read_zone(str(value.get("timeZone") or "UTC"))
    first = _read_time(value.get("startTime"), zone, "startTime") or now.replace(microsecond=0)
    if frequency in ("Minute", "Hour"):
        # These count elapsed time, which is not affected when clocks are set back or forward.
        zone = read_zone("UTC")
    wall_clock = first.astimezone(zone).replace(tzinfo=None)
    schedule = value.get("schedule") or {}
    if not isinstance(schedule, dict):
        raise invalid_value("schedule", "an object", schedule)
    found = Recurrence(
        frequency,
        interval,
        wall_clock,
        _read_time(value.get("endTime"), zone, "endTime"),
        zone,
        _by_arguments(frequency, schedule, wall_clock),
    )
    try:
        found.after(now)
    except (ValueError, OverflowError) as error:
        raise invalid_value("schedule", "a set of times that the interval can reach", schedule) from error
    return found


@functools.cache
def read_zone(name: str) -> ZoneInfo:
    """Return a time zone by its Windows or IANA name; BadArgument if it is neither."""
    from tzlocal.windows_tz import win_tz

    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid_value(
            "timeZone", "a name such as 'UTC', 'Pacific Standard Time' or 'Europe/Oslo'", name
        ) from error


def read_moment(value: Any, name: str) -> datetime:
    """Read a time in ISO 8601 and return it in UTC; BadArgument if it is missing or malformed."""
    found = _read_time(value, ZoneInfo("UTC"), name)
    if found is None:
        raise invalid_value(name, "a time such as 2026-01-31T02:00:00Z", value)
    return found


def _read_time(value: Any, zone: ZoneInfo, name: str) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        found: datetime = isoparse(str(value))
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid_value(name, "a time such as 2026-01-31T02:00:00Z", value) from error


def _by_arguments(frequency: str, schedule: dict[str, Any], start: datetime) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if schedule.get("minutes") is not None:
        arguments["byminute"] = _numbers(schedule, "minutes", 0, 59)
    if schedule.get("hours") is not None:
        arguments["byhour"] = _numbers(schedule, "hours", 0, 23)
        # Hours without minutes use the minute of the start.
        arguments.setdefault("byminute", [start.minute])
    if schedule.get("weekDays") is not None:
        arguments["byweekday"] = [WEEKDAYS[_day(name)] for name in _list(schedule, "weekDays")]
    if schedule.get("monthDays") is not None:
        arguments["bymonthday"] = [day for day in _numbers(schedule, "monthDays", -31, 31) if day]
    if schedule.get("monthlyOccurrences") is not None:
        arguments["byweekday"] = [_occurrence(item) for item in _list(schedule, "monthlyOccurrences")]
    if arguments:
        arguments["bysecond"] = [start.second]
    if frequency in ("Minute", "Hour") and set(arguments) - {"byminute", "bysecond"}:
        raise invalid_value(
            "schedule", "omitted, or have only minutes, with a frequency of Minute or Hour", list(schedule)
        )
    return arguments


def _numbers(schedule: dict[str, Any], name: str, low: int, high: int) -> list[int]:
    found = _list(schedule, name)
    if not all(is_whole_number(item) and low <= item <= high for item in found):
        raise invalid_value(name, f"whole numbers from {low} to {high}", found)
    return found


def _list(schedule: dict[str, Any], name: str) -> list[Any]:
    found = schedule[name]
    if not isinstance(found, list) or not found:
        raise invalid_value(name, "a non-empty list", found)
    return found


def _occurrence(item: Any) -> Any:
    number = item.get("occurrence", 1) if isinstance(item, dict) else None
    if not isinstance(item, dict) or not is_whole_number(number) or number not in (*range(-5, 0), *range(1, 6)):
        raise invalid_value("monthlyOccurrences", "a day with an occurrence from 1 to 5 or -1 to -5", item)
    return WEEKDAYS[_day(item.get("day"))](number)


def _day(name: Any) -> int:
    for index, day in enumerate(DAYS):
        if str(name).lower() == day.lower():
            return index
    raise invalid_value("weekDays", f"one of {', '.join(DAYS)}", name)
