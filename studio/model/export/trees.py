"""Tree models, boosted or forests, each as one `TreeEnsemble` with double-precision splits.

A split on a one-hot column becomes a comparison of the category code, so the graph needs no one-hot columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from studio.model.encoder import Encoder
from studio.model.explain.ensembles import LEAF_ROWS
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
    rows: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def add_tree(self, nodes: Sequence[_Node], target: int, values: Any, rows: Any) -> None:
        """Add a tree whose leaves contribute `values` to a target and got `rows` in training, both by node."""
        self.rows += [float(rows[index]) for index, node in enumerate(nodes) if node.leaf is not None]
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


class Members:
    """The splits of categories of a HistGradientBoosting model: which side each category takes, by split.

    The graph looks them up, one column for each different split, after the model's own `width` columns.
    """

    MISSING = 256

    def __init__(self, width: int) -> None:
        self._width = width
        self._sides: dict[int, dict[bytes, Any]] = {}
        self._places: dict[tuple[int, int], tuple[int, bytes]] = {}

    def read(self, estimator: Any) -> None:
        """Collect the splits of all trees."""
        for predictor in (tree for round_ in estimator._predictors for tree in round_):
            for index, node in enumerate(predictor.nodes):
                if node["is_leaf"] or not node["is_categorical"]:
                    continue
                words = np.asarray(predictor.raw_left_cat_bitsets[node["bitset_idx"]], dtype="<u4")
                left = np.unpackbits(words.view(np.uint8), bitorder="little").astype(np.float64)
                column = 1.0 - np.concatenate([left, [float(node["missing_go_to_left"])]])
                self._sides.setdefault(int(node["feature_idx"]), {})[column.tobytes()] = column
                self._places[id(predictor), index] = int(node["feature_idx"]), column.tobytes()

    @property
    def count(self) -> int:
        """The number of different splits."""
        return sum(len(found) for found in self._sides.values())

    def of(self, slot: int) -> int:
        """Return the number of different splits of a column."""
        return len(self._sides.get(slot, ()))

    def table(self, slot: int) -> Any:
        """Return the side of each category, then of a missing one, by split: 0 for left."""
        return np.column_stack(list(self._sides[slot].values()))

    def feature(self, predictor: Any, index: int) -> int | None:
        """Return the column that holds a node's side, None if it splits numbers."""
        place = self._places.get((id(predictor), index))
        if place is None:
            return None
        slot, key = place
        before = sum(len(found) for other, found in self._sides.items() if other < slot)
        return self._width + before + list(self._sides[slot]).index(key)


def export_histogram_boosting(
    inputs: LearnerInputs, estimator: Any, *, members: Members | None = None, raw: bool = False
) -> str:
    """Add a HistGradientBoosting model: probabilities of a classifier, predictions of a regressor, or raw sums."""
    ensemble = _new_ensemble(inputs.encoder)
    n_targets = len(estimator._predictors[0])
    for round_ in estimator._predictors:
        for target, predictor in enumerate(round_):
            nodes = predictor.nodes
            ensemble.add_tree(_histogram_nodes(predictor, members), target, nodes["value"], nodes["count"])
    total = _add_ensemble(inputs, inputs.matrix, ensemble, n_targets)
    baseline = inputs.build.constant(np.asarray(estimator._baseline_prediction).reshape(1, n_targets))
    total = inputs.build.node("Add", total, baseline)
    if raw or not hasattr(estimator, "classes_"):
        return total
    return inputs.build.node("Sigmoid", total) if n_targets == 1 else inputs.build.node("Softmax", total, axis=1)


def export_gradient_boosting(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the raw sums of a GradientBoosting model, shape (n_rows, n_sums)."""
    if estimator.init_ != "zero" and not type(estimator.init_).__name__.startswith("Dummy"):
        raise NotImplementedError("gradient boosting that starts from another estimator has no exporter")
    start = np.asarray(estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), dtype=np.float32)))
    ensemble, n_targets = _new_ensemble(inputs.encoder), estimator.estimators_.shape[1]
    for stage in estimator.estimators_:
        for target, part in enumerate(stage):
            tree = part.tree_
            values = estimator.learning_rate * tree.value[:, 0, 0]
            ensemble.add_tree(_tree_nodes(tree), target, values, tree.weighted_n_node_samples)
    total = _add_ensemble(inputs, _as_single_precision(inputs), ensemble, n_targets)
    return inputs.build.node("Add", total, inputs.build.constant(start.reshape(1, -1)))


def export_isolation_forest(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the decision function of an IsolationForest, shape (n_rows, 1): the depth of a row's leaves, in all trees."""
    build, ensemble = inputs.build, _new_ensemble(inputs.encoder)
    parts = zip(
        estimator.estimators_,
        estimator.estimators_features_,
        estimator._decision_path_lengths,
        estimator._average_path_length_per_tree,
        strict=True,
    )
    for tree, features, lengths, averages in parts:
        nodes = [
            node if node.leaf is not None else replace(node, feature=int(features[node.feature]))
            for node in _tree_nodes(tree.tree_)
        ]
        ensemble.add_tree(nodes, 0, lengths + averages - 1.0, tree.tree_.weighted_n_node_samples)
    depth = _add_ensemble(inputs, _as_single_precision(inputs), ensemble, 1)
    typical = len(estimator.estimators_) * average_path(estimator._max_samples)
    power = build.node("Mul", depth, build.constant([[-float(np.log(2)) / typical]]))
    return build.node("Sub", build.constant([[-float(estimator.offset_)]]), build.node("Exp", power))


def average_path(rows: int) -> float:
    """Return the average depth at which a row is alone in a random tree of so many rows."""
    if rows <= 2:
        return float(rows - 1) if rows > 1 else 0.0
    return 2.0 * (float(np.log(rows - 1.0)) + float(np.euler_gamma)) - 2.0 * (rows - 1.0) / rows


def export_forest_regressor(inputs: LearnerInputs, estimator: Any) -> str:
    """Add a random forest's mean prediction."""
    ensemble = _new_ensemble(inputs.encoder)
    for tree in _trees(estimator):
        values = tree.value[:, 0, 0] / len(estimator.estimators_)
        ensemble.add_tree(_tree_nodes(tree), 0, values, tree.weighted_n_node_samples)
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
        ensemble.add_tree(_tree_nodes(tree), 0, share / len(estimator.estimators_), tree.weighted_n_node_samples)
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
        ensemble.add_tree(_tree_nodes(tree), target, first + np.arange(tree.node_count), tree.weighted_n_node_samples)
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
    found = inputs.build.node("TreeEnsemble", matrix, domain="ai.onnx.ml", **ensemble.attributes(n_targets))
    # Scores do not need them, explanations do. The operator's own nodes_hitrates is refused by ONNX Runtime.
    rows = np.array(ensemble.rows)
    inputs.build.note(f"{LEAF_ROWS}{found}", rows.astype(np.int32) if (rows == rows.astype(np.int32)).all() else rows)
    return found


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


def _histogram_nodes(predictor: Any, members: Members | None) -> list[_Node]:
    return [_histogram_node(predictor, index, node, members) for index, node in enumerate(predictor.nodes)]


def _histogram_node(predictor: Any, index: int, node: Any, members: Members | None) -> _Node:
    if node["is_leaf"]:
        return _Node(index)
    side = members.feature(predictor, index) if members is not None else None
    feature, threshold = (int(node["feature_idx"]), float(node["num_threshold"])) if side is None else (side, 0.5)
    return _Node(None, feature, threshold, bool(node["missing_go_to_left"]), int(node["left"]), int(node["right"]))
