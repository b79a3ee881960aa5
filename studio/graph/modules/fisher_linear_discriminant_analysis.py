"""Fisher Linear Discriminant Analysis: fewer columns that keep classes apart."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_column
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn
from studio.graph.transformations import learn_and_apply
from studio.model.operations import Project, quantum_of
from studio.tables.schema import Column, ColumnType

LABEL, COUNT = "Class labels column", "Number of feature extractors"
MAX_COLUMNS, RIDGE = 1000, 1e-9


def run(call: Call) -> tuple[Any, ...]:
    """Learn the directions in which the classes differ most, and replace the numeric columns with them."""
    dataset: Dataset = call.inputs["Dataset"]
    label = pick_column(call, dataset, call.properties[LABEL])
    names = [column.name for column in dataset.columns if column.name != label and _is_number(column)]
    if not names:
        raise call.error("0017", "the dataset has no numeric column besides the label.")
    if len(names) > MAX_COLUMNS:
        raise call.error("0007", f"the module takes at most {MAX_COLUMNS} numeric columns, got {len(names)}.")
    project = _directions(call, dataset, label, names)
    return learn_and_apply(call, names, apply, (label, names, project))


def apply(call: Call, dataset: Dataset, learned: tuple[str, list[str], Project]) -> Dataset:
    """Return the new columns, after the label if the dataset has it."""
    label, names, project = learned
    outputs = [Column(f"col{number + 1}", ColumnType.DOUBLE) for number in range(len(project.components))]
    made, values = dataset.computed(project, names, outputs)
    kept = [column for column in dataset.columns if column.name == label]
    return dataset.with_columns([*kept, *made], values)


def _is_number(column: DatasetColumn) -> bool:
    return column.type in (ColumnType.INT32, ColumnType.INT64, ColumnType.DOUBLE) and not column.categorical


def _directions(call: Call, dataset: Dataset, label: str, names: list[str]) -> Project:
    """Return the projection onto the eigenvectors of scatter between classes relative to scatter within them.

    References
    ----------
    R. Fisher, The Use of Multiple Measurements in Taxonomic Problems, Annals of Eugenics 7 (1936).
    """
    import scipy.linalg

    frame = dataset.frame[[*names, label]].dropna()
    if len(frame) < 2:
        raise call.error("0021", "at least two rows must have a label and no missing number.")
    values = frame[names].to_numpy(dtype=np.float64)
    _, classes = np.unique(frame[label].to_numpy().astype(str), return_inverse=True)
    if classes.max() == 0:
        raise call.error("0058", f"the label column '{label}' must have at least two values.")
    mean, spread = values.mean(axis=0), values.std(axis=0)
    if not np.isfinite([mean, spread]).all():
        raise call.error("0033", "it cannot compute with numbers this large. Add Clip Values before this module.")
    spread[spread == 0] = 1.0
    scaled = (values - mean) / spread
    groups = [scaled[classes == index] for index in range(classes.max() + 1)]
    within = sum((group - group.mean(axis=0)).T @ (group - group.mean(axis=0)) for group in groups)
    between = sum(len(group) * np.outer(group.mean(axis=0), group.mean(axis=0)) for group in groups)
    # A little on the diagonal, so that columns which depend on one another can be divided by.
    within = within + (RIDGE * max(float(np.trace(within)), 1.0)) * np.eye(len(names))
    _, vectors = scipy.linalg.eigh(between, within)
    wanted = min(call.properties[COUNT] or len(names), len(names))
    chosen = vectors[:, ::-1][:, :wanted]
    # The sign of an eigenvector is arbitrary: its largest part is made positive.
    chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(axis=0), range(wanted)])
    components = (chosen / np.linalg.norm(chosen, axis=0) / spread[:, np.newaxis]).T
    quantum = quantum_of((values - mean) @ components.T)
    return Project(tuple(mean.tolist()), tuple(tuple(row) for row in components.tolist()), quantum)


MODULES = (
    Module(
        name="Fisher Linear Discriminant Analysis",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(
            Port("Transformed features", PortType.DATASET),
            Port("Fisher linear discriminant analysis transformation", PortType.TRANSFORMATION),
        ),
        properties=(
            Property(LABEL, Kind.COLUMNS),
            Property(COUNT, Kind.INTEGER, 0, 0, MAX_COLUMNS),
        ),
        run=run,
        effect=Effect.COLUMNS,
        library="scipy.linalg.eigh",
        notes=(
            "The result has the label and the columns col1, col2, …, in the order in which they keep the classes "
            "apart; all numeric columns are used. 0 feature extractors stands for as many as there are columns.",
            "Rows with a missing number are left out of what is learned, and their result is missing.",
        ),
    ),
)
