"""Guesses how the texts of a column are written: as numbers with marks and units, or as dates.

A column is taken for numbers or dates only if all its cells are, apart from usual words for a missing one. If nearly
all are, it stays text and a note says so. Where two readings fit every cell (`1,234`, `01/02/2025`), the other columns
of the file decide, and the note tells how it was read.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from studio.tables.formats import MAX_CELL, Format, number_pattern, plain_number, usual_marks
from studio.tables.schema import MISSING_TOKENS, ColumnType, read_number

# What people and programs write for a missing cell, besides MISSING_TOKENS, which never make a column text.
MISSING_WORDS = frozenset(
    (
        "?",
        "-",
        "--",
        "\u2013",
        ".",
        "n/a",
        "N/A",
        "n.a.",
        "#N/A",
        "#NA",
        "NULL",
        "None",
        "none",
        "k.A.",
        "#DIV/0!",
        "#VALUE!",
    )
)
CURRENCIES = frozenset(
    "USD EUR GBP CHF JPY CNY INR BRL CAD AUD NZD SEK NOK DKK PLN CZK HUF RON TRY RUB ZAR MXN KRW SGD HKD "  # noqa: SIM905
    "US$ C$ A$ R$ kr kr. zł Kč Ft lei Fr. Rs Rs.".split()
)
# Decimal and thousands marks in use.
MARKS = ((".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"))
DAY_FIRST = ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d-%m-%y")
MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y")
DATES = (
    *MONTH_FIRST,
    *DAY_FIRST,
    "%d.%m.%Y",
    "%d.%m.%y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%b %d %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d. %B %Y",
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S")
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?")
# Day, month and year in any order with one separator, or a month's name beside two numbers.
DATE_LIKE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{2,4}\b.*|.*\b[A-Za-z]{3,9}\b.*\d{4}.*|\d{1,2}-[A-Za-z]{3}-\d{2}")
# A unit beside digits; the longest unit that a number may have.
WITH_UNIT = re.compile(
    r"[(+-]{0,2} ?(?P<before>[^\d\s.,'()+-]{0,4}\.?) ?[+-]?[\d.,' ]*\d[\d.,' ]*?(?:[eE][+-]?\d+)?"
    r" ?(?P<after>[^\d\s.,'()+-]{0,4}\.?)\)?"
)
FIRST, PROBE, NEARLY, SHOWN = 10, 200, 0.9, 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a file's other columns tell: its decimal mark, and whether days come before months; None if nothing."""

    decimal: str | None = None
    day_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """How a column of text is read.

    `disagree` is how many cells are not of that kind, which then is what the column only looks like; `note` tells what
    a person should know. `alternatives` are formats that fit as well; `wanted_text` says that it is text because
    someone said so.
    """

    type: ColumnType = ColumnType.STRING
    format: Format | None = None
    disagree: int = 0
    note: str = ""
    alternatives: tuple[Format, ...] = ()
    wanted_text: bool = False


def guess_column(counts: Mapping[str, int], evidence: Evidence) -> Guess:
    """Return how to read a column, given its distinct texts without surrounding blanks, and how often each occurs."""
    present = {text: count for text, count in counts.items() if text not in MISSING_TOKENS}
    words = tuple(sorted(text for text in present if text in MISSING_WORDS))
    cells = {text: count for text, count in present.items() if text not in MISSING_WORDS}
    if not cells:
        return Guess()
    probe = list(cells)[:PROBE]
    found = _guess_date(cells, probe, evidence) or _guess_number(cells, probe, evidence)
    if found is None:
        return Guess()
    if found.type is not ColumnType.STRING and words:
        return replace(found, format=replace(found.format or Format(), missing=words))
    return found


def _guess_number(cells: Mapping[str, int], probe: Sequence[str], evidence: Evidence) -> Guess | None:
    short = [text for text in probe if len(text) <= MAX_CELL]
    found = {text: match for text in short if (match := WITH_UNIT.fullmatch(usual_marks(text))) and _has_units(match)}
    if _share(found, probe, cells) < NEARLY:
        return None
    units = sorted({unit for match in found.values() for unit in (match["before"], match["after"]) if unit})
    if len(units) > 1:
        return Guess(note=f"amounts in several units ({', '.join(units[:4])}) stay text: they cannot be compared")
    unit = units[0] if units else ""
    if unit == "%" and any("%" not in text for text in cells):
        return _nearly(cells, lambda text: "%" in text, "percentages")
    if not unit and all(map(_is_plain, probe)):
        return _whole(cells, probe, [Format()], lambda text, _: _is_plain(text), evidence)
    options = [Format(decimal, thousands, unit) for decimal, thousands in MARKS]
    return _whole(cells, probe, options, _reads, evidence)


def _whole(
    cells: Mapping[str, int],
    probe: Sequence[str],
    options: Sequence[Format],
    reads: Callable[[str, Format], bool],
    evidence: Evidence,
) -> Guess | None:
    fits = {option: sum(reads(text, option) for text in probe) for option in options}
    best = max(fits, key=lambda option: fits[option])
    full = [option for option, count in fits.items() if count == len(probe)]
    full = [option for option in full if all(reads(text, option) for text in cells) and _is_shown(cells, option)]
    if full:
        return _choose(cells, full, evidence)
    example = next((text[:40] for text in cells if reads(text, best)), "")
    return _nearly(cells, lambda text: reads(text, best), f"numbers (like {example})")


def _choose(cells: Mapping[str, int], full: Sequence[Format], evidence: Evidence) -> Guess:
    """Return the best of the formats that fit all cells: those that read the cells alike count as one."""
    if len(full) == 1:
        return Guess(ColumnType.DOUBLE, full[0])
    readings: dict[tuple[str, ...], Format] = {}
    for option in full:
        readings.setdefault(tuple(option.plain(text) for text in cells), option)
    distinct = list(readings.values())
    agreeing = [option for option in distinct if option.decimal == evidence.decimal]
    chosen = (agreeing or distinct)[0]
    note = ""
    if len(distinct) > 1:
        text = next(text for text in cells if len({option.plain(text) for option in distinct}) > 1)
        note = f"'{text}' is read as {chosen.plain(text)}; it could also be {_other(distinct, chosen, text)}"
    return Guess(ColumnType.DOUBLE, chosen, 0, note, tuple(option for option in distinct if option != chosen))


def _other(options: Sequence[Format], chosen: Format, text: str) -> str:
    return next(option.plain(text) for option in options if option.plain(text) != chosen.plain(text))


def _is_shown(cells: Mapping[str, int], option: Format) -> bool:
    """Return whether blanks between digits are marks rather than parts of a telephone number or a code."""
    if option.thousands != " ":
        return True
    return bool(option.unit) or any(option.decimal in text for text in cells)


def _reads(text: str, option: Format) -> bool:
    if len(text) > MAX_CELL:
        return False
    pattern = number_pattern(option.decimal, option.thousands, option.unit)
    return bool(plain_number(pattern.fullmatch(usual_marks(text))))


def _is_plain(text: str) -> bool:
    try:
        return read_number(text) is not None
    except ValueError:
        return False


def _share(fitting: Collection[str], probe: Sequence[str], cells: Mapping[str, int]) -> float:
    """Return the share of a probe's cells whose text is among the fitting ones."""
    return sum(cells[text] for text in fitting) / sum(cells[text] for text in probe)


def _has_units(found: re.Match[str]) -> bool:
    return all(not unit or _is_unit(unit) for unit in (found["before"], found["after"]))


def _is_unit(text: str) -> bool:
    return text == "%" or text in CURRENCIES or (len(text) == 1 and unicodedata.category(text) == "Sc")


def _guess_date(cells: Mapping[str, int], probe: Sequence[str], evidence: Evidence) -> Guess | None:
    iso = [text for text in probe if ISO.fullmatch(text)]
    likely = [text for text in probe if len(text) <= MAX_CELL and DATE_LIKE.fullmatch(text)]
    if _share({*iso, *likely}, probe, cells) < NEARLY:
        return None
    if _share(iso, probe, cells) >= NEARLY:
        if all(_is_iso(text) for text in cells):
            return Guess(ColumnType.DATETIME)
        return _nearly(cells, _is_iso, "dates (yyyy-MM-dd)")
    patterns = [date + time for date in DATES for time in TIMES]
    for size in (FIRST, PROBE):
        some = probe[:size]
        patterns = [
            item for item in patterns if _share([text for text in some if _is_date(text, item)], some, cells) >= 0.5
        ]
    full = [pattern for pattern in patterns if all(_is_date(text, pattern) for text in cells)]
    if full:
        return _choose_date(cells, full, evidence)
    return _nearly(cells, lambda text: _is_date(text, patterns[0]), f"dates ({patterns[0]})") if patterns else None


def _choose_date(cells: Mapping[str, int], full: Sequence[str], evidence: Evidence) -> Guess:
    """Return the best of the patterns that fit all cells; only the order of day and month can be in doubt."""
    chosen = full[0]
    rest = next((pattern for pattern in full if is_day_first(pattern) != is_day_first(chosen)), None)
    if rest is None:
        return Guess(ColumnType.DATETIME, Format(date=chosen))
    if evidence.day_first:
        chosen, rest = rest, chosen
    read, could = Format(date=chosen).plain, Format(date=rest).plain
    text = next((text for text in cells if read(text) != could(text)), None)
    note = f"'{text}' is read as {read(text)[:10]}; it could also be {could(text)[:10]}" if text else ""
    return Guess(ColumnType.DATETIME, Format(date=chosen), 0, note, (Format(date=rest),))


def is_day_first(pattern: str) -> bool | None:
    """Return whether a pattern has the day before the month; None if that is not in doubt in such dates."""
    if pattern.startswith(DAY_FIRST):
        return True
    return False if pattern.startswith(MONTH_FIRST) else None


def _is_iso(text: str) -> bool:
    if not ISO.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_date(text: str, pattern: str) -> bool:
    if len(text) > MAX_CELL:
        return False
    try:
        datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def _nearly(cells: Mapping[str, int], fits: Callable[[str], bool], what: str) -> Guess | None:
    """Return the note on a column that is nearly of a kind; None if it is not even that."""
    total = sum(cells.values())
    others = {text: count for text, count in cells.items() if not fits(text)}
    disagree = sum(others.values())
    if not disagree or disagree > (1 - NEARLY) * total:
        return None
    shown = ", ".join(repr(text[:40]) for text in sorted(others, key=lambda text: (-others[text], text))[:SHOWN])
    return Guess(
        disagree=disagree, note=f"looks like {what}, but {disagree:,} of {total:,} cells are not, such as {shown}"
    )
