"""Remove Duplicate Rows: keep one of the rows with equal values in the selected columns."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset


def run(call: Call) -> tuple[Any, ...]:
    """Keep the first or the last of the rows with equal values in the selected columns."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_columns(call, dataset, call.properties["Key column selection filter expression"])
    if not names:
        raise call.error("0020", "no column is selected.")
    keep = "first" if call.properties["Retain first duplicate row"] else "last"
    duplicates = dataset.frame.duplicated(names, keep=keep).to_numpy()
    return (dataset.with_rows(np.flatnonzero(~duplicates)),)


MODULES = (
    Module(
        name="Remove Duplicate Rows",
        family="02016f47e4c34a069ae516c747389e34",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property("Key column selection filter expression", Kind.COLUMNS, {"select": "all"}),
            Property("Retain first duplicate row", Kind.BOOLEAN, True),
        ),
        run=run,
        effect=Effect.ROWS,
        notes=("Rows sent for scoring are never removed.",),
    ),
)
