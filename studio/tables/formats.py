"""Formats: how the cells of a column were written, if not as plain numbers or ISO 8601 dates.

A format travels with its column from Import Data into the model file and the web service's definition, so that rows
sent for retraining or scoring are read as the first file was. It only rewrites texts: `$1,234.50` becomes `1234.50`,
`24.12.2025` becomes `2025-12-24T00:00:00`, and the readers of schema.py do the rest. A text that is not of the format
is left as it is, so plain numbers and ISO dates are always accepted as well.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DECIMALS, GROUPS = (".", ","), ("", ",", ".", "'", " ")
MAX_UNIT, MAX_PATTERN, MAX_MISSING, MAX_ENCODING = 8, 40, 50, 40
# A longer text is not a number or a date; this bounds what matching can cost.
MAX_CELL = 64
# Letters of date patterns as spreadsheets and .NET write them, longest first. Minutes follow hours.
LETTERS = (
    ("yyyy", "%Y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("yy", "%y"),
    ("dd", "%d"),
    ("d", "%d"),
    ("MM", "%m"),
    ("M", "%m"),
    ("HH", "%H"),
    ("H", "%H"),
    ("hh", "%I"),
    ("h", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("tt", "%p"),
)
STORED = ("decimal", "thousands", "unit", "date", "missing", "encoding", "leftOut")
DIRECTIVES = frozenset("YmdHMSybBIpf%")
# Blanks of typesetting, and the other apostrophe, as they appear in grouped numbers.
SAME = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})


@dataclass(frozen=True, slots=True)
class Format:
    """How a column's cells are written.

    `decimal` and `thousands` are the marks of numbers, `unit` is a currency or a percent sign, which is dropped; `date`
    is a pattern of `datetime.strptime`; `missing` are texts that stand for missing cells; `encoding` is that of the
    file the column came from, unless it was UTF-8; `left_out` says that learners do not use the column by themselves.
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    date: str = ""
    missing: tuple[str, ...] = ()
    encoding: str = ""
    left_out: bool = False

    @property
    def rewrites(self) -> bool:
        """Whether texts other than missing ones are rewritten."""
        return bool(self.date or self.unit or self.thousands or self.decimal != ".")

    @property
    def is_plain(self) -> bool:
        """Whether cells are read as if there were no format."""
        return not self.rewrites and not self.missing

    def describe(self) -> str:
        """Return the format in words, such as `numbers like $1,234.5`."""
        if self.date:
            return f"dates like {datetime(2025, 12, 24, 18, 30, tzinfo=UTC).strftime(self.date)} ({self.date})"
        number = f"1{self.thousands}234{self.decimal}5"
        if self.unit == "%":
            number = f"12{self.decimal}5%"
        elif self.unit:
            number = f"{self.unit}{number}" if len(self.unit) == 1 else f"{number} {self.unit}"
        return f"numbers like {number}"

    def to_json(self) -> dict[str, Any]:
        """Return the format as documents and model files store it: what differs from a plain number."""
        found = {"decimal": self.decimal, "thousands": self.thousands, "unit": self.unit, "date": self.date}
        plain = {"decimal": "."}
        stored: dict[str, Any] = {name: text for name, text in found.items() if text != plain.get(name, "")}
        if self.missing:
            stored["missing"] = list(self.missing)
        stored |= {"encoding": self.encoding} if self.encoding else {}
        return stored | ({"leftOut": True} if self.left_out else {})

    @staticmethod
    def from_json(value: Any) -> "Format":
        """Read what to_json wrote.

        Raises
        ------
        ValueError
            If it is anything else: model files come from outside.
        """
        if not isinstance(value, dict) or set(value) - set(STORED):
            raise ValueError("the format of a column is malformed")
        missing = value.get("missing", [])
        texts = {name: value.get(name, "") for name in ("thousands", "unit", "date", "encoding")}
        if not isinstance(missing, list) or not all(isinstance(text, str) for text in (*texts.values(), *missing)):
            raise ValueError("the format of a column is malformed")
        left_out = value.get("leftOut") is True
        return checked(Format(value.get("decimal", "."), missing=tuple(missing), left_out=left_out, **texts))

    def plain(self, text: str) -> str:
        """Return a cell's text as a plain number or an ISO 8601 date, empty if missing; other texts unchanged."""
        return _rewriter(self)(text)


def checked(given: Format) -> Format:
    """Return the format; ValueError unless each part is one that can be read in bounded time."""
    if given.decimal not in DECIMALS or given.thousands not in GROUPS or given.thousands == given.decimal:
        raise ValueError(f"a column's decimal and thousands marks are {given.decimal!r} and {given.thousands!r}")
    if len(given.unit) > MAX_UNIT or any(char.isdigit() or char in ".,'()+-" for char in given.unit):
        raise ValueError(f"the unit of a column is {given.unit[:40]!r}")
    if given.date:
        check_pattern(given.date)
    if len(given.missing) > MAX_MISSING or any(len(text) > MAX_CELL for text in given.missing):
        raise ValueError("the missing texts of a column are too many or too long")
    if len(given.encoding) > MAX_ENCODING:
        raise ValueError(f"the encoding of a column is {given.encoding[:40]!r}")
    return given


def check_pattern(pattern: str) -> None:
    """Raise ValueError unless a pattern for strptime has a year, a month and a day, and known directives only."""
    found = re.findall(r"%(.)", pattern, re.DOTALL)
    parts = {"y" if item in "Yy" else "m" if item in "mbB" else item for item in found}
    known = set(found) <= DIRECTIVES and len(found) == len(set(found)) and not re.search(r"%$", pattern)
    if len(pattern) > MAX_PATTERN or not known or not {"y", "m", "d"} <= parts:
        raise ValueError(
            f"the date pattern {pattern[:60]!r} must name year, month and day, as in dd.MM.yyyy or %d.%m.%Y"
        )


def read_pattern(text: str) -> str:
    """Return a date pattern for strptime from one in its own letters or in those of spreadsheets (`dd.mm.yyyy`).

    Raises
    ------
    ValueError
        If it does not name a year, a month and a day.
    """
    pattern = text if "%" in text else _translated(text)
    check_pattern(pattern)
    return pattern


def _translated(text: str) -> str:
    # `mm` is the month unless hours came before it, as in `dd.mm.yyyy HH:mm`.
    before, hours, after = (
        re.split(r"((?<![A-Za-z])[Hh])", text, maxsplit=1) if re.search(r"[Hh]", text) else (text, "", "")
    )
    text, pattern = before.replace("m", "M") + hours + after, ""
    while text:
        letters, directive = next((pair for pair in LETTERS if text.startswith(pair[0])), (text[0], text[0]))
        pattern, text = pattern + directive, text[len(letters) :]
    return pattern


@functools.lru_cache(maxsize=1024)
def _rewriter(given: Format) -> Callable[[str], str]:
    """Return the function that rewrites a text; made once for each format."""
    missing = frozenset(given.missing)
    if given.date:
        rewrite: Callable[[str], str] = functools.partial(_iso_date, given.date)
    elif given.rewrites:
        match = number_pattern(given.decimal, given.thousands, given.unit).fullmatch
        rewrite = lambda text: plain_number(match(usual_marks(text))) or text  # noqa: E731
    else:
        rewrite = str

    def plain(text: str) -> str:
        text = text.strip()
        if text in missing:
            return ""
        return rewrite(text) if 0 < len(text) <= MAX_CELL else text

    return plain


def _iso_date(pattern: str, text: str) -> str:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC).isoformat()
    except ValueError:
        return text


@functools.lru_cache(maxsize=1024)
def number_pattern(decimal: str, thousands: str, unit: str) -> re.Pattern[str]:
    """Return the pattern of numbers with these marks, with or without the unit before or after them.

    Groups are of three digits, or as in India of two before the last three, and a number need not be grouped.
    Parentheses mean negative, as in accounting.
    """
    point, group, sign = re.escape(decimal), re.escape(thousands), re.escape(unit)
    grouped = rf"[1-9]\d{{0,2}}(?:{group}\d{{2,3}}){{0,7}}{group}\d{{3}}|" if thousands else ""
    side = rf"(?:{sign} ?)?" if unit else ""
    after = rf"(?: ?{sign})?" if unit else ""
    digits = rf"(?P<digits>{grouped}\d+)(?:{point}(?P<part>\d*))?(?P<power>[eE][+-]?\d{{1,3}})?"
    return re.compile(rf"(?P<open>\()?(?P<minus>[+-])? ?{side}(?P<inner>[+-])?{digits}{after}(?P<close>\))?")


def usual_marks(text: str) -> str:
    """Return a text with the usual blanks, apostrophes and minus signs in place of those of typesetting."""
    return text if text.isascii() else text.translate(SAME)


def plain_number(found: re.Match[str] | None) -> str:
    """Return the number that number_pattern found as plain text; empty if it is none."""
    if found is None or bool(found["open"]) != bool(found["close"]):
        return ""
    signs = [sign for sign in (found["open"] and "-", found["minus"], found["inner"]) if sign]
    if len(signs) > 1:
        return ""
    digits = found["digits"]
    digits = digits if digits.isdigit() else re.sub(r"\D", "", digits)
    part = f".{found['part']}" if found["part"] else ""
    return f"{'-' if signs == ['-'] else ''}{digits}{part}{found['power'] or ''}"
