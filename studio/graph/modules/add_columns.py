"""Add Columns: two datasets side by side."""

from dataclasses import replace
from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType
from studio.graph.dataset import Dataset, DatasetColumn, make_dataset


def run(call: Call) -> tuple[Any, ...]:
    """Put the right columns behind the left ones; names that occur twice get (1), (2), … on the right."""
    left, right = call.inputs["Left dataset"], call.inputs["Right dataset"]
    if len(left.frame) != len(right.frame):
        raise call.error(
            "0027", f"the left dataset has {len(left.frame)} rows and the right one {len(right.frame)}: sizes differ."
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
    """Return the dataset with other names for columns whose names are taken."""
    used = set(taken)
    columns, values = [], {}
    for column in dataset.columns:
        name, number = column.name, 0
        while name in used:
            number += 1
            name = f"{column.name} ({number})"
        used.add(name)
        columns.append(column.renamed(name))
        values[name] = dataset.frame[column.name].to_numpy()
    return dataset.with_columns(columns, values)


def keep_flags(dataset: Dataset, columns: list[DatasetColumn]) -> Dataset:
    """Return a new dataset with the roles and category flags its columns had before."""
    flagged = [
        replace(new, role=old.role, categorical=old.categorical)
        for new, old in zip(dataset.columns, columns, strict=True)
    ]
    return replace(dataset, columns=tuple(flagged))


def _side_by_side(left: Dataset, right: Dataset) -> Dataset:
    """Return both with what their columns come from: they are columns of the same rows."""
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
        notes=("Both datasets need the same number of rows.",),
    ),
)
