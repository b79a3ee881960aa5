"""The metrics and curves of Evaluate Model.

References
----------
Metric names: module catalogue, "Column names that modules produce".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.model.manifest import ANOMALY, MULTICLASS, QUANTILES, TWO_CLASS
from studio.model.scores import THRESHOLD

MAX_CURVE_POINTS = 200
HISTOGRAM_BINS, CALIBRATION_BINS, LIFT_POINTS = 20, 10, 20
TOP_K = 3


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics by name, in the original's order, and data for plots (curves, confusion matrix)."""

    metrics: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)


def evaluate_scores(task: str, truth: Any, scores: Any, labels: Sequence[str]) -> Evaluation:
    """Evaluate a matrix of scores against the truth; not for clusters, which have none.

    Parameters
    ----------
    truth : ndarray of shape (n_rows,)
        The label's position in `labels`, 0 or 1 for anomalies, or the number to predict.
    scores : ndarray of shape (n_rows, score_width), float64
    """
    if task in (TWO_CLASS, ANOMALY):
        return evaluate_two_class(truth, scores[:, 0])
    if task == MULTICLASS:
        return evaluate_multiclass(truth, scores, labels)
    if task == QUANTILES:
        return evaluate_quantiles(truth, scores, [float(label) for label in labels])
    return evaluate_regression(truth, scores[:, 0])


def evaluate_two_class(truth: Any, probabilities: Any) -> Evaluation:
    """Evaluate probabilities of the positive class.

    Parameters
    ----------
    truth : ndarray of shape (n_rows,), 0 or 1
    probabilities : ndarray of shape (n_rows,), float64
    """
    from sklearn import metrics

    predicted = probabilities > THRESHOLD
    tn, fp, fn, tp = metrics.confusion_matrix(truth, predicted, labels=[0, 1]).ravel().tolist()
    both = 0 < truth.sum() < len(truth)
    values = {
        "AUC": float(metrics.roc_auc_score(truth, probabilities)) if both else float("nan"),
        "Accuracy": _ratio(tp + tn, len(truth)),
        "Precision": _ratio(tp, tp + fp),
        "Recall": _ratio(tp, tp + fn),
        "F1": _ratio(2 * tp, 2 * tp + fp + fn),
        "True Negative": tn,
        "False Positive": fp,
        "False Negative": fn,
        "True Positive": tp,
    }
    details: dict[str, Any] = {
        "threshold": 0.5,
        "confusionMatrix": [[tn, fp], [fn, tp]],
        "scoreHistogram": {
            "negative": _histogram(probabilities[truth == 0], (0.0, 1.0)),
            "positive": _histogram(probabilities[truth == 1], (0.0, 1.0)),
        },
        "calibration": _calibration(truth, probabilities),
        "logLoss": log_loss(truth, np.column_stack([1 - probabilities, probabilities])),
    }
    if both:
        false_rate, true_rate, _ = metrics.roc_curve(truth, probabilities)
        precision, recall, _ = metrics.precision_recall_curve(truth, probabilities)
        details["roc"] = {"falsePositiveRate": _thin(false_rate), "truePositiveRate": _thin(true_rate)}
        details["precisionRecall"] = {"precision": _thin(precision), "recall": _thin(recall)}
        details["lift"] = _lift(truth, probabilities)
    return Evaluation(values, details)


def evaluate_multiclass(truth: Any, probabilities: Any, labels: Sequence[str]) -> Evaluation:
    """Evaluate multiclass probabilities; callers must leave out rows whose label was not seen in training.

    Parameters
    ----------
    truth : ndarray of shape (n_rows,), positions among `labels`
    probabilities : ndarray of shape (n_rows, n_classes), float64
    """
    from sklearn import metrics

    codes = np.arange(len(labels))
    matrix = metrics.confusion_matrix(truth, probabilities.argmax(axis=1), labels=codes)
    hits, actual, predicted, n_rows = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0), len(truth)
    precision = np.divide(hits, predicted, out=np.zeros(len(labels)), where=predicted > 0)
    recall = np.divide(hits, actual, out=np.zeros(len(labels)), where=actual > 0)
    right = float(hits.sum() / n_rows)
    # Each class against the rest: errors are its rows that were missed and other rows assigned to it.
    average = float(np.mean(1 - (actual + predicted - 2 * hits) / n_rows))
    values = {
        "Overall_Accuracy": right,
        "Average_Accuracy": average,
        "Micro_Precision": right,
        "Macro_Precision": float(precision.mean()),
        "Micro_Recall": right,
        "Macro_Recall": float(recall.mean()),
        f"Top_{TOP_K}_Accuracy": _top_k(truth, probabilities, TOP_K),
    }
    details = {
        "labels": list(labels),
        "confusionMatrix": matrix.tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "topK": [_top_k(truth, probabilities, k) for k in range(1, min(5, len(labels)) + 1)],
        "logLoss": log_loss(truth, probabilities),
    }
    return Evaluation(values, details)


def evaluate_regression(truth: Any, predicted: Any) -> Evaluation:
    """Evaluate numeric predictions; both arrays have shape (n_rows,), float64."""
    error, spread = predicted - truth, truth - truth.mean()
    squared = _ratio(float((error**2).sum()), float((spread**2).sum()))
    return Evaluation(
        {
            "Mean_Absolute_Error": float(np.abs(error).mean()),
            "Root_Mean_Squared_Error": float(np.sqrt((error**2).mean())),
            "Relative_Squared_Error": squared,
            "Relative_Absolute_Error": _ratio(float(np.abs(error).sum()), float(np.abs(spread).sum())),
            "Coefficient_of_Determination": 1 - squared,
        },
        {"residualHistogram": _histogram(error, None)},
    )


def evaluate_quantiles(truth: Any, scores: Any, quantiles: Sequence[float]) -> Evaluation:
    """Evaluate the quantile nearest the median as a prediction, and each quantile by its pinball loss."""
    nearest = int(np.abs(np.array(quantiles) - 0.5).argmin())
    middle = evaluate_regression(truth, scores[:, nearest])
    above = truth[:, np.newaxis] - scores
    losses = np.maximum(np.array(quantiles) * above, (np.array(quantiles) - 1) * above).mean(axis=0)
    shares = (above <= 0).mean(axis=0)
    found = {"quantiles": list(quantiles), "quantileLoss": losses.tolist(), "shareOfRowsBelow": shares.tolist()}
    return Evaluation(middle.metrics, {**middle.details, **found})


def log_loss(truth: Any, probabilities: Any) -> float:
    """Return the mean negative logarithm of the probability of the true class."""
    given = probabilities[np.arange(len(truth)), truth.astype(np.int64)]
    return float(-np.log(np.clip(given, 1e-15, 1.0)).mean())


def _top_k(truth: Any, probabilities: Any, k: int) -> float:
    given = probabilities[np.arange(len(truth)), truth]
    return float(((probabilities > given[:, np.newaxis]).sum(axis=1) < k).mean())


def _histogram(values: Any, limits: tuple[float, float] | None) -> dict[str, list[float]]:
    counts, edges = np.histogram(values, HISTOGRAM_BINS, limits)
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _calibration(truth: Any, probabilities: Any) -> dict[str, list[float]]:
    """Return, for ten bins of the score, the number of rows, their mean score and their share of positives."""
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    rows = np.bincount(bins, minlength=CALIBRATION_BINS)
    used = rows > 0
    scores = np.bincount(bins, probabilities, CALIBRATION_BINS)[used] / rows[used]
    positives = np.bincount(bins, truth, CALIBRATION_BINS)[used] / rows[used]
    return {"rows": rows[used].tolist(), "meanScore": scores.tolist(), "positiveRate": positives.tolist()}


def _lift(truth: Any, probabilities: Any) -> dict[str, list[float]]:
    """Return the lift: how many times more frequent positives are in the top-scored share than in all rows."""
    ordered = truth[np.argsort(-probabilities, kind="stable")]
    counts = np.unique(np.linspace(1, len(truth), LIFT_POINTS).astype(int))
    rates = np.cumsum(ordered)[counts - 1] / counts
    return {"share": (counts / len(truth)).tolist(), "lift": (rates / truth.mean()).tolist()}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _thin(values: Any) -> list[float]:
    step = max(1, len(values) // MAX_CURVE_POINTS)
    kept = [float(value) for value in values[::step]]
    return kept if (len(values) - 1) % step == 0 else [*kept, float(values[-1])]
