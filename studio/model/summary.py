"""What a trained model consists of, in numbers: layers of a network, trees of a forest, weights of a linear model."""

from typing import Any

import numpy as np


def summarise_model(estimator: Any) -> dict[str, Any]:
    """Return the parts of a fitted estimator and how large they are; empty for kinds that have no such numbers.

    Networks have `layers` (inputs, outputs, activation, parameters) and `epochs`; trees have `trees`, `leaves` and
    `depth` (of the deepest); linear models have `weights` and how many of them are `zero`. `parameters` is the number
    of learned numbers. Wrapped estimators are added up.
    """
    parts = [_one(part) for part in _parts(estimator)]
    found = [part for part in parts if part]
    if not found or len(found) == 1:
        return found[0] if found else {}
    if len({part["kind"] for part in found}) > 1:
        return {}
    sums: dict[str, Any] = {"kind": found[0]["kind"], "models": len(found)}
    for name in found[0]:
        if name not in ("kind", "layers"):
            sums[name] = (max if name in ("depth", "epochs") else sum)(part[name] for part in found)
    return sums


def _parts(estimator: Any) -> list[Any]:
    """Return the estimators inside wrappers: of calibrated, pairwise and one-vs-all models, forests and targets."""
    name = type(estimator).__name__
    if name in ("OneVsRestClassifier", "PairwiseClassifier"):
        return [inner for part in estimator.estimators_ for inner in _parts(part)]
    if name == "CalibratedClassifierCV":
        return [inner for part in estimator.calibrated_classifiers_ for inner in _parts(part.estimator)]
    if name == "TransformedTargetRegressor":
        return _parts(estimator.regressor_)
    if name == "QuantileForest":
        return _parts(estimator.forest_)
    if name == "Pipeline":
        return _parts(estimator.steps[-1][1])
    return [estimator]


def _one(estimator: Any) -> dict[str, Any]:
    if hasattr(estimator, "coefs_"):
        return _network(estimator)
    if hasattr(estimator, "_predictors"):
        trees = [tree for round_ in estimator._predictors for tree in round_]
        return _trees([tree.get_n_leaf_nodes() for tree in trees], [tree.get_max_depth() for tree in trees])
    if hasattr(estimator, "estimators_") and hasattr(estimator.estimators_[0], "tree_"):
        trees = [tree.tree_ for tree in estimator.estimators_]
        return _trees([int(tree.n_leaves) for tree in trees], [int(tree.max_depth) for tree in trees])
    if hasattr(estimator, "coef_"):
        weights, bias = np.asarray(estimator.coef_), np.atleast_1d(estimator.intercept_)
        zero = int((weights == 0).sum())
        return {"kind": "linear", "weights": weights.size, "zero": zero, "parameters": weights.size + bias.size}
    return {}


def _network(estimator: Any) -> dict[str, Any]:
    pairs = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    layers = [
        {
            "inputs": weights.shape[0],
            "outputs": weights.shape[1],
            "activation": estimator.activation if number < len(pairs) - 1 else estimator.out_activation_,
            "parameters": weights.size + bias.size,
        }
        for number, (weights, bias) in enumerate(pairs)
    ]
    total = sum(weights.size + bias.size for weights, bias in pairs)
    return {"kind": "network", "layers": layers, "epochs": int(estimator.n_iter_), "parameters": total}


def _trees(leaves: list[int], depths: list[int]) -> dict[str, Any]:
    # A tree has one split fewer than leaves; each split has a column and a threshold, each leaf a value.
    parameters = sum(3 * count - 2 for count in leaves)
    return {
        "kind": "trees",
        "trees": len(leaves),
        "leaves": sum(leaves),
        "depth": max(depths, default=0),
        "parameters": parameters,
    }
