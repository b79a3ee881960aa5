"""Convert to Dataset: turn a custom token, such as `?`, into missing values."""

from dataclasses import replace
from typing import Any

from studio.graph.dataset import Dataset, DatasetColumn, cells_to_array
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.model.steps import Cast, MissingIf, PlanColumn
from studio.schema import INT32_LIMIT, READERS, Cell, Column, ColumnType


def run(call: Call) -> tuple[Any, ...]:
    """Make the token missing; a text column whose other cells are all numbers becomes numeric."""
    dataset: Dataset = call.inputs["Dataset"]
    if call.properties["Action"] == "None":
        return (dataset,)
    token = call.properties["Custom Missing Value"].strip()
    columns, values = [], {}
    for column in dataset.columns:
        if column.type is not ColumnType.STRING:
            columns.append(_with_token(column, column.type, token))
            continue
        cells = [_without(cell, token) for cell in dataset.cells(column.name)]
        type_ = _numeric_type(cells) or ColumnType.STRING
        columns.append(_with_token(column, type_, token))
        values[column.name] = cells_to_array([_cast(cell, type_) for cell in cells], type_)
    return (dataset.with_columns(columns, values),)


def _with_token(column: DatasetColumn, type_: ColumnType, token: str) -> DatasetColumn:
    """Return the column of this type: the source itself is read so where no other step stands before."""
    plan = column.plan
    if plan.steps:
        if column.type is not ColumnType.STRING:
            return column
        marked = column.stepped(MissingIf(token))
        return marked if type_ is ColumnType.STRING else marked.stepped(Cast(type_), type_)
    source, finished = Column(plan.source.name, type_), Column(column.name, type_)
    tokens = tuple(dict.fromkeys((*plan.missing_tokens, token)))
    return replace(column, plan=PlanColumn(finished, source, (), tokens))


def _without(cell: Cell, token: str) -> Cell:
    return None if isinstance(cell, str) and cell.strip() == token else cell


def _numeric_type(cells: list[Cell]) -> ColumnType | None:
    """Return the narrowest number type that takes every cell, or None."""
    for type_ in (ColumnType.INT64, ColumnType.DOUBLE):
        try:
            numbers = [number for cell in cells if (number := READERS[type_](cell)) is not None]
        except ValueError:
            continue
        if not numbers:
            return None
        small = type_ is ColumnType.INT64 and all(-INT32_LIMIT <= float(number) < INT32_LIMIT for number in numbers)
        return ColumnType.INT32 if small else type_
    return None


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
