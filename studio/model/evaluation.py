"""How good scores are: the metrics and curves of Evaluate Model.

References
----------
Metric names: module catalogue, "Column names that modules produce".
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAX_CURVE_POINTS = 200


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics by name in the original's order, and what plots need (curves, confusion matrix)."""

    metrics: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)


def evaluate_two_class(truth: Any, probabilities: Any) -> Evaluation:
    """Evaluate probabilities of the positive class.

    Parameters
    ----------
    truth : ndarray of shape (n_rows,), 0 or 1
    probabilities : ndarray of shape (n_rows,), float64
    """
    from sklearn import metrics

    predicted = probabilities > 0.5
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
    details: dict[str, Any] = {"confusionMatrix": [[tn, fp], [fn, tp]]}
    if both:
        false_rate, true_rate, _ = metrics.roc_curve(truth, probabilities)
        precision, recall, _ = metrics.precision_recall_curve(truth, probabilities)
        details["roc"] = {"falsePositiveRate": _thin(false_rate), "truePositiveRate": _thin(true_rate)}
        details["precisionRecall"] = {"precision": _thin(precision), "recall": _thin(recall)}
    return Evaluation(values, details)


def evaluate_regression(truth: Any, predicted: Any) -> Evaluation:
    """Evaluate predictions of a number; both arrays are of shape (n_rows,), float64."""
    error, spread = predicted - truth, truth - truth.mean()
    squared = _ratio(float((error**2).sum()), float((spread**2).sum()))
    return Evaluation(
        {
            "Mean_Absolute_Error": float(np.abs(error).mean()),
            "Root_Mean_Squared_Error": float(np.sqrt((error**2).mean())),
            "Relative_Squared_Error": squared,
            "Relative_Absolute_Error": _ratio(float(np.abs(error).sum()), float(np.abs(spread).sum())),
            "Coefficient_of_Determination": 1 - squared,
        }
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _thin(values: Any) -> list[float]:
    step = max(1, len(values) // MAX_CURVE_POINTS)
    kept = [float(value) for value in values[::step]]
    return kept if (len(values) - 1) % step == 0 else [*kept, float(values[-1])]
