"""What an evaluation has to show beside its metrics: counts at each threshold, points of predictions, clusters.

Computed once for a model or a run, and not for each of the many evaluations that importances and intervals need.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from studio.model.manifest import ANOMALY, CLUSTERING, MULTICLASS, QUANTILES, TWO_CLASS
from studio.model.resampling import SEED

# Every distinct threshold up to MAX_EXACT; of more, those at STEPS even steps of each of the rates and of the scores.
MAX_EXACT, STEPS = 2000, 660
MAX_POINTS, BINS = 1000, 40
MAX_MATRIX, MAX_CELLS = 100, 10_000
Details = dict[str, Any]


def exact_details(task: str, truth: Any, scores: Any, labels: Sequence[str]) -> Details:
    """Return the details of scores.

    Parameters
    ----------
    truth : ndarray of shape (n_rows,)
        As `evaluate_scores` takes it; None for clusters.
    scores : ndarray of shape (n_rows, score_width), float64
    """
    if task in (TWO_CLASS, ANOMALY):
        return {"rows": len(scores), "curve": threshold_counts(truth, scores[:, 0])}
    if task == MULTICLASS:
        return {"rows": len(scores), "classes": _classes(truth, scores, len(labels))}
    if task == CLUSTERING:
        return {"rows": len(scores), "clusters": _clusters(scores)}
    quantiles = [float(label) for label in labels] if task == QUANTILES else [0.5]
    column = int(np.abs(np.array(quantiles) - 0.5).argmin())
    return {"rows": len(scores), "predictions": _points(truth, scores[:, column])}


def threshold_counts(truth: Any, scores: Any) -> Details:
    """Return how many positive and negative rows have at least each score, greatest scores first.

    At a threshold t, the rows with a score greater than t are predicted positive: those counted at the last of the
    thresholds that is greater than t. `exact` says whether all distinct scores are there; if not, the rates between two
    neighbours differ by 1/600 at most, unless a single score makes a greater step.
    """
    order = np.argsort(-scores, kind="stable")
    ordered, positive = scores[order], truth[order].astype(np.int64)
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if len(ordered) else np.array([], dtype=int)
    true = np.cumsum(positive)[ends]
    false = ends + 1 - true
    kept = np.arange(len(ends))
    if len(ends) > MAX_EXACT:
        kept = _places(true, false, ordered[ends])
    return {
        "thresholds": ordered[ends][kept].tolist(),
        "truePositives": true[kept].tolist(),
        "falsePositives": false[kept].tolist(),
        "positives": int(positive.sum()),
        "negatives": int(len(positive) - positive.sum()),
        "exact": len(kept) == len(ends),
    }


def _places(true: Any, false: Any, thresholds: Any) -> Any:
    """Return places so that between neighbours neither the rates nor the score make a large step."""
    found: list[Any] = [[0, len(true) - 1]]
    for values in (true, false, -thresholds):
        steps = np.linspace(values[0], values[-1], STEPS)
        found.append(np.clip(np.searchsorted(values, steps), 0, len(values) - 1))
    return np.unique(np.concatenate(found).astype(int))


def _classes(truth: Any, scores: Any, count: int) -> Details:
    """Return the rows of each class, and the largest cells of the matrix where it is too large to be shown whole."""
    predicted = scores.argmax(axis=1)
    found: Details = {
        "rows": np.bincount(truth, minlength=count).tolist(),
        "predicted": np.bincount(predicted, minlength=count).tolist(),
    }
    if count > MAX_MATRIX:
        cells, rows = np.unique(truth.astype(np.int64) * count + predicted, return_counts=True)
        largest = np.argsort(-rows, kind="stable")[:MAX_CELLS]
        pairs = [divmod(int(cell), count) for cell in cells[largest]]
        found["cells"] = [[*pair, int(number)] for pair, number in zip(pairs, rows[largest], strict=True)]
    return found


def _points(truth: Any, predicted: Any) -> Details:
    """Return predicted and actual numbers, of a sample if there are many, and the errors of all rows in bins."""
    places = np.arange(len(truth))
    if len(places) > MAX_POINTS:
        places = np.sort(np.random.default_rng(SEED).choice(len(truth), MAX_POINTS, replace=False))
    return {
        "rows": len(truth),
        "actual": truth[places].tolist(),
        "predicted": predicted[places].tolist(),
        "errors": _histogram(predicted - truth),
    }


def _clusters(distances: Any) -> Details:
    assigned, nearest = distances.argmin(axis=1), distances.min(axis=1)
    count = distances.shape[1]
    rows = np.bincount(assigned, minlength=count)
    sums = np.bincount(assigned, nearest, count)
    return {
        "rows": rows.tolist(),
        "meanDistance": [float(total / number) if number else None for total, number in zip(sums, rows, strict=True)],
        "distances": _histogram(nearest),
    }


def _histogram(values: Any) -> Details:
    """Return a histogram; with one bin if the numbers are too close together, or too far apart, for more."""
    try:
        with np.errstate(all="ignore"):
            counts, edges = np.histogram(values, BINS)
        if not np.isfinite(edges).all():
            raise ValueError("too far apart")
    except ValueError:
        finite = values[np.isfinite(values)]
        ends = [float(finite.min()), float(finite.max())] if len(finite) else [0.0, 0.0]
        return {"edges": ends, "counts": [len(finite)]}
    return {"edges": edges.tolist(), "counts": counts.tolist()}
