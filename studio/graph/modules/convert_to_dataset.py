"""Convert to Dataset: turn a custom token, such as `?`, into missing values."""

from typing import Any

from studio.graph.dataset import Dataset, DatasetColumn, cells_to_array
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.model.steps import Cast, MissingIf
from studio.schema import READERS, Cell, ColumnType


def run(call: Call) -> tuple[Any, ...]:
    """Make the token missing in text columns; a column whose other cells are all numbers becomes numeric."""
    dataset: Dataset = call.inputs["Dataset"]
    if call.properties["Action"] == "None":
        return (dataset,)
    token = call.properties["Custom Missing Value"]
    columns, values = [], {}
    for column in dataset.columns:
        if column.type is not ColumnType.STRING:
            columns.append(column)
            continue
        cells = [None if cell == token else cell for cell in dataset.cells(column.name)]
        cleaned = _retype(column.stepped(MissingIf(token)), cells)
        columns.append(cleaned)
        values[column.name] = cells_to_array([_cast(cell, cleaned.type) for cell in cells], cleaned.type)
    return (dataset.with_columns(columns, values),)


def _retype(column: DatasetColumn, cells: list[Cell]) -> DatasetColumn:
    if all(cell is None for cell in cells):
        return column
    for type_ in (ColumnType.INT64, ColumnType.DOUBLE):
        try:
            for cell in cells:
                READERS[type_](cell)
        except ValueError:
            continue
        return column.stepped(Cast(type_), type_)
    return column


def _cast(cell: Cell, type_: ColumnType) -> Cell:
    return READERS[type_](cell)


MODULE = Module(
    name="Convert to Dataset",
    family="72bf58e0fc874bb19704f1805003b975",
    inputs=(Port("Dataset", PortType.DATASET),),
    outputs=(Port("Results dataset", PortType.DATASET),),
    properties=(
        Property("Action", Kind.CHOICE, "None", choices=("None", "SetMissingValues")),
        Property("Custom Missing Value", Kind.TEXT, "?", when=("Action", ("SetMissingValues",))),
    ),
    run=run,
    row_wise=True,
)
