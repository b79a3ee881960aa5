"""NCRONTAB expressions of timer triggers: six fields, seconds first.

References
----------
learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of week", 0, 6, DAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values that each of the six fields matches; day of week 0 is Sunday."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def next_after(self, moment: datetime) -> datetime:
        """Return the first occurrence later than `moment`; ValueError if there is none within eight years."""
        at = moment.replace(microsecond=0) + timedelta(seconds=1)
        limit = at + timedelta(days=8 * 366)
        while at < limit:
            if at.month not in self.months or not self._takes_day(at):
                at = at.replace(hour=0, minute=0, second=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0, second=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at = at.replace(second=0) + timedelta(minutes=1)
            elif at.second not in self.seconds:
                at += timedelta(seconds=1)
            else:
                return at
        raise ValueError("The schedule has no occurrence within eight years.")

    def _takes_day(self, at: datetime) -> bool:
        return at.day in self.days and at.isoweekday() % 7 in self.weekdays


def parse_schedule(expression: str) -> Schedule:
    """Parse `{second} {minute} {hour} {day} {month} {day-of-week}`; ValueError names the invalid field."""
    parts = expression.split()
    if len(parts) != 6:
        raise ValueError(f"A schedule must have six fields, seconds first; '{expression}' has {len(parts)}.")
    return Schedule(*(_parse_field(part, *field) for part, field in zip(parts, FIELDS, strict=True)))


def _parse_field(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    values: set[int] = set()
    for part in text.lower().split(","):
        spread, _, step = part.partition("/")
        first, _, last = spread.partition("-")
        try:
            start = low if first == "*" else _number(first, low, names)
            stop = high if first == "*" or (step and not last) else _number(last or first, low, names)
            chosen = range(start, stop + 1, int(step or 1))
        except ValueError as error:
            raise ValueError(f"'{part}' is not a valid value of the {name} field.") from error
        # NCRONTAB writes Sunday as 0 or 7.
        values |= {value % 7 if names is DAYS else value for value in chosen}
    if not values or min(values) < low or max(values) > high:
        raise ValueError(f"The {name} field must be between {low} and {high}, got '{text}'.")
    return frozenset(values)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    return names.index(text) + low if text in names else int(text)
