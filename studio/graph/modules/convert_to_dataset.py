"""Convert to Dataset: turn a token such as `?` into missing values, or replace one value with another."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn, cells_to_array, distinct_cells
from studio.graph.transformations import replace_columns
from studio.model.computed import ComputedColumn
from studio.model.operations import FillNumbers, ReplaceNumber
from studio.model.steps import Cast, Fill, MissingIf, PlanColumn, Replace
from studio.tables.schema import INT32_LIMIT, READERS, Cell, Column, ColumnType, cell_number

SET_MISSING, REPLACE = "SetMissingValues", "ReplaceValues"


def run(call: Call) -> tuple[Any, ...]:
    """Turn the token into missing values and text that is then all numbers into numbers; or replace a value."""
    dataset: Dataset = call.inputs["Dataset"]
    match call.properties["Action"]:
        case "SetMissingValues":
            return (_set_missing(dataset, call.properties["Custom Missing Value"].strip()),)
        case "ReplaceValues":
            return (_replace(call, dataset),)
    return (dataset,)


def _set_missing(dataset: Dataset, token: str) -> Dataset:
    columns, values = [], {}
    for column in dataset.columns:
        if column.type is not ColumnType.STRING:
            columns.append(_with_token(column, column.type, token))
            continue
        # Each distinct text is parsed once.
        codes, cells = distinct_cells(dataset.frame[column.name], column.type)
        known = [_without(cell, token) for cell in cells]
        type_ = _numeric_type(known) or ColumnType.STRING
        columns.append(_with_token(column, type_, token))
        if known != cells or type_ is not ColumnType.STRING:
            finished = [*map(READERS[type_], known), None]
            values[column.name] = cells_to_array(finished, type_)[codes]
    return dataset.with_columns(columns, values)


def _replace(call: Call, dataset: Dataset) -> Dataset:
    """Replace the value in all columns whose type can hold both the old and the new one."""
    old = None if call.properties["Replace"] == "Missing" else call.properties["Custom Value"]
    changed: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for column in dataset.columns:
        try:
            read = READERS[column.type]
            before, after = read(old), read(call.properties["New Value"])
        except ValueError:
            continue
        if after is None or (before is None) != (old is None):
            continue
        changed[column.name], values[column.name] = _replaced(dataset, column, before, after)
    return replace_columns(dataset, changed, values)


def _replaced(dataset: Dataset, column: DatasetColumn, old: Cell, new: Cell) -> tuple[list[DatasetColumn], Any]:
    if isinstance(column.plan, ComputedColumn):
        after = cell_number(new)
        operation = FillNumbers((after,)) if old is None else ReplaceNumber(cell_number(old), after)
        made, arrays = dataset.computed(operation, [column.name], [column.plan.column])
        return [replace(item, categorical=column.categorical) for item in made], arrays[column.name]
    cells = [new if cell == old else cell for cell in dataset.cells(column.name)]
    return [column.stepped(Fill(new) if old is None else Replace(old, new))], cells_to_array(cells, column.type)


def _with_token(column: DatasetColumn, type_: ColumnType, token: str) -> DatasetColumn:
    """Return the column with this type: without earlier steps, the source itself is read as this type."""
    plan = column.plan
    if isinstance(plan, ComputedColumn):
        return column
    if plan.steps:
        if column.type is not ColumnType.STRING:
            return column
        marked = column.stepped(MissingIf(token))
        return marked if type_ is ColumnType.STRING else marked.stepped(Cast(type_), type_)
    source, finished = replace(plan.source, type=type_), Column(column.name, type_)
    tokens = tuple(dict.fromkeys((*plan.missing_tokens, token)))
    return replace(column, plan=PlanColumn(finished, source, (), tokens))


def _without(cell: Cell, token: str) -> Cell:
    return None if isinstance(cell, str) and cell.strip() == token else cell


def _numeric_type(cells: Collection[Cell]) -> ColumnType | None:
    """Return the narrowest numeric type that can hold every cell, or None."""
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


MODULES = (
    Module(
        name="Convert to Dataset",
        family="72bf58e0fc874bb19704f1805003b975",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property("Action", Kind.CHOICE, "None", choices=("None", SET_MISSING, REPLACE)),
            Property("Custom Missing Value", Kind.TEXT, "?", when=("Action", (SET_MISSING,))),
            Property("Replace", Kind.CHOICE, "Missing", choices=("Missing", "Custom"), when=("Action", (REPLACE,))),
            Property("Custom Value", Kind.TEXT, "obs", when=("Replace", ("Custom",))),
            Property("New Value", Kind.TEXT, "0", when=("Action", (REPLACE,))),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "A text column becomes numeric if all its remaining cells are numbers.",
            "Values are replaced in columns whose type can hold both the old and the new value.",
        ),
    ),
)
