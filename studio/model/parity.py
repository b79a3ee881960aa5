"""Proof that an exported graph scores as scikit-learn does: equal labels and no difference above 1e-9."""

from dataclasses import dataclass

import numpy as np

from studio.model.encoder import Encoder, Matrix

TOLERANCE = 1e-9
MAX_PERTURBED_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Parity:
    """How two sets of scores compare: rows checked, rows with another label, the largest difference."""

    rows: int
    other_labels: int
    max_difference: float

    @property
    def holds(self) -> bool:
        """Whether the graph may stand for the scikit-learn model."""
        return self.other_labels == 0 and self.max_difference <= TOLERANCE


def compare_scores(expected: Matrix, actual: Matrix, task: str) -> Parity:
    """Compare scores of shape (n_rows, n_scores); differences of regressions are relative to the largest score."""
    if expected.shape != actual.shape or not np.isfinite(actual).all():
        return Parity(len(expected), len(expected), float("inf"))
    difference = float(np.abs(expected - actual).max(initial=0.0))
    if task == "two-class":
        return Parity(len(expected), int(((expected > 0.5) != (actual > 0.5)).sum()), difference)
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    return Parity(len(expected), 0, difference / scale)


def perturbed_rows(encoder: Encoder, matrix: Matrix) -> Matrix:
    """Return rows with missing numbers, missing categories and unseen categories, one column at a time.

    Parameters
    ----------
    matrix
        Encoded rows to start from, ndarray of shape (n_rows, n_features), float64.
    """
    if not len(matrix):
        return matrix
    rows = max(1, MAX_PERTURBED_ROWS // max(1, 2 * len(encoder.features)))
    base, parts = matrix[:rows], []
    for slot, feature in enumerate(encoder.features):
        codes = [np.nan] if feature.categories is None else [feature.missing_code, feature.unseen_code]
        for code in codes:
            changed = base.copy()
            changed[:, slot] = code
            parts.append(changed)
    everything = base[:1].copy()
    for slot, feature in enumerate(encoder.features):
        everything[:, slot] = np.nan if feature.categories is None else feature.missing_code
    return np.concatenate([*parts, everything])
