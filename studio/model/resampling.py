"""The metrics of Evaluate Model for weighted rows, in NumPy alone, and their bootstrap confidence intervals.

The metrics are those of evaluation.py, without scikit-learn: two models are compared in the process that answers
requests, and a metric is computed for a thousand resamples at once.

References
----------
B. Efron, R. J. Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13 (percentile intervals); both models are
resampled together, since they score the same rows.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from studio.model.evaluation import TOP_K
from studio.model.manifest import ANOMALY, MULTICLASS, QUANTILES, TWO_CLASS
from studio.model.scores import THRESHOLD

RESAMPLES, SEED = 1000, 20
# More rows than this say nothing more about the width of an interval that matters; a sample of them is resampled.
MAX_ROWS = 10_000
CONFIDENCE = 0.95
# One step works on so many numbers at most, to bound the memory.
STEP_NUMBERS = 1_000_000

Measured = dict[str, Any]


def measure(task: str, truth: Any, scores: Any, labels: Sequence[str], weights: Any = None) -> Measured:
    """Return the metrics by name, NaN where they are not defined; without the counts of rows.

    Parameters
    ----------
    truth, scores, labels
        As for evaluate_scores.
    weights : ndarray of shape (n_resamples, n_rows), optional
        How often each row counts; once by default. Metrics have the shape (n_resamples,).
    """
    if weights is None:
        return {
            name: float(value[0])
            for name, value in measure(task, truth, scores, labels, np.ones((1, len(truth)))).items()
        }
    with np.errstate(invalid="ignore", divide="ignore"):
        if task in (TWO_CLASS, ANOMALY):
            return _two_class(truth, scores[:, 0], weights)
        if task == MULTICLASS:
            return _multiclass(truth, scores, len(labels), weights)
        if task == QUANTILES:
            nearest = int(np.abs(np.array([float(label) for label in labels]) - 0.5).argmin())
            return _regression(truth, scores[:, nearest], weights)
        return _regression(truth, scores[:, 0], weights)


def resample(rows: int) -> Iterator[tuple[Any, Any]]:
    """Yield positions of rows and, for some resamples at a time, how often each of these rows counts."""
    random = np.random.default_rng(SEED)
    chosen = np.sort(random.choice(rows, MAX_ROWS, replace=False)) if rows > MAX_ROWS else np.arange(rows)
    size = len(chosen)
    step = max(1, STEP_NUMBERS // size)
    for start in range(0, RESAMPLES, step):
        count = min(step, RESAMPLES - start)
        drawn = random.integers(0, size, (count, size)) + np.arange(count)[:, np.newaxis] * size
        yield chosen, np.bincount(drawn.ravel(), minlength=count * size).reshape(count, size).astype(np.float64)


def interval(values: Any) -> tuple[float, float] | None:
    """Return the percentile interval of a metric's resamples; None if it is not defined in any of them."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _two_class(truth: Any, probabilities: Any, weights: Any) -> Measured:
    positive, predicted = truth == 1, probabilities > THRESHOLD
    total, actual, said = weights.sum(axis=1), weights @ positive, weights @ predicted
    hits = weights @ (positive & predicted)
    return {
        "AUC": _auc(positive, probabilities, weights),
        "Accuracy": _ratio(total - actual - said + 2 * hits, total),
        "Precision": _ratio(hits, said),
        "Recall": _ratio(hits, actual),
        "F1": _ratio(2 * hits, said + actual),
    }


def _auc(positive: Any, probabilities: Any, weights: Any) -> Any:
    """Return the share of pairs that are in the right order, where equal scores are half right."""
    order = np.argsort(probabilities, kind="stable")
    ordered = probabilities[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    above = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1)
    below = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1)
    right = (above * (np.cumsum(below, axis=1) - below / 2)).sum(axis=1)
    return right / (above.sum(axis=1) * below.sum(axis=1))


def _multiclass(truth: Any, probabilities: Any, classes: int, weights: Any) -> Measured:
    predicted, total = probabilities.argmax(axis=1), weights.sum(axis=1)
    actual, said, hits = _count(truth, predicted, classes, weights)
    given = probabilities[np.arange(len(truth)), truth]
    top = (probabilities > given[:, np.newaxis]).sum(axis=1) < TOP_K
    right = hits.sum(axis=1) / total
    return {
        "Overall_Accuracy": right,
        "Average_Accuracy": (1 - (actual + said - 2 * hits) / total[:, np.newaxis]).mean(axis=1),
        "Micro_Precision": right,
        "Macro_Precision": _ratio(hits, said).mean(axis=1),
        "Micro_Recall": right,
        "Macro_Recall": _ratio(hits, actual).mean(axis=1),
        f"Top_{TOP_K}_Accuracy": (weights @ top) / total,
    }


def _count(truth: Any, predicted: Any, classes: int, weights: Any) -> tuple[Any, Any, Any]:
    """Return by resample and class how many rows are of the class, are said to be, and both."""
    codes, step = np.arange(classes), max(1, STEP_NUMBERS // classes)
    actual, said, hits = np.zeros((3, len(weights), classes))
    for start in range(0, len(truth), step):
        part = slice(start, start + step)
        is_class, is_said = truth[part, np.newaxis] == codes, predicted[part, np.newaxis] == codes
        actual += weights[:, part] @ is_class
        said += weights[:, part] @ is_said
        hits += weights[:, part] @ (is_class & is_said)
    return actual, said, hits


def _regression(truth: Any, predicted: Any, weights: Any) -> Measured:
    error, total = predicted - truth, weights.sum(axis=1)
    absolute, squared = weights @ np.abs(error), weights @ error**2
    spread = np.abs(truth - ((weights @ truth) / total)[:, np.newaxis])
    relative = _ratio(squared, (weights * spread**2).sum(axis=1))
    return {
        "Mean_Absolute_Error": absolute / total,
        "Root_Mean_Squared_Error": np.sqrt(squared / total),
        "Relative_Squared_Error": relative,
        "Relative_Absolute_Error": _ratio(absolute, (weights * spread).sum(axis=1)),
        "Coefficient_of_Determination": 1 - relative,
    }


def _ratio(part: Any, whole: Any) -> Any:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole != 0)
