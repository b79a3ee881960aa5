"""Cross Validate Model: score every row with a model trained on the other folds."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_label
from studio.graph.contract import UINT32_MAX, Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells, make_dataset
from studio.graph.sampling import even_folds
from studio.graph.scoring import evaluate_scored, score_dataset
from studio.graph.training import SUPERVISED, for_label, train
from studio.model.importances import primary_metric
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.trained import UntrainedModel
from studio.tables.schema import Cell, Column, ColumnType

FOLDS = 10


def run(call: Call) -> tuple[Any, ...]:
    """Train and score once per fold; folds come from Partition and Sample, or else there are ten of equal size."""
    untrained: UntrainedModel = call.inputs["Untrained model"]
    dataset: Dataset = call.inputs["Dataset"]
    if untrained.task not in SUPERVISED:
        raise call.error("0013", f"{untrained.learner} learns without a label, so there is no metric to compute.")
    label = pick_label(call, dataset, call.properties["Name or numerical index of the label column"])
    known = np.flatnonzero(dataset.frame[label].notna().to_numpy())
    if len(known) < 2:
        raise call.error("0021", f"cross validation needs at least two rows with a label, got {len(known)}.")
    dataset = dataset.with_rows(known)
    untrained = for_label(untrained, dataset, label)
    folds = dataset.folds if dataset.folds is not None else _even_folds(call, untrained, dataset, label)
    parts, rows = [], []
    numbers = np.unique(folds).tolist()
    for fold in numbers:
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        model = train(call, untrained, dataset.with_rows(inside), label, draw=False, trial=True)
        scored = score_dataset(call, model, dataset.with_rows(outside), append=True)
        assert scored.scored is not None
        metrics = evaluate_scored(call, scored.scored).evaluation.metrics
        parts.append((fold, scored))
        rows.append([str(fold), len(outside), *metrics.values()])
        if call.journal is not None:
            call.journal.add(call.title, "fold", len(numbers), metrics[primary_metric(untrained.task)])
    return _scored_rows(parts), _by_fold(list(metrics), rows)


def _even_folds(call: Call, untrained: UntrainedModel, dataset: Dataset, label: str) -> Any:
    codes = None
    if untrained.task in (TWO_CLASS, MULTICLASS):
        codes = np.unique([str(cell) for cell in dataset.cells(label)], return_inverse=True)[1]
    return even_folds(len(dataset.frame), FOLDS, call.properties["Random seed"], codes) + 1


def _scored_rows(parts: list[tuple[int, Dataset]]) -> Dataset:
    import pandas as pd

    first = parts[0][1]
    columns = [Column("Fold Number", ColumnType.INT32), *first.schema]
    frames = [dataset.frame[dataset.names].assign(**{"Fold Number": float(fold)}) for fold, dataset in parts]
    whole = pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)
    return make_dataset(columns, whole[[column.name for column in columns]])


def _by_fold(metrics: list[str], rows: list[list[Any]]) -> Dataset:
    """Return one row per fold, then the mean and the standard deviation."""
    numbers = np.array([row[1:] for row in rows], dtype=np.float64)
    table: list[list[Cell]] = [
        *rows,
        ["Mean", round(numbers[:, 0].sum()), *numbers[:, 1:].mean(axis=0).tolist()],
        ["Standard Deviation", round(numbers[:, 0].sum()), *numbers[:, 1:].std(axis=0).tolist()],
    ]
    columns = [
        Column("Fold Number", ColumnType.STRING),
        Column("Number of examples in fold", ColumnType.INT32),
        *(Column(name, ColumnType.DOUBLE) for name in metrics),
    ]
    return dataset_from_cells(columns, list(zip(*table, strict=True)))


MODULES = (
    Module(
        name="Cross Validate Model",
        family="75fb875d6b864d468bcc74261ade5826",
        inputs=(Port("Untrained model", PortType.UNTRAINED), Port("Dataset", PortType.DATASET)),
        outputs=(Port("Scored results", PortType.DATASET), Port("Evaluation results by fold", PortType.DATASET)),
        properties=(
            Property("Name or numerical index of the label column", Kind.COLUMNS, optional=True),
            Property("Random seed", Kind.INTEGER, 0, 0, UINT32_MAX),
        ),
        run=run,
        effect=Effect.TABLE,
        notes=("If no folds are assigned, ten stratified folds are used.",),
    ),
)
