"""Formats rewrite texts to plain numbers and ISO dates, and leave everything else as it is."""

import json
import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.tables.files import rewrite_column
from studio.tables.formats import Format, read_pattern
from studio.tables.schema import Column, ColumnType

US, GERMAN, SWISS = Format(thousands=",", unit="$"), Format(",", "."), Format(".", "'", "CHF")


@pytest.mark.parametrize(
    "form, text, plain",
    [
        (US, "$29,738.65", "29738.65"),
        (US, " $ 29,738.65 ", "29738.65"),
        (US, "-$5", "-5"),
        (US, "$-5", "-5"),
        (US, "($1,234.50)", "-1234.50"),
        (US, "12,34,567.5", "1234567.5"),
        (US, "1234.5", "1234.5"),
        (US, "1,23", "1,23"),
        (US, "(5", "(5"),
        (US, "--5", "--5"),
        (US, "€5", "€5"),
        (US, "", ""),
        (GERMAN, "1.234,56", "1234.56"),
        (GERMAN, "1.234", "1234"),
        (GERMAN, "1234.56", "1234.56"),
        (GERMAN, "0.123", "0.123"),
        (GERMAN, "5e-3", "5e-3"),
        (SWISS, "CHF 1\u2019234.50", "1234.50"),
        (Format(",", " "), "1\u202f234,5", "1234.5"),
        (Format(unit="%"), "12.5 %", "12.5"),
        (Format(missing=("?", "n/a")), " n/a ", ""),
        (Format(date="%d.%m.%Y"), "24.12.2025", "2025-12-24T00:00:00+00:00"),
        (Format(date="%d.%m.%Y"), "31.02.2025", "31.02.2025"),
        (Format(date="%d.%m.%Y"), "2025-12-24", "2025-12-24"),
    ],
)
def test_texts_are_rewritten_only_if_they_are_of_the_format(form, text, plain):
    assert form.plain(text) == plain
    assert rewrite_column(pa.array([text, "x"]), Column("a", ColumnType.DOUBLE, form)).to_pylist() in (
        [plain, "x"],
        # Without a mark or a unit, texts are compared only.
        [text if not form.rewrites and plain else plain, "x"],
    )


def test_formats_are_stored_as_what_differs_from_plain_numbers():
    column = Column("a", ColumnType.DOUBLE, Format(",", ".", "€", missing=("?",), encoding="cp1252", left_out=True))
    stored = json.loads(json.dumps(column.to_json()))
    assert stored["format"] == {
        "decimal": ",",
        "thousands": ".",
        "unit": "€",
        "missing": ["?"],
        "encoding": "cp1252",
        "leftOut": True,
    }
    assert Column.from_json(stored).format == column.format
    assert Column("a", ColumnType.DOUBLE).to_json() == {"name": "a", "type": "Double"}
    assert Column.from_json({"name": "a", "type": "Double"}).format is None


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    "stored",
    [
        3,
        {"thousands": "x"},
        {"decimal": ",", "thousands": ","},
        {"unit": "(a+)+$" * 9},
        {"unit": "1"},
        {"date": "%Y" * 30},
        {"date": "%x%X"},
        {"date": "%d.%m"},
        {"date": "%d.%m.%Y%"},
        {"missing": ["?"] * 1000},
        {"missing": "?"},
        {"encoding": 3},
        {"code": "import os"},
    ],
)
def test_formats_from_outside_are_held_to_what_is_known(stored):
    with pytest.raises(ValueError, match=r"column|pattern"):
        Column.from_json({"name": "a", "type": "Double", "format": stored})


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize("text", ["1" * 10**6, "1,234" * 10**5, " " * 10**6 + "$", "$" * 10**6, "1 " * 10**5])
def test_long_texts_take_no_time(text):
    started = time.process_time()
    for form in (US, GERMAN, Format(",", " ", "kr"), Format(date="%d.%m.%Y")):
        assert form.plain(text) == text.strip()
    assert time.process_time() - started < 0.5


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_what_a_column_writes_it_reads_back(number):
    for form in (None, US, GERMAN, SWISS, Format(",", " ")):
        column = Column("a", ColumnType.DOUBLE, form)
        assert column.reader()(column.write(number)) == number


@pytest.mark.parametrize(
    "text, pattern",
    [
        ("dd.mm.yyyy", "%d.%m.%Y"),
        ("dd.MM.yyyy HH:mm:ss", "%d.%m.%Y %H:%M:%S"),
        ("mm/dd/yy", "%m/%d/%y"),
        ("d MMM yyyy", "%d %b %Y"),
        ("MM/dd/yyyy hh:mm tt", "%m/%d/%Y %I:%M %p"),
        ("%d|%m|%Y", "%d|%m|%Y"),
    ],
)
def test_date_patterns_are_written_as_in_spreadsheets(text, pattern):
    assert read_pattern(text) == pattern
