"""What an estimator learns, told by its document alone: the last step of a pipeline, or what a search searches."""

from collections.abc import Mapping
from typing import Any

from studio.model.manifest import ANOMALY, CLASSES, CLUSTERING, REGRESSION

# Estimators whose name does not end as those of their kind do.
KINDS = {
    "sklearn.linear_model.LogisticRegression": CLASSES,
    "sklearn.linear_model.LogisticRegressionCV": CLASSES,
    "sklearn.linear_model.Perceptron": CLASSES,
    "sklearn.neighbors.NearestCentroid": CLASSES,
    "sklearn.calibration.CalibratedClassifierCV": CLASSES,
    "sklearn.linear_model.RidgeClassifierCV": CLASSES,
    "sklearn.model_selection.TunedThresholdClassifierCV": CLASSES,
    "sklearn.discriminant_analysis.LinearDiscriminantAnalysis": CLASSES,
    "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis": CLASSES,
    "sklearn.semi_supervised.LabelPropagation": CLASSES,
    "sklearn.semi_supervised.LabelSpreading": CLASSES,
    "sklearn.multioutput.ClassifierChain": CLASSES,
    "sklearn.ensemble.IsolationForest": ANOMALY,
    "sklearn.neighbors.LocalOutlierFactor": ANOMALY,
    "sklearn.covariance.EllipticEnvelope": ANOMALY,
    "sklearn.svm.OneClassSVM": ANOMALY,
    "sklearn.linear_model.SGDOneClassSVM": ANOMALY,
    "sklearn.kernel_ridge.KernelRidge": REGRESSION,
    "sklearn.isotonic.IsotonicRegression": REGRESSION,
}
CLASS_ENDS = ("Classifier", "SVC", "NB")
CLUSTER_ROOMS, REGRESSION_ROOMS = ("cluster", "mixture"), ("linear_model", "svm", "cross_decomposition")
# The parameter that holds the estimator which decides.
INNER = ("estimator", "final_estimator", "regressor")


def task_of(document: Mapping[str, Any]) -> str | None:
    """Return the manifest's task of an estimator, `CLASSES` for a classifier, None if it is not known."""
    path = str(document["estimator"])
    room, name = path.split(".")[1:2], path.rpartition(".")[2]
    parameters = document.get("parameters") or {}
    if path in KINDS:
        return KINDS[path]
    if path == "sklearn.pipeline.Pipeline":
        return _last_step(parameters)
    if name.endswith(CLASS_ENDS):
        return CLASSES
    if name.endswith("Regressor"):
        return REGRESSION
    inner = next((parameters[key] for key in INNER if isinstance(parameters.get(key), dict)), None)
    if inner is not None and "estimator" in inner:
        return task_of(inner)
    if room and room[0] in CLUSTER_ROOMS:
        return CLUSTERING
    return REGRESSION if room and room[0] in REGRESSION_ROOMS else None


def _last_step(parameters: Mapping[str, Any]) -> str | None:
    steps = parameters.get("steps")
    if not isinstance(steps, list) or not steps:
        return None
    last = steps[-1].get("tuple") if isinstance(steps[-1], dict) else steps[-1]
    if not isinstance(last, list) or len(last) != 2 or not isinstance(last[1], dict) or "estimator" not in last[1]:
        return None
    return task_of(last[1])
