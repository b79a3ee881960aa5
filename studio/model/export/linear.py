"""Linear models, with imputing, scaling and categories in the graph.

A category's one-hot column times its weight is one look-up, so the graph gathers weights by code and adds them.
"""

from typing import Any

import numpy as np

from studio.model.export.inputs import LearnerInputs


def export_decision(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the weighted sum of a fitted linear estimator, shape (n_rows, n_sums)."""
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64)).T
    bias = np.asarray(estimator.intercept_, dtype=np.float64).reshape(1, -1)
    build, n_numbers = inputs.build, inputs.n_numbers
    total = build.constant(np.broadcast_to(bias, (1, weights.shape[1])))
    if n_numbers:
        part = build.node("MatMul", inputs.numbers, build.constant(weights[:n_numbers]))
        total = build.node("Add", part, total)
    if inputs.encoder.categories:
        total = build.node("Add", _add_categories(inputs, weights[n_numbers:]), total)
    return total


def export_linear_classifier(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the probabilities of a logistic regression: of the positive class, or of each of several."""
    decision = export_decision(inputs, estimator)
    if np.atleast_2d(estimator.coef_).shape[0] == 1:
        return inputs.build.node("Sigmoid", decision)
    return inputs.build.node("Softmax", decision, axis=1)


def export_poisson(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the predictions of a Poisson regression."""
    return inputs.build.node("Exp", export_decision(inputs, estimator))


def _add_categories(inputs: LearnerInputs, weights: Any) -> str:
    first, build = 0, inputs.build
    tables: list[Any] = []
    offsets: list[int] = []
    for feature in inputs.encoder.categories:
        known = len(feature.known_codes)
        offsets.append(sum(len(table) for table in tables))
        # Codes that training did not see weigh nothing, as all-zero one-hot columns do.
        table = np.zeros((feature.unseen_code + 1, weights.shape[1]))
        table[:known] = weights[first : first + known]
        tables.append(table)
        first += known
    rows = build.node("Add", inputs.codes, build.constant([offsets], np.int64))
    if weights.shape[1] == 1:
        # One sum needs no third dimension, which is faster.
        found = build.node("Gather", build.constant(np.concatenate(tables)[:, 0]), rows, axis=0)
        return build.row_sum(found)
    found = build.node("Gather", build.constant(np.concatenate(tables)), rows, axis=0)
    return build.row_sum(found, keep=False)
