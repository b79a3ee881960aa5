"""Summarize Data: one row of statistics for each column."""

from typing import Any

import numpy as np

from studio.graph.contract import Call, Module, Port, PortType
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.statistics import STATISTICS, Statistic, measure, percentile
from studio.tables.schema import Cell, Column, ColumnType, number_cell

# The report's columns of numbers, after the name and the counts.
REPORT: dict[str, Statistic] = {
    "Min": STATISTICS["Min"],
    "Max": STATISTICS["Max"],
    "Mean": STATISTICS["Mean"],
    "Mean Deviation": STATISTICS["MeanDeviation"],
    "1st Quartile": percentile(25),
    "Median": STATISTICS["Median"],
    "3rd Quartile": percentile(75),
    "Mode": STATISTICS["Mode"],
    "Range": STATISTICS["Range"],
    "Sample Variance": STATISTICS["SampleVariance"],
    "Sample Standard Deviation": STATISTICS["SampleStandardDeviation"],
    "Sample Skewness": STATISTICS["SampleSkewness"],
    "Sample Kurtosis": STATISTICS["SampleKurtosis"],
    **{f"P{percent:g}": percentile(percent) for percent in (0.5, 1, 5, 95, 99.5)},
}
COUNTS = ("Count", "Unique Value Count", "Missing Value Count")


def run(call: Call) -> tuple[Any, ...]:
    """Return the report; only columns of numbers and Booleans have more than counts."""
    dataset: Dataset = call.inputs["Dataset"]
    if not dataset.columns:
        raise call.error("0020", "the dataset has no columns.")
    rows = [_row(dataset, name) for name in dataset.names]
    columns = [
        Column("Feature", ColumnType.STRING),
        *(Column(name, ColumnType.INT64) for name in COUNTS),
        *(Column(name, ColumnType.DOUBLE) for name in REPORT),
    ]
    return (dataset_from_cells(columns, list(zip(*rows, strict=True))),)


def _row(dataset: Dataset, name: str) -> list[Cell]:
    missing = dataset.frame[name].isna().to_numpy()
    present = dataset.frame[name].to_numpy()[~missing]
    counts: list[Cell] = [name, len(missing), len(set(present.tolist())), int(missing.sum())]
    if dataset.column(name).type in (ColumnType.STRING, ColumnType.DATETIME):
        return [*counts, *([None] * len(REPORT))]
    numbers = present.astype(np.float64)
    return [*counts, *(number_cell(measure(item, numbers), ColumnType.DOUBLE) for item in REPORT.values())]


MODULES = (
    Module(
        name="Summarize Data",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        run=run,
        notes=(
            "Count is that of all rows. Text and DateTime columns have counts only; of several modes the smallest is "
            "shown.",
        ),
    ),
)
