"""Add Columns: combine two datasets side by side."""

from dataclasses import replace
from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType
from studio.graph.dataset import Dataset, DatasetColumn, make_dataset
from studio.graph.transformations import free_name


def run(call: Call) -> tuple[Any, ...]:
    """Append the right columns to the left ones; duplicate names on the right become `name (1)`, `name (2)`, …"""
    left, right = call.inputs["Left dataset"], call.inputs["Right dataset"]
    if len(left.frame) != len(right.frame):
        raise call.error(
            "0027", f"both datasets must have the same number of rows, got {len(left.frame)} and {len(right.frame)}."
        )
    renamed = rename_duplicates(left.names, right)
    if left.source is right.source and left.frame.index.equals(right.frame.index):
        return (_side_by_side(left, renamed),)
    columns = [*left.schema, *renamed.schema]
    frames = (left.frame, renamed.frame)
    arrays = {
        name: frame[name].to_numpy() for frame, item in zip(frames, (left, renamed), strict=True) for name in item.names
    }
    return (keep_flags(make_dataset(columns, _frame(arrays)), [*left.columns, *renamed.columns]),)


def rename_duplicates(taken: list[str], dataset: Dataset) -> Dataset:
    """Return the dataset with columns renamed whose names are taken."""
    used = set(taken)
    columns, values = [], {}
    for column in dataset.columns:
        name = free_name(column.name, used)
        used.add(name)
        columns.append(column.renamed(name))
        values[name] = dataset.frame[column.name].to_numpy()
    return dataset.with_columns(columns, values)


def keep_flags(dataset: Dataset, columns: list[DatasetColumn]) -> Dataset:
    """Return a new dataset with the original roles and category flags of its columns."""
    flagged = [
        replace(new, role=old.role, categorical=old.categorical)
        for new, old in zip(dataset.columns, columns, strict=True)
    ]
    return replace(dataset, columns=tuple(flagged))


def _side_by_side(left: Dataset, right: Dataset) -> Dataset:
    """Return both datasets side by side, with the provenance of each column: they describe the same rows."""
    import pandas as pd

    extra = right.frame[[name for name in right.frame.columns if name not in left.frame.columns]]
    return Dataset((*left.columns, *right.columns), pd.concat([left.frame, extra], axis=1), left.source)


def _frame(arrays: dict[str, Any]) -> Any:
    import pandas as pd

    return pd.DataFrame(arrays)


MODULES = (
    Module(
        name="Add Columns",
        family="5714a225befd438a9bb5f6fdc50a4efb",
        inputs=(Port("Left dataset", PortType.DATASET), Port("Right dataset", PortType.DATASET)),
        outputs=(Port("Combined dataset", PortType.DATASET),),
        run=run,
        effect=Effect.COLUMNS,
        notes=("Both datasets must have the same number of rows.",),
    ),
)
