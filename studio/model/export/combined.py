"""Estimators that wrap others: calibrated, one-vs-all, one-vs-one, scaled targets, unit-length rows."""

from typing import Any

import numpy as np

from studio.model.export.distances import export_unit_rows
from studio.model.export.inputs import Exporter, LearnerInputs
from studio.model.export.linear import export_decision


def export_calibrated(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the calibrated probability of a linear classifier (CalibratedClassifierCV without an ensemble)."""
    (fitted,) = estimator.calibrated_classifiers_
    (sigmoid,) = fitted.calibrators
    decision = _decision(inputs, fitted.estimator)
    scaled = inputs.build.node("Mul", decision, inputs.build.constant([[-sigmoid.a_]]))
    return inputs.build.node("Sigmoid", inputs.build.node("Sub", scaled, inputs.build.constant([[sigmoid.b_]])))


def _decision(inputs: LearnerInputs, estimator: Any) -> str:
    steps = getattr(estimator, "named_steps", None)
    if steps is None:
        return export_decision(inputs, estimator)
    # A Pipeline of Normalizer and a linear classifier: rows are scaled to length 1.
    linear = estimator[-1]
    rows = export_unit_rows(inputs, inputs.dense)
    total = inputs.build.node("MatMul", rows, inputs.build.constant(linear.coef_.T))
    return inputs.build.node("Add", total, inputs.build.constant(linear.intercept_.reshape(1, -1)))


def export_one_vs_all(inputs: LearnerInputs, estimator: Any, export_part: Exporter) -> str:
    """Add the probabilities of a OneVsRestClassifier: one model per class, divided by their sum."""
    parts = [export_part(inputs, part) for part in estimator.estimators_]
    if len(parts) == 1:
        return parts[0]
    joined = inputs.build.join(parts)
    total = inputs.build.row_sum(joined)
    # If every class has probability zero, they stay zero, as in scikit-learn.
    zero = inputs.build.node("Equal", total, inputs.build.constant([[0.0]]))
    shares = inputs.build.node("Div", joined, total)
    return inputs.build.node("Where", zero, joined, shares)


def export_pairwise(inputs: LearnerInputs, estimator: Any, export_part: Exporter) -> str:
    """Add the probabilities of a PairwiseClassifier: means over the pairs that contain a class."""
    n_classes, n_pairs = len(estimator.classes_), len(estimator.pairs_)
    weights, bias = np.zeros((n_pairs, n_classes)), np.zeros((1, n_classes))
    for index, (a, b) in enumerate(estimator.pairs_):
        weights[index, b] = 1 / n_pairs
        weights[index, a] = -1 / n_pairs
        bias[0, a] += 1 / n_pairs
    parts = inputs.build.join([export_part(inputs, part) for part in estimator.estimators_])
    total = inputs.build.node("MatMul", parts, inputs.build.constant(weights))
    return inputs.build.node("Add", total, inputs.build.constant(bias))


def export_scaled_target(inputs: LearnerInputs, estimator: Any, export_part: Exporter) -> str:
    """Add the predictions of a TransformedTargetRegressor whose target is standardised."""
    scaler = estimator.transformer_
    predicted = export_part(inputs, estimator.regressor_)
    scaled = inputs.build.node("Mul", predicted, inputs.build.constant([scaler.scale_]))
    return inputs.build.node("Add", scaled, inputs.build.constant([scaler.mean_]))
