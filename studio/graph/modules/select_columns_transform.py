"""Select Columns Transform: record a dataset's columns, to select the same columns from other datasets."""

from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType
from studio.graph.dataset import Dataset
from studio.graph.transformations import Transformation
from studio.tables.schema import ColumnType


def run(call: Call) -> tuple[Any, ...]:
    """Return the transformation that selects the dataset's columns."""
    dataset: Dataset = call.inputs["Dataset with desired columns"]
    needed = tuple((column.name, column.type is ColumnType.STRING) for column in dataset.columns)
    return (Transformation(call.module.name, needed, apply, dataset.names, {}),)


def apply(call: Call, dataset: Dataset, learned: list[str]) -> Dataset:
    """Return the dataset with the recorded columns, in their order."""
    return dataset.select(learned)


MODULES = (
    Module(
        name="Select Columns Transform",
        family="aa517da1497843ed960ff26cf55bfa95",
        inputs=(Port("Dataset with desired columns", PortType.DATASET),),
        outputs=(Port("Columns selection transformation", PortType.TRANSFORMATION),),
        run=run,
        effect=Effect.COLUMNS,
    ),
)
