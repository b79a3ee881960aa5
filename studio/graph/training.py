"""Fitting a learner: choose features, learn categories, encode, fit, remember golden rows."""

from collections import Counter
from typing import Any

import numpy as np

from studio.graph.dataset import Dataset, DatasetColumn, Role, frame_cells
from studio.graph.palette import Call
from studio.model.container import GoldenRow
from studio.model.encoder import Encoder, Feature, Matrix
from studio.model.manifest import REGRESSION, TWO_CLASS
from studio.model.pipeline import build_pipeline, score_with_pipeline
from studio.model.steps import category_key
from studio.model.trained import TrainedModel, UntrainedModel
from studio.schema import Column, ColumnType, write_cell

# Rarer categories than these are scored as unseen.
MAX_CATEGORIES = 255
GOLDEN_ROWS = 8


def train(call: Call, untrained: UntrainedModel, dataset: Dataset, label: str) -> TrainedModel:
    """Fit the learner to the rows whose label is known.

    Raises
    ------
    ModuleExecutionError
        If the label or the features do not suit the learner.
    """
    label_column = dataset.column(label)
    known = np.flatnonzero(dataset.frame[label].notna().to_numpy())
    if not len(known):
        raise call.error("0134", f"the label column '{label}' is empty.")
    dataset = dataset.with_rows(known)
    labels, target = _target(call, untrained, dataset, label_column)
    encoder = fit_encoder(call, dataset, label)
    matrix = encode_dataset(call, encoder, dataset)
    pipeline = build_pipeline(encoder, untrained.estimator, scaled=untrained.scaled)
    pipeline.fit(matrix, target)
    scores = score_with_pipeline(pipeline, untrained.task, matrix[:GOLDEN_ROWS])
    return TrainedModel(
        untrained=untrained,
        encoder=encoder,
        pipeline=pipeline,
        label=Column(label, label_column.type),
        labels=labels,
        matrix=matrix,
        golden=_golden_rows(dataset, encoder, scores),
    )


def fit_encoder(call: Call, dataset: Dataset, label: str) -> Encoder:
    """Choose the feature columns and learn the categories of those that are not numbers.

    A column without a single value has nothing to learn from and is no feature.
    """
    features = [column for column in dataset.columns if column.role is Role.FEATURE and column.name != label]
    columns = [column for column in features if dataset.frame[column.name].notna().any()]
    if not columns:
        raise call.error("0035", "the dataset has no feature columns.")
    numbers = [Feature(column.name) for column in columns if not _is_categorical(column)]
    categories = [_learn_categories(dataset, column) for column in columns if _is_categorical(column)]
    shown = [column for column in dataset.columns if column.name != label and column.role is not Role.LABEL]
    return Encoder(tuple(column.plan for column in shown), (*numbers, *categories))


def encode_dataset(call: Call, encoder: Encoder, dataset: Dataset) -> Matrix:
    """Return the matrix of a dataset whose columns went through the same modules as in training."""
    lacking = [feature.name for feature in encoder.features if feature.name not in dataset.names]
    if lacking:
        raise call.error("0001", f"the column '{lacking[0]}', which the model was trained on, was not found.")
    matrix = np.empty((len(dataset.frame), len(encoder.features)), dtype=np.float64)
    for slot, feature in enumerate(encoder.features):
        if feature.categories is None:
            if not dataset.column(feature.name).type.is_numeric:
                raise call.error("0017", f"the column '{feature.name}' is text; the model was trained on numbers.")
            matrix[:, slot] = dataset.frame[feature.name].to_numpy(dtype=np.float64)
        else:
            keys = [category_key(cell) for cell in dataset.cells(feature.name)]
            codes: dict[str | None, int] = {category: code for code, category in enumerate(feature.categories)}
            codes[None] = feature.missing_code
            unseen = feature.unseen_code
            matrix[:, slot] = [codes.get(key, unseen) for key in keys]
    return matrix


def _is_categorical(column: DatasetColumn) -> bool:
    return column.categorical or column.type is ColumnType.STRING


def _learn_categories(dataset: Dataset, column: DatasetColumn) -> Feature:
    counts = Counter(category_key(cell) for cell in dataset.cells(column.name))
    missing_seen = counts.pop(None, 0) > 0
    frequent = sorted(counts, key=lambda key: (-counts[key], key))[:MAX_CATEGORIES]
    return Feature(column.name, tuple(sorted(key for key in frequent if key is not None)), missing_seen)


def _target(
    call: Call, untrained: UntrainedModel, dataset: Dataset, label: DatasetColumn
) -> tuple[tuple[str, ...], Any]:
    if untrained.task == REGRESSION:
        if not label.type.is_numeric or label.type is ColumnType.DATETIME:
            raise call.error(
                "0023",
                f"{untrained.learner} needs a label of numbers, and '{label.name}' is {label.type.value}.",
            )
        return (), dataset.frame[label.name].to_numpy(dtype=np.float64)
    assert untrained.task == TWO_CLASS
    cells = [cell for cell in dataset.cells(label.name) if cell is not None]
    classes = sorted(set(cells), key=lambda cell: (str(type(cell)), cell))
    if len(classes) != 2:
        seen = ", ".join(write_cell(cell) for cell in classes[:5])
        raise call.error(
            "0083",
            f"{untrained.learner} needs a label with two values, and '{label.name}' has {len(classes)} ({seen}"
            f"{', …' if len(classes) > 5 else ''}).",
        )
    return tuple(write_cell(cell) for cell in classes), np.array([cell == classes[1] for cell in cells], dtype=int)


def _golden_rows(dataset: Dataset, encoder: Encoder, scores: Any) -> tuple[GoldenRow, ...]:
    raw = dataset.source.loc[dataset.frame.index[: len(scores)]]
    # A source may be text in the frame and a number in the plan, where tokens for missing values stood between.
    types = {
        source.name: ColumnType.STRING if raw[source.name].dtype.kind != "f" else source.type
        for source in encoder.sources
    }
    columns = [frame_cells(raw[name], type_) for name, type_ in types.items()]
    rows = zip(*columns, strict=True)
    return tuple(
        GoldenRow(tuple(cells), tuple(float(value) for value in row)) for cells, row in zip(rows, scores, strict=True)
    )
