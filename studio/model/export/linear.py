"""Linear models, with imputation, scaling and categories in the graph.

Multiplying one-hot columns by weights is a look-up, so the graph gathers weights by code and adds them.
"""

from typing import Any

import numpy as np

from studio.model.export.inputs import LearnerInputs


def export_decision(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the weighted sum of a fitted linear estimator, shape (n_rows, n_sums)."""
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64)).T
    bias = np.asarray(estimator.intercept_, dtype=np.float64).reshape(1, -1)
    build, n_numbers = inputs.build, inputs.n_numbers
    total = _sum_categories(inputs, weights[n_numbers:], bias) if inputs.encoder.categories else build.constant(bias)
    return build.node("Gemm", inputs.numbers, build.constant(weights[:n_numbers]), total) if n_numbers else total


def export_linear_classifier(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the probabilities of a logistic regression: of the positive class, or of each class if multiclass."""
    decision = export_decision(inputs, estimator)
    if np.atleast_2d(estimator.coef_).shape[0] == 1:
        return inputs.build.node("Sigmoid", decision)
    return inputs.build.node("Softmax", decision, axis=1)


def export_poisson(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the predictions of a Poisson regression."""
    return inputs.build.node("Exp", export_decision(inputs, estimator))


def _sum_categories(inputs: LearnerInputs, weights: Any, bias: Any) -> str:
    """Add the sum of the category weights and the bias, shape (n_rows, n_sums)."""
    first, build = 0, inputs.build
    tables: list[Any] = []
    offsets: list[int] = []
    for feature in inputs.encoder.categories:
        known = len(feature.known_codes)
        offsets.append(sum(len(table) for table in tables))
        # Codes not seen in training have weight zero, like all-zero one-hot columns.
        table = np.zeros((feature.unseen_code + 1, weights.shape[1]))
        table[:known] = weights[first : first + known]
        # The bias is added to every weight of the first categorical column: each row picks exactly one of them.
        tables.append(table if tables else table + bias)
        first += known
    rows = build.node("Add", inputs.codes, build.constant([offsets], np.int64))
    if weights.shape[1] == 1:
        # A single sum needs no third dimension, which is faster.
        found = build.node("Gather", build.constant(np.concatenate(tables)[:, 0]), rows, axis=0)
        return build.row_sum(found)
    found = build.node("Gather", build.constant(np.concatenate(tables)), rows, axis=0)
    return build.row_sum(found, keep=False)
