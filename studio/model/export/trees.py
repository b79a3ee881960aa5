"""Boosted trees: histogram gradient boosting as one `TreeEnsemble` with double splits.

A split on a one-hot column is a comparison of the category's code, so the graph needs no one-hot columns.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from studio.model.encoder import Encoder
from studio.model.export.nodes import INPUT, OUTPUT, GraphBuilder

# Node modes of ai.onnx.ml TreeEnsemble.
LESS_OR_EQUAL, NOT_EQUAL = 0, 5


@dataclass(slots=True)
class _Ensemble:
    """The flat lists that the operator's attributes are made of."""

    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    missing_goes_true: list[int] = field(default_factory=list)
    true_nodes: list[int] = field(default_factory=list)
    true_is_leaf: list[int] = field(default_factory=list)
    false_nodes: list[int] = field(default_factory=list)
    false_is_leaf: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def add_leaf(self, value: float) -> int:
        """Add a leaf and return its index among the leaves."""
        self.weights.append(value)
        return len(self.weights) - 1

    def add_node(self, feature: int, split: float, mode: int, missing_goes_true: bool) -> int:
        """Add an inner node whose children come later and return its index among the nodes."""
        self.features.append(feature)
        self.splits.append(split)
        self.modes.append(mode)
        self.missing_goes_true.append(int(missing_goes_true))
        for children in (self.true_nodes, self.true_is_leaf, self.false_nodes, self.false_is_leaf):
            children.append(0)
        return len(self.features) - 1


def export_histogram_boosting(encoder: Encoder, pipeline: Any, *, sigmoid: bool) -> bytes:
    """Return the graph of a pipeline made by `build_pipeline(…, scaled=False)` with a HistGradientBoosting model."""
    estimator = pipeline.named_steps["estimator"]
    comparisons = _one_hot_comparisons(encoder)
    ensemble = _Ensemble()
    for (predictor,) in estimator._predictors:
        _add_tree(ensemble, predictor.nodes, comparisons)
    build = GraphBuilder()
    build.node("TreeEnsemble", [INPUT], "trees", domain="ai.onnx.ml", **_attributes(ensemble))
    baseline = build.constant("baseline", np.asarray(estimator._baseline_prediction).reshape(1, 1))
    total = build.node("Add", ["trees", baseline], "total" if sigmoid else OUTPUT)
    if sigmoid:
        build.node("Sigmoid", [total], OUTPUT)
    return build.to_bytes(len(encoder.features), 1)


def _one_hot_comparisons(encoder: Encoder) -> list[tuple[int, float]]:
    """Return, for each one-hot column in order, the matrix column and the code it stands for."""
    first = len(encoder.numbers)
    return [
        (first + index, float(code)) for index, feature in enumerate(encoder.categories) for code in feature.known_codes
    ]


def _add_tree(ensemble: _Ensemble, nodes: Any, comparisons: list[tuple[int, float]]) -> None:
    n_numbers = comparisons[0][0] if comparisons else None
    if nodes[0]["is_leaf"]:
        # The operator wants an inner node at the root: both ways lead to the same value.
        root = ensemble.add_node(0, 0.0, LESS_OR_EQUAL, True)
        leaf = ensemble.add_leaf(float(nodes[0]["value"]))
        ensemble.true_nodes[root] = ensemble.false_nodes[root] = leaf
        ensemble.true_is_leaf[root] = ensemble.false_is_leaf[root] = 1
        ensemble.roots.append(root)
        return
    places: dict[int, tuple[int, int]] = {}
    for index, node in enumerate(nodes):
        if node["is_leaf"]:
            places[index] = (ensemble.add_leaf(float(node["value"])), 1)
            continue
        feature = int(node["feature_idx"])
        if n_numbers is not None and feature >= n_numbers:
            # One-hot value <= 0.5, which goes left, means: another code.
            column, code = comparisons[feature - n_numbers]
            added = ensemble.add_node(column, code, NOT_EQUAL, False)
        else:
            threshold, missing_left = float(node["num_threshold"]), bool(node["missing_go_to_left"])
            added = ensemble.add_node(feature, threshold, LESS_OR_EQUAL, missing_left)
        places[index] = (added, 0)
    for index, node in enumerate(nodes):
        place, is_leaf = places[index]
        if is_leaf:
            continue
        ensemble.true_nodes[place], ensemble.true_is_leaf[place] = places[int(node["left"])]
        ensemble.false_nodes[place], ensemble.false_is_leaf[place] = places[int(node["right"])]
    ensemble.roots.append(places[0][0])


def _attributes(ensemble: _Ensemble) -> dict[str, Any]:
    def tensor(name: str, kind: int, values: list[Any]) -> Any:
        return helper.make_tensor(name, kind, [len(values)], values)

    return {
        "n_targets": 1,
        "aggregate_function": 1,
        "post_transform": 0,
        "tree_roots": ensemble.roots,
        "nodes_featureids": ensemble.features,
        "nodes_splits": tensor("splits", TensorProto.DOUBLE, ensemble.splits),
        "nodes_modes": tensor("modes", TensorProto.UINT8, ensemble.modes),
        "nodes_missing_value_tracks_true": ensemble.missing_goes_true,
        "nodes_truenodeids": ensemble.true_nodes,
        "nodes_trueleafs": ensemble.true_is_leaf,
        "nodes_falsenodeids": ensemble.false_nodes,
        "nodes_falseleafs": ensemble.false_is_leaf,
        "leaf_targetids": [0] * len(ensemble.weights),
        "leaf_weights": tensor("weights", TensorProto.DOUBLE, ensemble.weights),
    }
