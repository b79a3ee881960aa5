"""Principal Component Analysis: fewer columns that keep most of the variance."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_numbers
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.transformations import learn_and_apply
from studio.model.computed import column_values
from studio.model.operations import FillNumbers, Project, quantum_of
from studio.tables.schema import Column, ColumnType

DIMENSIONS = "Number of dimensions to reduce to"


def run(call: Call) -> tuple[Any, ...]:
    """Learn the components of the selected columns and replace the columns with them."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_numbers(call, dataset, call.properties["Selected columns"])
    count = call.properties[DIMENSIONS]
    if count > min(len(names), len(dataset.frame)):
        raise call.error(
            "0081",
            f"{DIMENSIONS} must be at most the number of columns and rows, {min(len(names), len(dataset.frame))}, "
            f"got {count}.",
        )
    values = dataset.frame[names].to_numpy(dtype=np.float64)
    empty = [name for name, column in zip(names, values.T, strict=True) if np.isnan(column).all()]
    if empty:
        raise call.error("0080", f"the column '{empty[0]}' has no values. Do not select it.")
    means = np.nanmean(values, axis=0)
    return learn_and_apply(call, names, apply, (names, _components(call, values, means, count)))


def apply(call: Call, dataset: Dataset, learned: tuple[list[str], tuple[FillNumbers, Project]]) -> Dataset:
    """Return the dataset with the components in place of the columns they were learned from."""
    names, (fill, project) = learned
    filled, _ = dataset.computed(fill, names, [Column(name, ColumnType.DOUBLE) for name in names])
    arrays = fill.apply(dataset.frame[names].to_numpy(dtype=np.float64))
    inputs = [(column_values(column.plan), array) for column, array in zip(filled, arrays.T, strict=True)]
    outputs = [Column(f"Col{number + 1}", ColumnType.DOUBLE) for number in range(len(project.components))]
    made, values = dataset.computed(project, [], outputs, inputs=inputs)
    kept = [column for column in dataset.columns if column.name not in names]
    return dataset.with_columns([*kept, *made], values)


def _components(call: Call, values: Any, means: Any, count: int) -> tuple[FillNumbers, Project]:
    from sklearn.decomposition import PCA

    filled = np.where(np.isnan(values), means, values)
    if len(filled) < 2:
        raise call.error("0021", "the dataset must have at least two rows.")
    pca = PCA(count, svd_solver="full").fit(filled)
    centre = (
        tuple(pca.mean_.tolist()) if call.properties["Normalize dense dataset to zero mean"] else (0.0,) * len(means)
    )
    components = tuple(tuple(row) for row in pca.components_.tolist())
    quantum = quantum_of((filled - np.array(centre)) @ pca.components_.T)
    return FillNumbers(tuple(means.tolist())), Project(centre, components, quantum)


MODULES = (
    Module(
        name="Principal Component Analysis",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET), Port("PCA transformation", PortType.TRANSFORMATION)),
        properties=(
            Property("Selected columns", Kind.COLUMNS, {"select": "numeric"}),
            Property(DIMENSIONS, Kind.INTEGER, 2, 1, 1000),
            Property("Normalize dense dataset to zero mean", Kind.BOOLEAN, True),
        ),
        run=run,
        effect=Effect.COLUMNS,
        library="PCA",
        notes=(
            "Missing numbers count as the column's mean. The components are Col1, Col2, … after the other columns.",
        ),
    ),
)
