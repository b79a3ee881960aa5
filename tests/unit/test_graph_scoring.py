"""Requests to experiments drawn by hand: rows become the dataset at the web service input."""

import pytest

from studio.errors import BadUserArgument
from studio.serving.graph_scoring import _dataset
from studio.tables.formats import Format
from studio.tables.schema import Column, ColumnType

COLUMNS = (Column("price", ColumnType.DOUBLE, Format(",", ".", "€")), Column("rooms", ColumnType.INT32))


def test_cells_are_read_as_the_column_was_when_it_was_published():
    found = _dataset("input1", [{"price": "1.234,50 €", "rooms": "2"}, {"price": 7.5, "rooms": 3}], COLUMNS)
    assert found.cells("price") == [1234.5, 7.5]
    assert found.cells("rooms") == [2, 3]


def test_a_cell_that_cannot_be_read_is_named():
    with pytest.raises(BadUserArgument, match="rooms"):
        _dataset("input1", [{"price": "1", "rooms": "two"}], COLUMNS)
