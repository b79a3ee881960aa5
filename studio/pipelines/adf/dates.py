"""Dates and time spans as .NET formats them: standard and custom format strings, invariant culture.

References
----------
learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings, and the page on standard ones.
"""

import calendar
import re
from datetime import UTC, datetime, timedelta

from dateutil.parser import ParserError, parse

STANDARD = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
TOKEN = re.compile(
    r"y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|\\(?P<escaped>.)|%|.", re.DOTALL
)
FRACTION_DIGITS = 7
MAX_DATE = 100
MAX_DAYS = 1_000_000


def format_date(at: datetime, pattern: str = "o") -> str:
    """Format a time, UTC or without a zone, with a .NET pattern; ValueError if the pattern is invalid."""
    if len(pattern) == 1:
        if pattern not in STANDARD:
            raise ValueError(f"'{pattern}' is not a date format")
        pattern = STANDARD[pattern]
    return "".join(_part(match, at) for match in TOKEN.finditer(pattern))


def read_date(text: str) -> datetime:
    """Read a time in ISO 8601 or a common written form, month before day; UTC unless it has a zone.

    Raises
    ------
    ValueError
        If the text is not a date.
    """
    if len(text) > MAX_DATE:
        raise ValueError(f"'{text[:MAX_DATE]}…' is not a date; one has at most {MAX_DATE} characters")
    try:
        # .NET writes seven fractional digits of a second, Python reads six.
        found: datetime = parse(re.sub(r"(\.\d{6})\d+", r"\1", text.strip()))
    except (ParserError, OverflowError, ArithmeticError, TypeError, AttributeError, IndexError) as error:
        # dateutil lets some of these out for texts that are nearly dates.
        raise ValueError(f"'{text}' is not a date") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def add_months(at: datetime, count: int) -> datetime:
    """Return the same day `count` months later, or the last day of the month if that month is shorter."""
    year, month = divmod(at.year * 12 + at.month - 1 + count, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def start_of_day(at: datetime) -> datetime:
    """Return midnight of the same day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def read_timespan(text: str) -> timedelta:
    """Read a time span `[d.]hh:mm:ss`; like .NET, read hours of 24 or more as days. ValueError if it is malformed."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d+):(\d{1,2})(?::(\d{1,2}))?(?:\.\d+)?", text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not a time span such as 1.00:00:00 (a day) or 02:30:00")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if hours > 23 and match[1] is None:
        # .NET reads 24:00:00 as 24 days.
        days, hours, minutes, seconds = hours, minutes, seconds, 0
    if days > MAX_DAYS or hours > 24 * MAX_DAYS:
        raise ValueError(f"'{text}' is longer than {MAX_DAYS} days")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _part(match: re.Match[str], at: datetime) -> str:
    text = match[0]
    for group in ("single", "double", "escaped"):
        if match[group] is not None:
            return str(match[group])
    kind, count = text[0], len(text)
    fraction = f"{at.microsecond:06d}0"
    if kind in ("f", "F") and count > FRACTION_DIGITS:
        raise ValueError(f"'{text}' has more than {FRACTION_DIGITS} digits")
    match kind:
        case "y":
            return f"{at.year % 100:0{count}d}" if count <= 2 else f"{at.year:0{count}d}"
        case "M":
            return (
                str(at.month)
                if count == 1
                else f"{at.month:02d}"
                if count == 2
                else f"{at:%b}"
                if count == 3
                else f"{at:%B}"
            )
        case "d":
            return (
                str(at.day)
                if count == 1
                else f"{at.day:02d}"
                if count == 2
                else f"{at:%a}"
                if count == 3
                else f"{at:%A}"
            )
        case "H":
            return f"{at.hour:0{min(count, 2)}d}"
        case "h":
            return f"{(at.hour + 11) % 12 + 1:0{min(count, 2)}d}"
        case "m":
            return f"{at.minute:0{min(count, 2)}d}"
        case "s":
            return f"{at.second:0{min(count, 2)}d}"
        case "f":
            return fraction[:count]
        case "F":
            return fraction[:count].rstrip("0")
        case "t":
            return ("AM" if at.hour < 12 else "PM")[:count]
        case "K":
            return "Z" if at.tzinfo else ""
        case "z":
            return ("+0", "+00", "+00:00")[min(count, 3) - 1]
    return "" if text == "%" else text
