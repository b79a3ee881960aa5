"""What a person says about a file: its encoding and separator, and how to read columns; the rest is guessed."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import BadArgument
from studio.tables.dialects import SEPARATORS
from studio.tables.formats import MAX_CELL, MAX_MISSING, read_pattern
from studio.tables.text_encodings import check_encoding

SEPARATOR_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
DECIMAL_NAMES = {"point": ".", "comma": ","}
NUMBER, TEXT, DATE = "number", "text", "date"
MAX_TYPES = 20_000
FIELDS = ("Encoding", "Separator", "DecimalMark", "Header", "Types", "Missing", "Guess")


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How to read a file; what is empty or None is guessed.

    `types` maps column names to `number`, `text`, `date` or a date pattern; `missing` are texts that stand for missing
    cells in columns that are not text. Without `guess`, cells are numbers or text as they stand.
    """

    encoding: str = ""
    separator: str = ""
    decimal: str = ""
    header: bool | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    guess: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the options as they are stored and shown: those that are set."""
        found = {
            "Encoding": self.encoding,
            "Separator": self.separator,
            "DecimalMark": self.decimal,
            "Header": self.header,
            "Types": dict(self.types),
            "Missing": list(self.missing),
        }
        return {name: value for name, value in found.items() if value not in ("", None, {}, [])} | (
            {} if self.guess else {"Guess": False}
        )

    def over(self, other: "ReadingOptions") -> "ReadingOptions":
        """Return these options with those of `other` in place of the ones not set here."""
        return ReadingOptions(
            self.encoding or other.encoding,
            self.separator or other.separator,
            self.decimal or other.decimal,
            other.header if self.header is None else self.header,
            {**other.types, **self.types},
            tuple(dict.fromkeys((*other.missing, *self.missing))),
            self.guess and other.guess,
        )


# What is not said about a file is guessed; here, nothing is said.
GUESSED = ReadingOptions()


def read_options(value: Any) -> ReadingOptions:
    """Return the options that a client sent; BadArgument names the one that is not accepted."""
    if value is None:
        return ReadingOptions()
    if not isinstance(value, dict):
        raise _bad("Options", 'Options must be an object such as {"Separator": ";", "DecimalMark": ","}.')
    for name in value:
        if name not in FIELDS:
            close = difflib.get_close_matches(str(name), FIELDS, 1, 0.4)
            hint = f"Did you mean '{close[0]}'?" if close else f"Accepted: {', '.join(FIELDS)}."
            raise _bad(str(name)[:40], f"There is no option {str(name)[:40]!r}. {hint}")
    flags = {name: value.get(name) for name in ("Header", "Guess")}
    for name, flag in flags.items():
        if flag is not None and not isinstance(flag, bool):
            raise _bad(name, f"{name} must be true or false, got {str(flag)[:40]!r}.")
    types, missing = value.get("Types") or {}, value.get("Missing") or []
    if not isinstance(types, dict) or len(types) > MAX_TYPES:
        raise _bad("Types", 'Types must map column names to types, as in {"price": "number"}.')
    if not isinstance(missing, list):
        raise _bad("Missing", 'Missing must be a list of texts, as in ["n/a", "unknown"].')
    return ReadingOptions(
        _encoding(value.get("Encoding") or ""),
        _mark("Separator", value.get("Separator") or "", SEPARATORS, SEPARATOR_NAMES),
        _mark("DecimalMark", value.get("DecimalMark") or "", (".", ","), DECIMAL_NAMES),
        flags["Header"],
        {name: read_type(name, wanted) for name, wanted in types.items()},
        _missing(missing),
        flags["Guess"] is not False,
    )


def read_type(name: str, wanted: Any) -> str:
    """Return a column's type as options hold it; BadArgument unless it is number, text, date or a date pattern."""
    text = str(wanted).strip()
    if text.lower() in (NUMBER, TEXT, DATE):
        return text.lower()
    try:
        return read_pattern(text)
    except ValueError as error:
        raise _bad(
            "Types",
            f"The type of '{name[:100]}' must be number, text, date or a date pattern such as dd.MM.yyyy, got "
            f"{text[:60]!r}.",
        ) from error


def parse_types(text: str) -> dict[str, str]:
    """Return column types written as text, `price: number; when: dd.MM.yyyy`."""
    types = {}
    for part in (part for part in text.replace("\n", ";").split(";") if part.strip()):
        name, colon, wanted = part.partition(":")
        if not colon:
            raise _bad(
                "Types",
                f"Column types must be written as 'price: number; when: dd.MM.yyyy', got {part.strip()[:60]!r}.",
            )
        types[name.strip()] = read_type(name.strip(), wanted)
    return types


def _encoding(value: Any) -> str:
    if not isinstance(value, str):
        raise _bad("Encoding", f"Encoding must be a name such as UTF-8, got {str(value)[:40]!r}.")
    return check_encoding(value) if value else ""


def _mark(name: str, value: Any, marks: tuple[str, ...], words: Mapping[str, str]) -> str:
    found = words.get(str(value).strip().lower(), value)
    if found and found not in marks:
        raise _bad(name, f"{name} must be one of {', '.join(words)}, got {str(value)[:40]!r}.")
    return str(found)


def _missing(texts: list[Any]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.strip() for text in texts if isinstance(text, str)))
    if len(texts) > MAX_MISSING or any(not isinstance(text, str) or len(text) > MAX_CELL for text in texts):
        raise _bad("Missing", f"Missing must list at most {MAX_MISSING} texts of at most {MAX_CELL} characters.")
    return found


def _bad(name: str, message: str) -> BadArgument:
    return BadArgument("BadParameterValue", message, name)
