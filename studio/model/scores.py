"""Turns a matrix of scores into the columns that Score Model and Assign Data to Clusters append.

References
----------
Names and order: module catalogue, "Column names that modules produce".
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from studio.model.manifest import ANOMALY, CLUSTERING, MULTICLASS, QUANTILES, TWO_CLASS
from studio.model.operations import Matrix
from studio.tables.schema import READERS, Cell, Column, ColumnType

# Sums that differ only in their last digits count as equal, and ties go to the first label in every runtime.
DECIMALS = 12
THRESHOLD = 0.5 + 10**-DECIMALS
LABELS, PROBABILITIES = "Scored Labels", "Scored Probabilities"


def score_columns(task: str, label: Column, labels: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns appended for a task."""
    match task:
        case "two-class":
            return (Column(LABELS, label.type), Column(PROBABILITIES, ColumnType.DOUBLE))
        case "multiclass":
            classes = [Column(f'{PROBABILITIES} for Class "{text}"', ColumnType.DOUBLE) for text in labels]
            return (*classes, Column(LABELS, label.type))
        case "quantile-regression":
            return tuple(Column(f"Scores for quantile :{quantile}", ColumnType.DOUBLE) for quantile in labels)
        case "anomaly-detection":
            return (Column(LABELS, ColumnType.INT32), Column(PROBABILITIES, ColumnType.DOUBLE))
        case "clustering":
            distances = [Column(f"DistancesToClusterCenter no.{text}", ColumnType.DOUBLE) for text in labels]
            return (Column("Assignments", ColumnType.INT32), *distances)
    return (Column(LABELS, ColumnType.DOUBLE),)


def score_width(task: str, labels: Sequence[str]) -> int:
    """Return the number of columns in the matrix of scores."""
    return len(labels) if task in (MULTICLASS, QUANTILES, CLUSTERING) else 1


def scored_cells(scores: Matrix, task: str, label: Column, labels: Sequence[str]) -> list[list[Cell]]:
    """Return the scored columns, in the order of `score_columns`, as lists of n_rows cells.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, score_width), float64
        Probabilities of the positive class or of each class, predictions, quantiles, or distances.
    labels
        As in the manifest.
    """
    if task == TWO_CLASS:
        values = scores[:, 0].tolist()
        negative, positive = _label_cells(label.type, tuple(labels))
        # A row without a score (NaN), which a user's estimator refuses, has no label either.
        return [
            [positive if value > THRESHOLD else negative if value == value else None for value in values],
            values,
        ]
    columns: list[list[Cell]] = [column.tolist() for column in scores.T]
    decided = scored_codes(scores, task)
    if decided is None:
        return columns
    if task == MULTICLASS:
        cells = _label_cells(label.type, tuple(labels))
        found = zip(decided.tolist(), columns[0], strict=True)
        return [*columns, [cells[code] if share == share else None for code, share in found]]
    return [decided.tolist(), *columns]


@functools.lru_cache
def _label_cells(type_: ColumnType, labels: tuple[str, ...]) -> tuple[Cell, ...]:
    """Return the labels of a manifest as cells; cached, because every request needs them."""
    return tuple(READERS[type_](text) for text in labels)


def scored_codes(scores: Matrix, task: str) -> Any:
    """Return the decision for each row: label index, 0 or 1, or cluster; None for regressions."""
    if task in (TWO_CLASS, ANOMALY):
        return (scores[:, 0] > THRESHOLD).astype(np.int64)
    if task == MULTICLASS:
        return scores.round(DECIMALS).argmax(axis=1)
    return scores.argmin(axis=1) if task == CLUSTERING else None
