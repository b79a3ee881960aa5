"""Add Rows: append the rows of one dataset to another."""

from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.modules.add_columns import keep_flags
from studio.tables.schema import Column, ColumnType

NUMBERS = (ColumnType.INT32, ColumnType.INT64, ColumnType.DOUBLE)


def run(call: Call) -> tuple[Any, ...]:
    """Append the rows of the second dataset to the first, matching columns by name."""
    upper, lower = call.inputs["Dataset1"], call.inputs["Dataset2"]
    if set(upper.names) != set(lower.names):
        odd = sorted(set(upper.names) ^ set(lower.names))
        raise call.error(
            "0010", f"the column '{odd[0]}' is in only one of the datasets. Select the same columns in both."
        )
    columns = [Column(name, _common_type(call, name, upper, lower)) for name in upper.names]
    cells = [[*upper.cells(name), *lower.cells(name)] for name in upper.names]
    return (keep_flags(dataset_from_cells(columns, cells), list(upper.columns)),)


def _common_type(call: Call, name: str, upper: Dataset, lower: Dataset) -> ColumnType:
    types = [dataset.column(name).type for dataset in (upper, lower)]
    if types[0] is types[1]:
        return types[0]
    if all(type_ in NUMBERS for type_ in types):
        return max(types, key=NUMBERS.index)
    raise call.error(
        "0016", f"the column '{name}' is {types[0].value} in one dataset and {types[1].value} in the other."
    )


MODULES = (
    Module(
        name="Add Rows",
        family="b2ebdabd217d491586cc5b05972f7270",
        inputs=(Port("Dataset1", PortType.DATASET), Port("Dataset2", PortType.DATASET)),
        outputs=(Port("Results dataset", PortType.DATASET),),
        run=run,
        effect=Effect.TABLE,
        notes=("Columns are matched by name; both datasets must have the same columns.",),
    ),
)
