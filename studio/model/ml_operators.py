"""Checks what the attributes of ai.onnx.ml operators say: trees that end, and positions inside their tables.

ONNX Runtime does not hold every position against its table. One that leads outside would read foreign memory.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.model.graph_rules import MAX_TARGETS, MAX_TREE_DEPTH

Ints = npt.NDArray[np.int64]
Find = Callable[[str], Any]


class _Bad(Exception):
    """An attribute that does not fit the others; the message says which."""


def check_ml_operator(node: Any, width: int | None, find: Find) -> str:
    """Return what is wrong with a node of ai.onnx.ml, an empty text if nothing is.

    Parameters
    ----------
    width
        The number of columns of its first input; None if it does not follow from the graph.
    find
        Returns the numbers of a constant by its name, or None.
    """
    if width is None:
        return "the number of columns of its input does not follow from the graph"
    try:
        CHECKS[node.op_type](_Attributes(node), width, find)
    except _Bad as bad:
        return str(bad)
    return ""


class _Attributes:
    """The attributes of a node as arrays."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self._by_name = {attribute.name: attribute for attribute in node.attribute}
        if len(self._by_name) != len(node.attribute):
            raise _Bad("it has an attribute twice")

    def ints(self, name: str) -> Ints:
        """Return a list of whole numbers, empty without the attribute."""
        found = self._by_name.get(name)
        return np.array([] if found is None else found.ints, dtype=np.int64)

    def number(self, name: str, default: int) -> int:
        """Return a whole number, the default without the attribute."""
        found = self._by_name.get(name)
        return default if found is None else int(found.i)

    def count(self, name: str) -> int:
        """Return how many elements a list or tensor has."""
        found = self._by_name.get(name)
        if found is None:
            return 0
        return max(len(found.ints), len(found.floats), len(found.strings), int(np.prod(found.t.dims or [0])))

    def modes(self, name: str) -> list[bytes]:
        """Return a list of short texts."""
        found = self._by_name.get(name)
        return [] if found is None else list(found.strings)

    def numbers(self, name: str) -> Any:
        """Return the numbers of a tensor."""
        from onnx import numpy_helper

        found = self._by_name.get(name)
        return np.array([]) if found is None else numpy_helper.to_array(found.t)


def _same_length(given: _Attributes, length: int, *names: str, or_none: bool = False) -> None:
    for name in names:
        if given.count(name) != length and not (or_none and given.count(name) == 0):
            raise _Bad(f"{name} has {given.count(name):,} elements instead of {length:,}")


def _within(name: str, numbers: Ints, limit: int) -> None:
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < limit):
        raise _Bad(f"{name} goes from {numbers.min()} to {numbers.max()}; they must lie between 0 and {limit - 1}")


def _check_targets(count: int) -> None:
    if not 0 < count <= MAX_TARGETS:
        raise _Bad(f"it has {count:,} targets; 1 to {MAX_TARGETS:,} are accepted")


def _check_walk(roots: Ints, children: Callable[[Ints], Ints], n_nodes: int) -> None:
    """Check that every node is reached once from the roots, level by level: no circles, no endless depth."""
    level, reached = roots, 0
    for _ in range(MAX_TREE_DEPTH):
        reached += len(level)
        if reached > n_nodes or len(np.unique(level)) != len(level):
            raise _Bad("its trees have circles or share nodes")
        if not len(level):
            if reached < n_nodes:
                raise _Bad(f"{n_nodes - reached:,} of its nodes belong to no tree")
            return
        level = children(level)
    raise _Bad(f"a tree is deeper than {MAX_TREE_DEPTH:,} levels")


def _check_ensemble(given: _Attributes, width: int, find: Find) -> None:
    """Check a TreeEnsemble of version 5: inner nodes and leaves are two tables."""
    n_nodes, n_leaves = given.count("nodes_featureids"), given.count("leaf_targetids")
    _same_length(
        given, n_nodes, "nodes_splits", "nodes_modes", "nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs",
        "nodes_falseleafs",
    )  # fmt: skip
    _same_length(given, n_nodes, "nodes_hitrates", "nodes_missing_value_tracks_true", or_none=True)
    _same_length(given, n_leaves, "leaf_weights")
    if given.count("membership_values"):
        raise _Bad("membership_values are not accepted")
    _check_targets(given.number("n_targets", 0))
    _within("leaf_targetids", given.ints("leaf_targetids"), given.number("n_targets", 0))
    _within("nodes_featureids", given.ints("nodes_featureids"), width)
    _within("nodes_modes", given.numbers("nodes_modes").astype(np.int64), 6)
    _within("tree_roots", given.ints("tree_roots"), n_nodes)
    sides = [(given.ints(f"nodes_{side}nodeids"), given.ints(f"nodes_{side}leafs") != 0) for side in ("true", "false")]
    for ids, leaf in sides:
        _within("the number of a leaf", ids[leaf], n_leaves)
        _within("the number of a node", ids[~leaf], n_nodes)

    def children(level: Ints) -> Ints:
        return np.concatenate([ids[level][~leaf[level]] for ids, leaf in sides])

    _check_walk(given.ints("tree_roots"), children, n_nodes)


def _check_old_trees(given: _Attributes, width: int, find: Find) -> None:
    """Check a TreeEnsembleClassifier or TreeEnsembleRegressor: nodes are named by tree and number."""
    n_nodes = given.count("nodes_nodeids")
    _same_length(
        given, n_nodes, "nodes_treeids", "nodes_featureids", "nodes_modes", "nodes_truenodeids", "nodes_falsenodeids"
    )
    _same_length(given, n_nodes, "nodes_hitrates", "nodes_missing_value_tracks_true", or_none=True)
    if n_nodes not in (given.count("nodes_values"), given.count("nodes_values_as_tensor")):
        raise _Bad("nodes_values does not have a value for each node")
    trees, numbers = given.ints("nodes_treeids"), given.ints("nodes_nodeids")
    _within("nodes_treeids", trees, 1 << 24)
    _within("nodes_nodeids", numbers, 1 << 30)
    modes = np.array(given.modes("nodes_modes"))
    leaf = modes == b"LEAF"
    _within("nodes_featureids", given.ints("nodes_featureids")[~leaf], width)
    _within("nodes_featureids", given.ints("nodes_featureids"), max(width, 1 << 24))
    keys = trees * (1 << 30) + numbers
    order = np.argsort(keys, kind="stable")
    if len(np.unique(keys)) != n_nodes:
        raise _Bad("two of its nodes have one number")

    def places(wanted: Ints) -> Ints:
        at = np.minimum(np.searchsorted(keys[order], wanted), n_nodes - 1)
        found = order[at]
        if not (keys[found] == wanted).all():
            raise _Bad("a branch leads to a node that its tree does not have")
        return found

    sides = [given.ints(f"nodes_{side}nodeids") for side in ("true", "false")]

    def children(level: Ints) -> Ints:
        inner = level[~leaf[level]]
        return places(np.concatenate([trees[inner] * (1 << 30) + side[inner] for side in sides]))

    called = np.unique(np.concatenate([places(trees[~leaf] * (1 << 30) + side[~leaf]) for side in sides]))
    roots = np.setdiff1d(np.arange(n_nodes), called)
    if len(np.unique(trees[roots])) != len(np.unique(trees)) or len(roots) != len(np.unique(trees)):
        raise _Bad("its trees have circles or more than one root")
    _check_walk(roots, children, n_nodes)
    kind = "class" if given.node.op_type == "TreeEnsembleClassifier" else "target"
    n_weights = given.count(f"{kind}_ids")
    _same_length(given, n_weights, f"{kind}_treeids", f"{kind}_nodeids")
    if n_weights not in (given.count(f"{kind}_weights"), given.count(f"{kind}_weights_as_tensor")):
        raise _Bad(f"{kind}_weights does not have a weight for each of {kind}_ids")
    at = places(given.ints(f"{kind}_treeids") * (1 << 30) + given.ints(f"{kind}_nodeids"))
    if not leaf[at].all():
        raise _Bad("a weight belongs to a node that is not a leaf")
    classes = max(given.count("classlabels_int64s"), given.count("classlabels_strings"))
    n_targets = classes if kind == "class" else given.number("n_targets", 0)
    _check_targets(n_targets)
    _within(f"{kind}_ids", given.ints(f"{kind}_ids"), n_targets)
    _check_base(given, n_targets)


def _check_base(given: _Attributes, n_targets: int) -> None:
    for name in ("base_values", "base_values_as_tensor"):
        if given.count(name) not in (0, 1, n_targets):
            raise _Bad(f"{name} has {given.count(name):,} elements for {n_targets:,} targets")


def _classes(given: _Attributes) -> int:
    found = max(given.count("classlabels_ints"), given.count("classlabels_strings"))
    _check_targets(found)
    return found


def _check_linear_classifier(given: _Attributes, width: int, find: Find) -> None:
    classes = _classes(given)
    # Two classes may share one row of coefficients.
    rows = given.count("coefficients") // max(width, 1)
    if rows not in (classes, 1 if classes == 2 else classes):
        raise _Bad(f"it has {given.count('coefficients'):,} coefficients for {classes:,} classes and {width:,} columns")
    _same_length(given, rows * width, "coefficients")
    _same_length(given, rows, "intercepts", or_none=True)


def _check_linear_regressor(given: _Attributes, width: int, find: Find) -> None:
    targets = given.number("targets", 1)
    _check_targets(targets)
    _same_length(given, targets * width, "coefficients")
    _same_length(given, targets, "intercepts", or_none=True)


def _check_svm_regressor(given: _Attributes, width: int, find: Find) -> None:
    supports = given.number("n_supports", 0)
    if not 0 < supports <= given.count("support_vectors"):
        raise _Bad(f"n_supports is {supports:,} for {given.count('support_vectors'):,} numbers of support vectors")
    _same_length(given, supports * width, "support_vectors")
    _same_length(given, supports, "coefficients")
    _same_length(given, 1, "rho")
    _same_length(given, 3, "kernel_params", or_none=True)


def _check_svm_classifier(given: _Attributes, width: int, find: Find) -> None:
    classes, per_class = _classes(given), given.ints("vectors_per_class")
    supports = int(per_class.clip(0).sum())
    if len(per_class) != classes or not supports or (per_class < 0).any():
        raise _Bad("vectors_per_class must have a number of support vectors for each class")
    pairs = classes * (classes - 1) // 2
    _same_length(given, supports * width, "support_vectors")
    _same_length(given, supports * max(1, classes - 1), "coefficients")
    _same_length(given, max(1, pairs), "rho")
    _same_length(given, pairs, "prob_a", "prob_b", or_none=True)
    _same_length(given, 3, "kernel_params", or_none=True)


def _check_scaler(given: _Attributes, width: int, find: Find) -> None:
    for name in ("offset", "scale", "imputed_value_floats", "imputed_value_int64s"):
        if given.count(name) not in (0, 1, width):
            raise _Bad(f"{name} has {given.count(name):,} elements for {width:,} columns")


def _check_positions(given: _Attributes, width: int, find: Find) -> None:
    positions = find(given.node.input[1]) if len(given.node.input) == 2 else None
    if positions is None:
        raise _Bad("its positions are not a constant")
    _within("the positions", np.asarray(positions, dtype=np.int64).ravel(), width)


CHECKS: dict[str, Callable[[_Attributes, int, Find], None]] = {
    "ArrayFeatureExtractor": _check_positions,
    "Binarizer": _check_scaler,
    "Imputer": _check_scaler,
    "LinearClassifier": _check_linear_classifier,
    "LinearRegressor": _check_linear_regressor,
    "Normalizer": _check_scaler,
    "SVMClassifier": _check_svm_classifier,
    "SVMRegressor": _check_svm_regressor,
    "Scaler": _check_scaler,
    "TreeEnsemble": _check_ensemble,
    "TreeEnsembleClassifier": _check_old_trees,
    "TreeEnsembleRegressor": _check_old_trees,
}
