"""Tree models, boosted or forests, each as one `TreeEnsemble` with double-precision splits.

A split on a one-hot column becomes a comparison of the category code, so the graph needs no one-hot columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from studio.model.encoder import Encoder
from studio.model.export.inputs import LearnerInputs

# Node modes of ai.onnx.ml TreeEnsemble.
LESS_OR_EQUAL, NOT_EQUAL = 0, 5


@dataclass(frozen=True, slots=True)
class _Node:
    """A scikit-learn tree node: a leaf's index, or the feature, threshold, branch for missing values and children."""

    leaf: int | None
    feature: int = 0
    threshold: float = 0.0
    missing_left: bool = False
    left: int = 0
    right: int = 0


@dataclass(slots=True)
class _Ensemble:
    """The flat lists that become the operator's attributes."""

    comparisons: list[tuple[int, float]]
    n_numbers: int
    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    missing_goes_true: list[int] = field(default_factory=list)
    true_nodes: list[int] = field(default_factory=list)
    true_is_leaf: list[int] = field(default_factory=list)
    false_nodes: list[int] = field(default_factory=list)
    false_is_leaf: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def add_tree(self, nodes: Sequence[_Node], target: int, values: Any) -> None:
        """Add a tree whose leaves contribute `values` (by node) to a target."""
        places = [self._add(node, target, float(values[index])) for index, node in enumerate(nodes)]
        if nodes[0].leaf is not None:
            # The operator requires an inner node at the root: both branches lead to the same value.
            root = self._add_inner(0, 0.0, LESS_OR_EQUAL, True)
            self.true_nodes[root] = self.false_nodes[root] = places[0]
            self.true_is_leaf[root] = self.false_is_leaf[root] = 1
            self.roots.append(root)
            return
        for index, node in enumerate(nodes):
            if node.leaf is None:
                place = places[index]
                self.true_nodes[place] = places[node.left]
                self.true_is_leaf[place] = int(nodes[node.left].leaf is not None)
                self.false_nodes[place] = places[node.right]
                self.false_is_leaf[place] = int(nodes[node.right].leaf is not None)
        self.roots.append(places[0])

    def _add(self, node: _Node, target: int, value: float) -> int:
        if node.leaf is not None:
            self.targets.append(target)
            self.weights.append(value)
            return len(self.weights) - 1
        if node.feature >= self.n_numbers:
            # A one-hot value <= 0.5 goes left and means: not this code.
            column, code = self.comparisons[node.feature - self.n_numbers]
            return self._add_inner(column, code, NOT_EQUAL, False)
        return self._add_inner(node.feature, node.threshold, LESS_OR_EQUAL, node.missing_left)

    def _add_inner(self, feature: int, split: float, mode: int, missing_goes_true: bool) -> int:
        self.features.append(feature)
        self.splits.append(split)
        self.modes.append(mode)
        self.missing_goes_true.append(int(missing_goes_true))
        for children in (self.true_nodes, self.true_is_leaf, self.false_nodes, self.false_is_leaf):
            children.append(0)
        return len(self.features) - 1

    def attributes(self, n_targets: int) -> dict[str, Any]:
        """Return the attributes of the operator, which adds up the trees."""

        def tensor(name: str, kind: int, values: list[Any]) -> Any:
            return helper.make_tensor(name, kind, [len(values)], values)

        return {
            "n_targets": n_targets,
            "aggregate_function": 1,
            "post_transform": 0,
            "tree_roots": self.roots,
            "nodes_featureids": self.features,
            "nodes_splits": tensor("splits", TensorProto.DOUBLE, self.splits),
            "nodes_modes": tensor("modes", TensorProto.UINT8, self.modes),
            "nodes_missing_value_tracks_true": self.missing_goes_true,
            "nodes_truenodeids": self.true_nodes,
            "nodes_trueleafs": self.true_is_leaf,
            "nodes_falsenodeids": self.false_nodes,
            "nodes_falseleafs": self.false_is_leaf,
            "leaf_targetids": self.targets,
            "leaf_weights": tensor("weights", TensorProto.DOUBLE, self.weights),
        }


def export_histogram_boosting(inputs: LearnerInputs, estimator: Any) -> str:
    """Add a HistGradientBoosting model: probabilities of a classifier, predictions of a regressor."""
    ensemble = _new_ensemble(inputs.encoder)
    n_targets = len(estimator._predictors[0])
    for round_ in estimator._predictors:
        for target, predictor in enumerate(round_):
            ensemble.add_tree(_histogram_nodes(predictor.nodes), target, predictor.nodes["value"])
    total = _add_ensemble(inputs, inputs.matrix, ensemble, n_targets)
    baseline = inputs.build.constant(np.asarray(estimator._baseline_prediction).reshape(1, n_targets))
    total = inputs.build.node("Add", total, baseline)
    if not hasattr(estimator, "classes_"):
        return total
    return inputs.build.node("Sigmoid", total) if n_targets == 1 else inputs.build.node("Softmax", total, axis=1)


def export_forest_regressor(inputs: LearnerInputs, estimator: Any) -> str:
    """Add a random forest's mean prediction."""
    ensemble = _new_ensemble(inputs.encoder)
    for tree in _trees(estimator):
        ensemble.add_tree(_tree_nodes(tree), 0, tree.value[:, 0, 0] / len(estimator.estimators_))
    return _add_ensemble(inputs, _as_single_precision(inputs), ensemble, 1)


def export_forest_classifier(inputs: LearnerInputs, estimator: Any) -> str:
    """Add a random forest's mean probabilities: of the positive class, or of each class if multiclass."""
    n_classes = len(estimator.classes_)
    if n_classes > 2:
        shares = [tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True) for tree in _trees(estimator)]
        found = add_leaf_rows(inputs, estimator, np.concatenate(shares) / len(shares))
        return inputs.build.row_sum(found, keep=False)
    ensemble = _new_ensemble(inputs.encoder)
    for tree in _trees(estimator):
        share = tree.value[:, 0, -1] / tree.value[:, 0, :].sum(axis=1)
        ensemble.add_tree(_tree_nodes(tree), 0, share / len(estimator.estimators_))
    return _add_ensemble(inputs, _as_single_precision(inputs), ensemble, 1)


def export_quantile_forest(inputs: LearnerInputs, estimator: Any) -> str:
    """Add a quantile forest: the samples in a row's leaves, sorted and interpolated at the quantile positions."""
    build = inputs.build
    found = add_leaf_rows(inputs, estimator.forest_, estimator.samples_)
    n_samples = estimator.samples_.shape[1] * len(estimator.offsets_)
    pooled = build.node("Reshape", found, build.constant([-1, n_samples], np.int64))
    count = build.constant([n_samples], np.int64)
    ordered, _ = build.nodes_of("TopK", pooled, count, outputs=2, axis=1, largest=0, sorted=1)
    lower, upper, share = estimator.positions
    below, above = build.gather(ordered, lower.tolist()), build.gather(ordered, upper.tolist())
    way = build.node("Mul", build.node("Sub", above, below), build.constant([share]))
    return build.node("Add", below, way)


def add_leaf_rows(inputs: LearnerInputs, forest: Any, table: Any) -> str:
    """Add a look-up of one table row per tree, shape (n_rows, n_trees, n_table_columns).

    The operator stores one number per leaf, so each tree is its own target and its leaves hold table row numbers.
    """
    ensemble, first = _new_ensemble(inputs.encoder), 0
    for target, tree in enumerate(_trees(forest)):
        ensemble.add_tree(_tree_nodes(tree), target, first + np.arange(tree.node_count))
        first += tree.node_count
    rows = _add_ensemble(inputs, _as_single_precision(inputs), ensemble, len(forest.estimators_))
    whole = inputs.build.node("Cast", rows, to=TensorProto.INT64)
    return inputs.build.node("Gather", inputs.build.constant(table), whole, axis=0)


def _new_ensemble(encoder: Encoder) -> _Ensemble:
    """Return an empty ensemble that maps each one-hot column to its matrix column and code."""
    first = len(encoder.numbers)
    comparisons = [
        (first + index, float(code)) for index, feature in enumerate(encoder.categories) for code in feature.known_codes
    ]
    return _Ensemble(comparisons, first)


def _add_ensemble(inputs: LearnerInputs, matrix: str, ensemble: _Ensemble, n_targets: int) -> str:
    return inputs.build.node("TreeEnsemble", matrix, domain="ai.onnx.ml", **ensemble.attributes(n_targets))


def _as_single_precision(inputs: LearnerInputs) -> str:
    """Return the matrix rounded to float32 and cast back to double, because scikit-learn's trees compare float32."""
    single = inputs.build.node("Cast", inputs.matrix, to=TensorProto.FLOAT)
    return inputs.build.node("Cast", single, to=TensorProto.DOUBLE)


def _trees(forest: Any) -> list[Any]:
    return [estimator.tree_ for estimator in forest.estimators_]


def _tree_nodes(tree: Any) -> list[_Node]:
    missing = tree.missing_go_to_left
    return [
        _Node(index)
        if tree.children_left[index] < 0
        else _Node(
            None,
            int(tree.feature[index]),
            float(tree.threshold[index]),
            bool(missing[index]),
            int(tree.children_left[index]),
            int(tree.children_right[index]),
        )
        for index in range(tree.node_count)
    ]


def _histogram_nodes(nodes: Any) -> list[_Node]:
    return [
        _Node(index)
        if node["is_leaf"]
        else _Node(
            None,
            int(node["feature_idx"]),
            float(node["num_threshold"]),
            bool(node["missing_go_to_left"]),
            int(node["left"]),
            int(node["right"]),
        )
        for index, node in enumerate(nodes)
    ]
