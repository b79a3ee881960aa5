"""Recurrences: when they fall due, in the wall-clock time of a time zone, as in Data Factory's schedule triggers.

References
----------
learn.microsoft.com/azure/data-factory/how-to-create-schedule-trigger: frequency, interval, startTime, endTime,
timeZone (Windows names), schedule with minutes, hours, weekDays, monthDays, monthlyOccurrences.
"""

import calendar
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import rrule
from dateutil.parser import isoparse

from studio.problems import Problems
from studio.wire import invalid_value, is_whole_number

FREQUENCIES = {"Minute": rrule.MINUTELY, "Hour": rrule.HOURLY, "Day": None, "Week": None, "Month": None, "Year": None}
STEPS = {"Minute": timedelta(minutes=1), "Hour": timedelta(hours=1)}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
MAX_INTERVAL = 1000
# Longer than the 40 years that may lie between two 29ths of February on a Monday.
HORIZON = timedelta(days=100 * 365.25)
EARLIEST = datetime.fromisoformat("0001-01-03T00:00:00")


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
        """Return the first occurrence after a point in time, in UTC; None if none is before the end or in 100 years."""
        for found in self._wall_clock(moment):
            at = found.replace(tzinfo=self.zone).astimezone(UTC)
            if at > moment:
                return None if self.end is not None and at > self.end else at
        return None

    def first(self) -> datetime | None:
        """Return the first occurrence of all."""
        start = self.start.replace(tzinfo=self.zone).astimezone(UTC)
        return self.after(start - timedelta(microseconds=1)) if self.start > EARLIEST else self.after(start)

    def _wall_clock(self, moment: datetime) -> Iterator[datetime]:
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        # With a margin, since an hour occurs twice when clocks are set back.
        near = local - (timedelta(hours=2) if local > EARLIEST else timedelta())
        if self.frequency not in STEPS:
            yield from self._on_days(max(near, self.start))
            return
        step = STEPS[self.frequency] * self.interval
        # A start long ago costs no time.
        start = self.start + max(0, (near - self.start) // step) * step
        rule = rrule.rrule(FREQUENCIES[self.frequency], dtstart=start, interval=self.interval, **self.schedule)
        yield from rule.xafter(near, inc=True)

    def _on_days(self, near: datetime) -> Iterator[datetime]:
        """Yield occurrences from a time on, for 100 years.

        Not by rrule, which looks on until the year 9999 if the interval never meets the schedule.
        """
        hours, minutes = (
            sorted(set(self.schedule.get(name, [given])))
            for name, given in (("byhour", self.start.hour), ("byminute", self.start.minute))
        )
        times = [time(hour, minute, self.start.second) for hour in hours for minute in minutes]
        last = near.date() + min(HORIZON, date.max - near.date())
        for first, count in self._periods(near.date()):
            if first > last:
                return
            for day in (first + timedelta(days=number) for number in range(count)):
                if self._is_on(day):
                    found = (datetime.combine(day, at) for at in times)
                    yield from (at for at in found if at >= near)

    def _periods(self, near: date) -> Iterator[tuple[date, int]]:
        """Yield the first day and the number of days of each day, week, month or year that the interval reaches."""
        start = self.start.date()
        if self.frequency in ("Day", "Week"):
            days = 7 if self.frequency == "Week" else 1
            start -= timedelta(days=start.weekday() if days == 7 and start.toordinal() > 7 else 0)
            step = timedelta(days=days * self.interval)
            first = start + max(0, (near - start) // step) * step
            while first <= date.max - step:
                yield first, days
                first += step
            return
        months = self.interval * (12 if self.frequency == "Year" else 1)
        month = start.year * 12 + (start.month - 1 if self.frequency == "Month" else 0)
        month += max(0, (near.year * 12 + near.month - 1 - month) // months) * months
        while month < 12 * MAXYEAR:
            year, index = divmod(month, 12)
            length = (
                365 + calendar.isleap(year) if self.frequency == "Year" else calendar.monthrange(year, index + 1)[1]
            )
            yield date(year, index + 1, 1), length
            month += months

    def _is_on(self, day: date) -> bool:
        """Return whether a day of a period that the interval reaches is one of the schedule's, or like the start."""
        weekdays, days = self.schedule.get("byweekday"), self.schedule.get("bymonthday")
        length = calendar.monthrange(day.year, day.month)[1]
        if days is not None and day.day not in days and day.day - length - 1 not in days:
            return False
        if weekdays is not None:
            return any(item.weekday == day.weekday() and self._is_nth(day, length, item.n) for item in weekdays)
        if days is not None or self.frequency == "Day":
            return True
        if self.frequency == "Week":
            return day.weekday() == self.start.weekday()
        return day.day == self.start.day and (self.frequency == "Month" or day.month == self.start.month)

    def _is_nth(self, day: date, length: int, number: int | None) -> bool:
        """Return whether a day is the nth of its weekday in its month or, every Year, in its year."""
        if not number or self.frequency in ("Day", "Week"):
            return True
        position = day.day
        if self.frequency == "Year":
            position, length = day.timetuple().tm_yday, 365 + calendar.isleap(day.year)
        return number in ((position - 1) // 7 + 1, -((length - position) // 7 + 1))


def read_recurrence(value: Any, *, now: datetime) -> Recurrence:
    """Read the recurrence of a trigger or policy; without a startTime it starts at `now`.

    Raises
    ------
    BadArgument
        If a property is invalid; has a detail for each that is, with what is accepted.
    """
    if not isinstance(value, dict):
        raise invalid_value("recurrence", "an object with frequency and interval", value)
    problems = Problems()
    frequency = str(value.get("frequency", "")).capitalize()
    if frequency not in FREQUENCIES:
        problems.note(invalid_value("frequency", " or ".join(FREQUENCIES), value.get("frequency")))
    interval = value.get("interval", 1)
    if not is_whole_number(interval) or not 1 <= interval <= MAX_INTERVAL:
        problems.note(invalid_value("interval", f"a whole number from 1 to {MAX_INTERVAL}", interval))
    zone = problems.attempt(read_zone, str(value.get("timeZone") or "UTC")) or read_zone("UTC")
    first = problems.attempt(_read_time, value.get("startTime"), zone, "startTime") or now.replace(microsecond=0)
    end = problems.attempt(_read_time, value.get("endTime"), zone, "endTime")
    if frequency in ("Minute", "Hour"):
        # These count elapsed time, which is not affected when clocks are set back or forward.
        zone = read_zone("UTC")
    wall_clock = first.astimezone(zone).replace(tzinfo=None)
    schedule = value.get("schedule") or {}
    if not isinstance(schedule, dict):
        problems.note(invalid_value("schedule", "an object", schedule))
        schedule = {}
    arguments = problems.attempt(_by_arguments, frequency, schedule, wall_clock)
    problems.raise_all()
    found = Recurrence(frequency, interval, wall_clock, end, zone, arguments or {})
    _check_comes_due(found, value)
    return found


def _check_comes_due(recurrence: Recurrence, value: dict[str, Any]) -> None:
    """Raise BadArgument, saying why, if a recurrence never comes due."""
    end, schedule = value.get("endTime"), value.get("schedule") or {}
    start = recurrence.start.replace(tzinfo=recurrence.zone)
    if recurrence.end is not None and recurrence.end < start:
        raise invalid_value("endTime", f"after startTime, {start.isoformat()}", end)
    every = f"every {recurrence.interval} {recurrence.frequency} from {recurrence.start:%A %Y-%m-%d %H:%M}"
    try:
        if replace(recurrence, end=None).first() is None:
            raise invalid_value("schedule", f"a set of times that {every} reaches within 100 years", schedule)
        if recurrence.first() is None:
            raise invalid_value("endTime", f"after the first time that {every} comes due", end)
    except (ValueError, OverflowError) as error:
        raise invalid_value("schedule", f"a set of times that {every} can reach", schedule) from error


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
        arguments["bymonthday"] = _numbers(schedule, "monthDays", -31, 31)
        if 0 in arguments["bymonthday"]:
            raise invalid_value("monthDays", "whole numbers from 1 to 31 or -1 to -31", schedule["monthDays"])
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
