import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.tables.schema import READERS, ColumnType, cell_number, write_cell


@pytest.mark.parametrize("value", [None, float("nan"), "", " ", "NaN", "NaT", "nan", "NA", "null"])
@pytest.mark.parametrize("type_", [ColumnType.DOUBLE, ColumnType.INT32, ColumnType.BOOLEAN, ColumnType.DATETIME])
def test_missing_tokens_are_missing_in_every_type_but_text(type_, value):
    assert READERS[type_](value) is None


@pytest.mark.parametrize(
    "type_, value, cell",
    [
        (ColumnType.DOUBLE, "24.5", 24.5),
        (ColumnType.DOUBLE, " 1e3 ", 1000.0),
        (ColumnType.DOUBLE, True, 1.0),
        (ColumnType.INT32, "41", 41),
        (ColumnType.INT32, 41.0, 41),
        (ColumnType.INT64, "9007199254740993", 9007199254740993),
        (ColumnType.BOOLEAN, "True", True),
        (ColumnType.BOOLEAN, "false", False),
        (ColumnType.BOOLEAN, 1, True),
        (ColumnType.STRING, 39, "39"),
        (ColumnType.STRING, 39.0, "39"),
        (ColumnType.STRING, True, "True"),
        (ColumnType.STRING, "NaN", "NaN"),
        (ColumnType.STRING, "", None),
        (ColumnType.DATETIME, "2015-10-09T07:30:00+02:00", "2015-10-09T05:30:00"),
    ],
)
def test_cells_are_read_from_numbers_and_from_texts(type_, value, cell):
    assert READERS[type_](value) == cell
    assert type(READERS[type_](value)) is type(cell)


@pytest.mark.parametrize(
    "type_, value",
    [
        (ColumnType.DOUBLE, "abc"),
        (ColumnType.DOUBLE, "1_000"),
        (ColumnType.DOUBLE, [1]),
        (ColumnType.INT32, "25.5"),
        (ColumnType.INT32, 25.5),
        (ColumnType.BOOLEAN, "maybe"),
        (ColumnType.BOOLEAN, 2),
        (ColumnType.STRING, {"a": 1}),
        (ColumnType.DATETIME, "tomorrow"),
        (ColumnType.DATETIME, 5),
    ],
)
def test_a_cell_of_another_type_is_refused(type_, value):
    with pytest.raises(ValueError):
        READERS[type_](value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_survive_writing_and_reading(value):
    assert READERS[ColumnType.DOUBLE](write_cell(value)) == value


def test_cells_become_the_numbers_a_model_sees():
    assert math.isnan(cell_number(None))
    assert cell_number(True) == 1.0
    assert cell_number("1970-01-02T00:00:00") == 86400.0


def test_whole_doubles_are_written_without_a_point_as_dotnet_does():
    assert write_cell(39.0) == "39"
    assert write_cell(0.922785222530365) == "0.922785222530365"
    assert write_cell(False) == "False"
