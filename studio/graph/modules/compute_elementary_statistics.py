"""Compute Elementary Statistics: one statistic of each selected column."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_numbers
from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.statistics import CENTRAL_MOMENT, STATISTICS, measure, statistic_of
from studio.tables.schema import Column, ColumnType, number_cell

METHOD, COLUMNS, ORDER = "Method", "Column set", "Order"


def run(call: Call) -> tuple[Any, ...]:
    """Return a table of one row with the statistic of each column."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_numbers(call, dataset, call.properties[COLUMNS])
    if not names:
        raise call.error("0020", "no numeric column is selected.")
    method = call.properties[METHOD]
    statistic = statistic_of(method, call.properties.get(ORDER) or 3)
    values = [measure(statistic, dataset.frame[name].to_numpy(dtype=np.float64)) for name in names]
    columns = [Column(f"{method}({name})", ColumnType.DOUBLE) for name in names]
    return (dataset_from_cells(columns, [[number_cell(value, ColumnType.DOUBLE)] for value in values]),)


MODULES = (
    Module(
        name="Compute Elementary Statistics",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property(METHOD, Kind.CHOICE, "Mean", choices=tuple(sorted({*STATISTICS, CENTRAL_MOMENT}))),
            Property(ORDER, Kind.INTEGER, 3, 1, 20, when=(METHOD, (CENTRAL_MOMENT,))),
            Property(COLUMNS, Kind.COLUMNS, {"select": "numeric"}),
        ),
        run=run,
        notes=("Missing numbers are left out. Geometric and harmonic mean need numbers above 0.",),
    ),
)
