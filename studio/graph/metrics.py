"""The metrics that modules offer, as numbers for which higher is better."""

from typing import Any

from studio.graph.contract import Call
from studio.model.evaluation import evaluate_scores
from studio.model.importances import Goodness
from studio.model.manifest import ANOMALY, MULTICLASS, TWO_CLASS
from studio.model.trained import TrainedModel

# Name offered: two-class metric, multiclass metric.
CLASSIFICATION = {
    "Accuracy": ("Accuracy", "Overall_Accuracy"),
    "Precision": ("Precision", "Macro_Precision"),
    "Recall": ("Recall", "Macro_Recall"),
    "F-score": ("F1", None),
    "AUC": ("AUC", None),
}
LOG_LOSSES = ("Average Log Loss", "Train Log Loss")
# Name offered, in lower case: metric, and whether lower is better.
REGRESSIONS = {
    "mean absolute error": ("Mean_Absolute_Error", True),
    "root mean squared error": ("Root_Mean_Squared_Error", True),
    "root of mean squared error": ("Root_Mean_Squared_Error", True),
    "relative absolute error": ("Relative_Absolute_Error", True),
    "relative squared error": ("Relative_Squared_Error", True),
    "coefficient of determination": ("Coefficient_of_Determination", False),
}


def goodness(call: Call, model: TrainedModel, name: str) -> Goodness:
    """Return the metric of this name for a model's task.

    Raises
    ------
    ModuleExecutionError
        0062 if the task has no such metric.
    """
    metric, sign = _metric(call, model.task, name)

    def measure(truth: Any, scores: Any) -> float:
        evaluation = evaluate_scores(model.task, truth, scores, model.labels)
        found = evaluation.details["logLoss"] if metric == "logLoss" else evaluation.metrics[metric]
        return sign * float(found)

    return measure


def _metric(call: Call, task: str, name: str) -> tuple[str, float]:
    if task in (TWO_CLASS, ANOMALY, MULTICLASS):
        if name in LOG_LOSSES:
            return "logLoss", -1.0
        two, several = CLASSIFICATION.get(name, (None, None))
        found = several if task == MULTICLASS else two
        if found is not None:
            return found, 1.0
    elif name.lower() in REGRESSIONS:
        metric, less_is_better = REGRESSIONS[name.lower()]
        return metric, -1.0 if less_is_better else 1.0
    raise call.error("0062", f"'{name}' is not a metric for {task}. Select another metric.")
