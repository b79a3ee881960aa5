"""Verifies that a graph scores as it should: equal labels, and no difference above 1e-9 or the tolerance given."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.encoder import Encoder
from studio.model.operations import Matrix
from studio.model.profile import sample_places
from studio.model.scores import scored_codes

TOLERANCE = 1e-9
# Of more rows than this, a sample is compared, with the rows that are hardest to score alike.
MAX_ROWS = 50_000
# A class has at least this many rows in a sample, if it has as many.
LEAST_OF_CLASS = 200
MAX_PERTURBED_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Parity:
    """The comparison of two sets of scores: rows checked, rows with different labels, the largest difference."""

    rows: int
    other_labels: int
    max_difference: float
    tolerance: float = TOLERANCE

    @property
    def holds(self) -> bool:
        """Whether the graph may replace the scikit-learn model."""
        return self.other_labels == 0 and self.max_difference <= self.tolerance


def compare_scores(expected: Matrix, actual: Matrix, task: str, n_scores: int, tolerance: float = TOLERANCE) -> Parity:
    """Compare scores, and the computed columns after them.

    Parameters
    ----------
    expected, actual : ndarray of shape (n_rows, n_scores + n_computed), float64
        Scores; differences are relative to the largest absolute value of their column if it is above 1.
    tolerance
        How far scores may differ. Above TOLERANCE, rows whose decision hangs on less than that may be labelled
        otherwise.
    """
    if expected.shape != actual.shape or not _known_alike(expected[:, :n_scores], actual[:, :n_scores]):
        return Parity(len(expected), len(expected), float("inf"), tolerance)
    difference = np.abs(expected - actual)
    difference[np.isnan(expected) & np.isnan(actual)] = 0.0
    scale = np.maximum(1.0, np.nan_to_num(np.abs(expected)).max(axis=0, initial=0.0))
    largest = float(np.nan_to_num(difference / scale, nan=np.inf).max(initial=0.0))
    known = ~np.isnan(expected[:, 0]) if n_scores else np.ones(len(expected), dtype=bool)
    codes = scored_codes(expected[known, :n_scores], task)
    others = 0
    if codes is not None:
        differ = codes != scored_codes(actual[known, :n_scores], task)
        if tolerance > TOLERANCE:
            differ &= _margins(expected[known, :n_scores]) > 2 * tolerance * float(scale[:n_scores].max(initial=1.0))
        others = int(differ.sum())
    return Parity(len(expected), others, largest, tolerance)


def _margins(scores: Matrix) -> Matrix:
    """Return how far each row is from another decision, shape (n_rows,)."""
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0] - 0.5)
    # Of classes the largest decides, of clusters the smallest.
    ordered = np.sort(scores, axis=1)
    return np.minimum(ordered[:, -1] - ordered[:, -2], ordered[:, 1] - ordered[:, 0])


def _known_alike(expected: Matrix, actual: Matrix) -> bool:
    """Return whether scores are finite, but for rows without a score, which are the same in both."""
    missing = np.isnan(expected)
    return bool((missing == np.isnan(actual)).all() and np.isfinite(actual[~missing]).all())


def compared_rows(encoder: Encoder, matrix: Matrix, classes: Any = None, most: int = MAX_ROWS) -> Matrix:
    """Return the rows on which scores are compared: all, or of many rows a sample with the extreme ones.

    A sample has rows at even distances, some of each class, and for each column those with the smallest and largest
    number, a missing one, and each category.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features), float64
        Encoded rows.
    classes : ndarray of shape (n_rows,), int64, optional
        The class of each row.
    most
        How many rows are compared without being sampled; a sample has hardly more.
    """
    if len(matrix) <= most:
        return matrix
    parts = [_spread(np.arange(len(matrix)), most)]
    if classes is not None:
        parts += [_spread(np.flatnonzero(classes == code), LEAST_OF_CLASS) for code in np.unique(classes)]
    features = [slot.feature for slot in encoder.slots]
    for column, feature in zip(matrix.T, features, strict=False):
        parts.append(_extreme_places(column) if feature.categories is None else np.unique(column, return_index=True)[1])
    sample: Matrix = matrix[np.unique(np.concatenate(parts))]
    return sample


def _spread(places: Any, most: int) -> Any:
    """Return at most so many of the places, at even distances."""
    return places[sample_places(len(places), most)]


def _extreme_places(column: Any) -> Any:
    """Return the places of the smallest and the largest number and of a missing one, as far as there are any."""
    missing = np.isnan(column)
    if missing.all():
        return np.array([0])
    found = [np.nanargmin(column), np.nanargmax(column)]
    return np.array([*found, missing.argmax()] if missing.any() else found)


def perturbed_rows(encoder: Encoder, matrix: Matrix) -> Matrix:
    """Return rows with missing numbers, missing categories and unseen categories, one column at a time.

    In very wide tables, only some of the columns are tried.

    Parameters
    ----------
    matrix
        Encoded rows to start from, ndarray of shape (n_rows, n_features), float64.
    """
    if not len(matrix):
        return matrix
    features = [slot.feature for slot in encoder.slots]
    rows = max(1, MAX_PERTURBED_ROWS // max(1, 2 * len(features)))
    every = max(1, 2 * len(features) // MAX_PERTURBED_ROWS)
    base, parts = matrix[:rows], []
    for slot, feature in list(enumerate(features))[::every]:
        codes = [np.nan] if feature.categories is None else [feature.missing_code, feature.unseen_code]
        for code in codes:
            changed = base.copy()
            changed[:, slot] = code
            parts.append(changed)
    everything = base[:1].copy()
    for slot, feature in enumerate(features):
        everything[:, slot] = np.nan if feature.categories is None else feature.missing_code
    everything[:, len(features) :] = 0.0
    return np.concatenate([*parts, everything])
