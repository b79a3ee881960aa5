"""Linear models: logistic regression and linear regression, with imputing, scaling and categories in the graph.

A category's one-hot column times its weight is one look-up, so the graph gathers weights by code and adds them.
"""

from typing import Any

import numpy as np

from studio.model.encoder import Encoder
from studio.model.export.nodes import OUTPUT, GraphBuilder


def export_linear(encoder: Encoder, pipeline: Any, *, sigmoid: bool) -> bytes:
    """Return the graph of a pipeline made by `build_pipeline(…, scaled=True)`.

    Parameters
    ----------
    pipeline
        Fitted; its estimator has `coef_` of shape (1, n_one_hot) or (n_one_hot,) and `intercept_`.
    sigmoid
        Whether scores are probabilities of the positive class.
    """
    estimator = pipeline.named_steps["estimator"]
    weights = np.asarray(estimator.coef_, dtype=np.float64).reshape(-1, 1)
    bias = float(np.asarray(estimator.intercept_).reshape(-1)[0])
    n_numbers = len(encoder.numbers)
    build = GraphBuilder()
    parts = [build.constant("bias", [[bias]])]
    if n_numbers:
        parts.append(_add_numbers(build, n_numbers, pipeline, weights[:n_numbers]))
    if encoder.categories:
        parts.append(_add_categories(build, encoder, weights[n_numbers:, 0]))
    total = parts[0]
    for index, part in enumerate(parts[1:]):
        last = index == len(parts) - 2
        total = build.node("Add", [part, total], OUTPUT if last and not sigmoid else f"total{index}")
    if sigmoid:
        build.node("Sigmoid", [total], OUTPUT)
    return build.to_bytes(len(encoder.features), 1)


def _add_numbers(build: GraphBuilder, n_numbers: int, pipeline: Any, weights: Any) -> str:
    numbers = pipeline.named_steps["columns"].named_transformers_["numbers"]
    imputer, scaler = numbers.named_steps["impute"], numbers.named_steps["scale"]
    values = build.columns(0, n_numbers, "numbers")
    missing = build.node("IsNaN", [values], "missing")
    means = build.constant("imputed", imputer.statistics_.reshape(1, -1))
    present = build.node("Where", [missing, means, values], "present")
    centred = build.node("Sub", [present, build.constant("mean", scaler.mean_.reshape(1, -1))], "centred")
    scaled = build.node("Div", [centred, build.constant("scale", scaler.scale_.reshape(1, -1))], "scaled")
    return build.node("MatMul", [scaled, build.constant("weights", weights)], "number_part")


def _add_categories(build: GraphBuilder, encoder: Encoder, weights: Any) -> str:
    first = 0
    tables: list[Any] = []
    offsets: list[int] = []
    for feature in encoder.categories:
        known = len(feature.known_codes)
        offsets.append(sum(len(table) for table in tables))
        # Codes that training did not see weigh nothing, as all-zero one-hot columns do.
        table = np.zeros(feature.unseen_code + 1)
        table[:known] = weights[first : first + known]
        tables.append(table)
        first += known
    codes = build.columns(len(encoder.numbers), len(encoder.features), "codes")
    whole = build.node("Cast", [codes], "whole_codes", to=7)
    rows = build.node("Add", [whole, build.constant("offsets", [offsets], np.int64)], "rows")
    found = build.node("Gather", [build.constant("table", np.concatenate(tables)), rows], "found", axis=0)
    axis = build.constant("sum_axis", [1], np.int64)
    return build.node("ReduceSum", [found, axis], "category_part", keepdims=1)
