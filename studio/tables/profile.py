"""Profiles: what a file is taken for, column by column, and the table read that way.

The same file and options always give the same profile. What is guessed, and what is left alone, is in
docs/decisions/0028-how-files-are-read.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from studio.errors import BadUserArgument
from studio.tables.dialects import looks_headerless
from studio.tables.files import (
    Dialect,
    cast_column,
    infer_column,
    read_column,
    read_text_table,
    rewrite_column,
    table_columns,
)
from studio.tables.formats import Format
from studio.tables.guesses import MARKS, Evidence, Guess, guess_column, is_day_first
from studio.tables.options import DATE, GUESSED, NUMBER, TEXT, ReadingOptions
from studio.tables.schema import Column, ColumnType
from studio.tables.text_encodings import UNICODE, encoding_name

# From so many rows on, texts of which so large a share is unique are taken for names or numbers of things.
ID_ROWS, ID_SHARE = 50, 0.95
HEAD_ROWS = 50
SEPARATOR_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What is known of a column: how it is read, and how many cells are missing, distinct, or of another kind.

    `left_out` says that learners do not use it unless its type is given.
    """

    column: Column
    missing: int
    distinct: int
    disagree: int = 0
    left_out: bool = False
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the column as clients see it."""
        form = self.column.format
        return {
            "Name": self.column.name,
            "Type": self.column.type.value,
            "Format": form.describe() if form and form.rewrites else None,
            "MissingTexts": list(form.missing) if form else [],
            "Missing": self.missing,
            "Distinct": self.distinct,
            "Disagree": self.disagree,
            "LeftOut": self.left_out,
            "Warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """What a file is taken for."""

    dialect: Dialect
    header: bool
    rows: int
    columns: tuple[ColumnProfile, ...]
    warnings: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """All warnings, those on columns with the column's name."""
        found = [f"Column '{item.column.name}': {text}." for item in self.columns for text in item.warnings]
        return (*self.warnings, *found)

    def to_json(self) -> dict[str, Any]:
        """Return the profile as clients see it."""
        return {
            "Encoding": encoding_name(self.dialect.encoding),
            "Separator": SEPARATOR_WORDS.get(self.dialect.separator),
            "Header": self.header,
            "Rows": self.rows,
            "Columns": [item.to_json() for item in self.columns],
            "Warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """A table as it was read: the arrow table, its columns, and the profile."""

    table: Any
    columns: tuple[Column, ...]
    profile: Profile


@dataclass(frozen=True, slots=True)
class _Texts:
    """A text column with its distinct trimmed texts; `plain` is the column with what can be read without a format."""

    cells: Any
    plain: Any
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        return str(self.plain.type) == "string"


def read_profiled(content: bytes, extension: str, options: ReadingOptions = GUESSED) -> Reading:
    """Read a file as its profile says.

    Raises
    ------
    BadUserArgument
        InputParseError if the file cannot be read, or a cell is not of the type that the options give its column.
    """
    given = Dialect(options.encoding, options.separator)
    header = options.header is not False
    table, dialect = read_text_table(content, extension, header=header, given=given)
    if header and options.header is None and options.guess and extension != ".arff" and _is_headerless(table):
        header = False
        table, dialect = read_text_table(content, extension, header=False, given=given)
    return profile_texts(table, dialect, options, header=header)


def profile_texts(table: Any, dialect: Dialect, options: ReadingOptions, *, header: bool = True) -> Reading:
    """Return how a table of text columns is read."""
    texts = {name: _texts(table[name], infer_column(table[name]), options) for name in table.column_names}
    return _profiled(texts, dialect, options, header=header)


def profile_columns(table: Any, dialect: Dialect, options: ReadingOptions) -> Reading:
    """Return how a table of typed columns is read: those that are not text as they are."""
    import pyarrow.compute as pc
    import pyarrow.types as pt

    texts = {}
    for name in table.column_names:
        cells = table[name]
        given = pc.fill_null(cells, "") if pt.is_string(cells.type) else cells
        plain = pc.if_else(pc.equal(given, ""), None, given) if pt.is_string(cells.type) else cells
        texts[name] = _texts(given, plain, options)
    return _profiled(texts, dialect, options, header=True)


def _profiled(texts: Mapping[str, "_Texts"], dialect: Dialect, options: ReadingOptions, *, header: bool) -> Reading:
    import pyarrow as pa

    _check_types(options.types, list(texts))
    guesses = {name: guess_column(item.counts, Evidence()) for name, item in texts.items() if item.counts}
    evidence = _evidence(guesses.values(), dialect, options)
    # Only where several readings fit, the other columns matter.
    guesses |= {name: guess_column(texts[name].counts, evidence) for name, item in guesses.items() if item.alternatives}
    found = {name: _decide(name, item, guesses.get(name, Guess()), options, evidence) for name, item in texts.items()}
    marked = "" if dialect.encoding in UNICODE else dialect.encoding
    arrays, profiles = [], []
    for name, guess in found.items():
        array, column = _read(name, texts[name], guess, marked)
        arrays.append(array)
        profiles.append(_profile(column, array, guess, texts[name], options))
    read = pa.table(arrays, names=list(found))
    profile = Profile(dialect, header, read.num_rows, tuple(profiles), tuple(_file_warnings(dialect, header, options)))
    return Reading(read, tuple(item.column for item in profiles), profile)


def _is_headerless(table: Any) -> bool:
    rows = table.slice(0, HEAD_ROWS).to_pylist()
    return looks_headerless(table.column_names, [list(row.values()) for row in rows])


def _check_types(types: Mapping[str, str], names: Sequence[str]) -> None:
    unknown = [name for name in types if name not in names]
    if unknown:
        raise BadUserArgument(
            "InputMismatchError",
            f"Column types name '{unknown[0]}', but the file has {', '.join(map(repr, names[:40]))}.",
            unknown[0],
        )


def _texts(cells: Any, plain: Any, options: ReadingOptions) -> _Texts:
    import pyarrow.compute as pc

    item = _Texts(cells, plain)
    if not options.guess or not item.is_text:
        return item
    counted = pc.value_counts(pc.utf8_trim_whitespace(cells.combine_chunks()))
    values, counts = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
    counts = {text: count for text, count in zip(values, counts, strict=True) if text not in options.missing}
    return replace(item, counts=counts)


def _evidence(guesses: Iterable[Guess], dialect: Dialect, options: ReadingOptions) -> Evidence:
    """Return what the columns that can be read in one way only tell about the others."""
    sure = [guess.format for guess in guesses if guess.format and not guess.alternatives]
    decimals = [form.decimal for form in sure if form.rewrites and not form.date]
    decimal = options.decimal or (max(sorted(set(decimals)), key=decimals.count) if decimals else "")
    if not decimal and dialect.separator == ";":
        # Where the comma is the decimal mark, spreadsheets separate cells by semicolons.
        decimal = ","
    orders = [order for form in sure if form.date and (order := is_day_first(form.date)) is not None]
    day_first = orders.count(True) >= orders.count(False) if orders else decimal == "," or None
    return Evidence(decimal or None, day_first)


def _decide(name: str, item: _Texts, guess: Guess, options: ReadingOptions, evidence: Evidence) -> Guess:
    wanted = options.types.get(name)
    if wanted == TEXT:
        return Guess(wanted_text=True)
    if wanted is not None and str(item.cells.type) == "string":
        return _wanted(item, wanted, options, evidence)
    if not item.is_text:
        return _regrouped(item, options, evidence)
    if guess.type is ColumnType.STRING and options.missing:
        # The missing texts may be all that kept a column from being numbers.
        guess = _with_missing(guess, item, options.missing)
    elif guess.type is not ColumnType.STRING and options.missing:
        form = guess.format or Format()
        guess = replace(guess, format=replace(form, missing=tuple(dict.fromkeys((*form.missing, *options.missing)))))
    if options.decimal and guess.format and not guess.format.date and guess.format.decimal != options.decimal:
        fitting = [form for form in guess.alternatives if form.decimal == options.decimal]
        return replace(guess, format=fitting[0]) if fitting else Guess()
    return guess


def _with_missing(guess: Guess, item: _Texts, missing: tuple[str, ...]) -> Guess:
    form = Format(missing=missing)
    plain = infer_column(rewrite_column(item.cells, Column("", ColumnType.DOUBLE, form)))
    return guess if str(plain.type) == "string" else Guess(ColumnType.DOUBLE, form)


def _wanted(item: _Texts, wanted: str, options: ReadingOptions, evidence: Evidence) -> Guess:
    guess = guess_column(item.counts or _counts(item, options), evidence)
    fits = guess.type is (ColumnType.DOUBLE if wanted == NUMBER else ColumnType.DATETIME)
    if wanted == NUMBER:
        form = guess.format if fits else None
        thousands = next(pair[1] for pair in MARKS if pair[0] == (options.decimal or evidence.decimal or "."))
        form = form or Format(options.decimal or evidence.decimal or ".", thousands)
        return Guess(ColumnType.DOUBLE, replace(form, missing=tuple(dict.fromkeys((*form.missing, *options.missing)))))
    if wanted == DATE:
        return guess if fits else Guess(ColumnType.DATETIME, Format(missing=options.missing))
    return Guess(ColumnType.DATETIME, Format(date=wanted, missing=options.missing))


def _counts(item: _Texts, options: ReadingOptions) -> Mapping[str, int]:
    import pyarrow.compute as pc

    counted = pc.value_counts(pc.utf8_trim_whitespace(item.cells.combine_chunks())).to_pylist()
    return {entry["values"]: entry["counts"] for entry in counted if entry["values"] not in options.missing}


def _regrouped(item: _Texts, options: ReadingOptions, evidence: Evidence) -> Guess:
    """Return how to read a column of plain numbers: `1.234` is grouped where the other columns have decimal commas."""
    import pyarrow.compute as pc

    written = str(item.cells.type) == "string"
    if not options.guess or evidence.decimal != "," or not written or str(item.plain.type) != "double":
        return Guess()
    cells = pc.utf8_trim_whitespace(item.cells)
    with_point = pc.filter(cells, pc.match_substring(cells, "."))
    grouped = pc.match_substring_regex(with_point, r"^[+-]?[1-9]\d{0,2}(\.\d{3})+$")
    if not len(with_point) or not pc.all(grouped).as_py():
        return Guess()
    example = with_point[0].as_py()
    note = f"'{example}' is read as {example.replace('.', '')}, since other columns have decimal commas"
    return Guess(ColumnType.DOUBLE, Format(",", "."), 0, note)


def _read(name: str, item: _Texts, guess: Guess, encoding: str) -> tuple[Any, Column]:
    """Return a column as it was decided to be read."""
    form = guess.format
    if encoding:
        form = replace(form or Format(), encoding=encoding)
    if guess.type is ColumnType.DOUBLE:
        plain = rewrite_column(item.cells, Column(name, ColumnType.DOUBLE, form))
        return _numbers(plain, Column(name, ColumnType.DOUBLE, form))
    if guess.type is ColumnType.DATETIME:
        return read_column(item.cells, Column(name, ColumnType.DATETIME, form))
    array = cast_text(item.cells) if guess.wanted_text else item.plain
    return array, replace(_inferred(name, array), format=form)


def _numbers(plain: Any, column: Column) -> tuple[Any, Column]:
    """Return rewritten texts as whole numbers if all are, else as doubles."""
    array, read = read_column(plain, replace(column, type=ColumnType.INT64, format=None))
    narrow = _inferred(column.name, array)
    return array, replace(column, type=narrow.type if read.type.is_integer else ColumnType.DOUBLE)


def cast_text(cells: Any) -> Any:
    """Return a column as text, with empty cells as missing."""
    import pyarrow as pa

    return cast_column(cells.cast(pa.string()), ColumnType.STRING)


def _inferred(name: str, array: Any) -> Column:
    import pyarrow as pa

    return table_columns(pa.table([array], names=[name]))[0]


def _profile(column: Column, array: Any, guess: Guess, item: _Texts, options: ReadingOptions) -> ColumnProfile:
    import pyarrow.compute as pc

    rows, missing, distinct = len(array), array.null_count, pc.count_distinct(array).as_py()
    warnings = [guess.note] if guess.note else []
    present, left_out = rows - missing, False
    if guess.disagree:
        warnings[0] += ". It stays text: correct the file, or name those texts as missing"
    if distinct <= 1 < present:
        warnings.append("has the same value in every row, so it tells nothing")
    if not present and rows:
        warnings.append("is empty")
    if options.guess and column.type is ColumnType.STRING and present >= ID_ROWS and distinct >= ID_SHARE * present:
        left_out = column.name not in options.types
        use = (
            "learners do not use it unless its column type is given as text" if left_out else "learners use it as asked"
        )
        warnings.append(f"has a different text in nearly every row, as names and numbers of things do; {use}")
    if left_out:
        column = replace(column, format=replace(column.format or Format(), left_out=True))
    return ColumnProfile(column, missing, distinct, guess.disagree, left_out, tuple(warnings))


def _file_warnings(dialect: Dialect, header: bool, options: ReadingOptions) -> list[str]:
    found = []
    if dialect.encoding not in UNICODE and not options.encoding:
        found.append(
            f"The file is not UTF-8; it was read as {encoding_name(dialect.encoding)}. If letters look wrong, give its "
            "encoding."
        )
    if not header and options.header is None:
        found.append("The first row looks like data, so the columns are named Col1, Col2, …. If it has names, say so.")
    return found
