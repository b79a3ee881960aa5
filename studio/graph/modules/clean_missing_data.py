"""Clean Missing Data: fill, flag or remove missing values."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_columns
from studio.graph.dataset import Dataset, DatasetColumn, cells_to_array
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.model.steps import Fill, Indicator
from studio.schema import READERS, Cell, ColumnType

CUSTOM, MEAN, MEDIAN, MODE = (
    "Custom substitution value",
    "Replace with mean",
    "Replace with median",
    "Replace with mode",
)
ROW, COLUMN = "Remove entire row", "Remove entire column"
FILLING = (CUSTOM, MEAN, MEDIAN, MODE)


def run(call: Call) -> tuple[Any, ...]:
    """Clean the picked columns whose share of missing values lies between the two ratios.

    Removed rows are removed from training data only: a row to be scored is always answered.
    """
    dataset: Dataset = call.inputs["Dataset"]
    mode = call.properties["Cleaning mode"]
    missing = {name: _missing(dataset, name) for name in _affected(call, dataset)}
    if mode == ROW:
        keep = ~np.logical_or.reduce([np.zeros(len(dataset.frame), dtype=bool), *missing.values()])
        return (dataset.with_rows(np.flatnonzero(keep)),)
    if mode == COLUMN:
        return (dataset.select([name for name in dataset.names if not missing.get(name, np.array(False)).any()]),)
    columns: list[DatasetColumn] = []
    values: dict[str, Any] = {}
    for column in dataset.columns:
        if column.name not in missing:
            columns.append(column)
            continue
        fill = _fill_value(call, dataset, column, missing[column.name])
        if fill is None:
            if call.properties.get("Cols with all missing values") == "Propagate":
                columns.append(column)
            continue
        columns.append(column.stepped(Fill(fill)))
        cells = [fill if cell is None else cell for cell in dataset.cells(column.name)]
        values[column.name] = cells_to_array(cells, column.type)
        if call.properties.get("Generate missing value indicator column"):
            name = f"{column.name}_IsMissing"
            columns.append(column.stepped(Indicator(), ColumnType.BOOLEAN, name))
            values[name] = missing[column.name].astype(np.float64)
    return (dataset.with_columns(columns, values),)


def _affected(call: Call, dataset: Dataset) -> list[str]:
    low, high = (call.properties[f"{side} missing value ratio"] for side in ("Minimum", "Maximum"))
    if low > high:
        raise call.error("0007", f"Minimum missing value ratio must be {high:g} or less, got {low:g}.")
    picked = pick_columns(call, dataset, call.properties["Columns to be cleaned"])
    return [name for name in picked if low <= _missing(dataset, name).mean() <= high]


def _missing(dataset: Dataset, name: str) -> Any:
    return dataset.frame[name].isna().to_numpy()


def _fill_value(call: Call, dataset: Dataset, column: DatasetColumn, missing: Any) -> Cell:
    """Return what replaces missing cells, in the column's type, or None if the column is empty."""
    mode = call.properties["Cleaning mode"]
    if mode == CUSTOM:
        text = call.properties["Replacement value"]
        try:
            return READERS[column.type](text)
        except ValueError as error:
            raise call.error(
                "0002",
                f"Replacement value must be a {column.type.value} for the column '{column.name}', got {text!r}.",
            ) from error
    present = dataset.frame[column.name].to_numpy()[~missing]
    if not len(present):
        return None
    if mode == MODE or column.type is ColumnType.BOOLEAN:
        values, counts = np.unique(
            present.astype(str) if column.type is ColumnType.STRING else present, return_counts=True
        )
        most = values[counts.argmax()]
        return READERS[column.type](most.item() if column.type is not ColumnType.DATETIME else None)
    if not column.type.is_numeric or column.type is ColumnType.DATETIME:
        raise call.error(
            "0017",
            f"'{mode}' needs numbers, and '{column.name}' is a {column.type.value}. Use 'Replace with mode'.",
        )
    value = float(np.mean(present) if mode == MEAN else np.median(present))
    return round(value) if column.type.is_integer else value


MODULE = Module(
    name="Clean Missing Data",
    family="d2c5ca2f732341a39b7eda917c99f0c4",
    inputs=(Port("Dataset", PortType.DATASET),),
    outputs=(Port("Cleaned dataset", PortType.DATASET),),
    properties=(
        Property("Columns to be cleaned", Kind.COLUMNS, {"select": "all"}),
        Property("Minimum missing value ratio", Kind.NUMBER, 0.0, 0, 1),
        Property("Maximum missing value ratio", Kind.NUMBER, 1.0, 0, 1),
        Property("Cleaning mode", Kind.CHOICE, CUSTOM, choices=(*FILLING, ROW, COLUMN)),
        Property("Replacement value", Kind.TEXT, "0", when=("Cleaning mode", (CUSTOM,))),
        Property(
            "Cols with all missing values",
            Kind.CHOICE,
            "Remove",
            choices=("Propagate", "Remove"),
            when=("Cleaning mode", (MEAN, MEDIAN, MODE)),
        ),
        Property("Generate missing value indicator column", Kind.BOOLEAN, False, when=("Cleaning mode", FILLING)),
    ),
    run=run,
    row_wise=True,
)
