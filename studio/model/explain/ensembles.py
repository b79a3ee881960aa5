"""Reads the trees of an exported graph: which way rows take, what a leaf adds to each margin, and how many went there.

The training rows of each leaf are a constant of the graph that no node takes, named after the trees' sum. Older files
and imported models lack it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from studio.model.explain.links import Graph
from studio.model.operations import Matrix
from studio.model.session import INPUT

Ints = npt.NDArray[np.int64]

LESS_OR_EQUAL, NOT_EQUAL = 0, 5
# What the name of that constant begins with.
LEAF_ROWS = "leaf rows of "
# Training rows of all leaves together; a file that has more was made up.
MAX_ROWS = 2.0**53
# Branches of all leaves together: what explains them takes a hundred bytes for each.
MAX_BRANCHES = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """The trees of a graph.

    Parameters
    ----------
    feature, split, mode, missing_true : ndarray of shape (n_nodes,)
        The column that a node compares, with what and how, and whether the comparison holds for missing numbers.
    node_parent, leaf_parent : ndarray of shape (n_nodes,), (n_leaves,), int
        The node above, -1 above a root.
    node_holds, leaf_holds : ndarray of bool
        Whether the comparison of the node above holds on the way here.
    values : ndarray of shape (n_leaves, n_margins), float64
        What each leaf adds to each margin.
    rows : ndarray of shape (n_leaves,), float64
        The training rows of each leaf.
    start : ndarray of shape (n_margins,), float64
        The margins before any tree.
    from_matrix, single_precision : bool
        Whether the columns are those of the encoded matrix, rather than the learner's inputs; whether they are rounded.
    """

    feature: Ints
    split: Matrix
    mode: Ints
    missing_true: npt.NDArray[np.bool_]
    node_parent: Ints
    leaf_parent: Ints
    node_holds: npt.NDArray[np.bool_]
    leaf_holds: npt.NDArray[np.bool_]
    values: Matrix
    rows: Matrix
    start: Matrix
    from_matrix: bool
    single_precision: bool


def find_ensemble(graph: Graph) -> Ensemble | None:
    """Return the trees whose sum is the margin; None if it is made of something else, or shares are not known."""
    scale, start, name = 1.0, np.zeros(1), graph.margin
    while (node := graph.nodes.get(name)) is not None and node.op_type in ("Add", "Mul"):
        # Exporters put the constant last.
        number = graph.constant(node.input[1])
        if number is None:
            return None
        if node.op_type == "Add":
            start = start + scale * number.reshape(-1)
        else:
            scale = scale * number.reshape(-1)
        name = node.input[0]
    found = _rows_of_leaves(graph, node) if node is not None else None
    if found is None:
        return None
    trees, table = found
    attributes = {item.name: _value(item) for item in trees.attribute}
    rows, weights = graph.constant(f"{LEAF_ROWS}{trees.output[0]}"), attributes["leaf_weights"]
    if rows is None or rows.shape != weights.shape or not (rows >= 0).all() or rows.sum() > MAX_ROWS:
        return None
    if not set(attributes["nodes_modes"]) <= {LESS_OR_EQUAL, NOT_EQUAL}:
        return None
    if table is None:
        values = np.zeros((len(weights), int(attributes["n_targets"])))
        values[np.arange(len(weights)), attributes["leaf_targetids"]] = weights
    else:
        values = table[weights.astype(np.int64)]
    start = np.broadcast_to(start, values.shape[1:])
    return _ensemble(attributes, values * scale, rows.astype(np.float64), start, *_columns(graph, trees))


def _rows_of_leaves(graph: Graph, node: Any) -> tuple[Any, Any] | None:
    """Return the trees that a value is the sum of, and the table whose rows their leaves name, None without a table."""
    if node.op_type == "TreeEnsemble":
        return node, None
    look_up = graph.nodes.get(node.input[0]) if node.op_type == "ReduceSum" else None
    if look_up is None or look_up.op_type != "Gather":
        return None
    table, cast = graph.constant(look_up.input[0]), graph.nodes.get(look_up.input[1])
    trees = graph.nodes.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
    return (trees, table) if trees is not None and trees.op_type == "TreeEnsemble" and table.ndim == 2 else None


def _columns(graph: Graph, trees: Any) -> tuple[bool, bool]:
    name, rounded = trees.input[0], False
    while (node := graph.nodes.get(name)) is not None and node.op_type == "Cast":
        name, rounded = node.input[0], True
    return name == INPUT, rounded


def _value(attribute: Any) -> Any:
    from onnx import AttributeProto, numpy_helper

    if attribute.type == AttributeProto.TENSOR:
        return numpy_helper.to_array(attribute.t)
    return np.array(attribute.ints, dtype=np.int64) if attribute.type == AttributeProto.INTS else attribute.i


def _ensemble(
    given: dict[str, Any], values: Matrix, rows: Matrix, start: Matrix, from_matrix: bool, rounded: bool
) -> Ensemble:
    n_nodes = len(given["nodes_featureids"])
    above = {True: np.full(n_nodes, -1), False: np.full(len(values), -1)}
    holds = {True: np.zeros(n_nodes, bool), False: np.zeros(len(values), bool)}
    both = given["nodes_trueleafs"] & given["nodes_falseleafs"]
    # A root whose branches lead to one leaf decides nothing.
    real = np.flatnonzero(~((both == 1) & (given["nodes_truenodeids"] == given["nodes_falsenodeids"])))
    for side in ("true", "false"):
        ids, leaf = given[f"nodes_{side}nodeids"][real], given[f"nodes_{side}leafs"][real] == 1
        for inner, chosen in ((True, ~leaf), (False, leaf)):
            above[inner][ids[chosen]] = real[chosen]
            holds[inner][ids[chosen]] = side == "true"
    return Ensemble(
        feature=given["nodes_featureids"],
        split=given["nodes_splits"].astype(np.float64),
        mode=given["nodes_modes"].astype(np.int64),
        missing_true=given.get("nodes_missing_value_tracks_true", np.zeros(n_nodes, np.int64)) == 1,
        node_parent=above[True],
        leaf_parent=above[False],
        node_holds=holds[True],
        leaf_holds=holds[False],
        values=values,
        rows=rows,
        start=np.asarray(start, dtype=np.float64),
        from_matrix=from_matrix,
        single_precision=rounded,
    )


class Branches(NamedTuple):
    """The branches on the ways to all leaves: leaf, node, whether its comparison holds, and the share of its rows."""

    leaf: Ints
    node: Ints
    holds: npt.NDArray[np.bool_]
    share: Matrix


def branches(ensemble: Ensemble) -> Branches | None:
    """Return the branches on the ways to all leaves, None if there are more than MAX_BRANCHES."""
    leaf, node, holds = np.arange(len(ensemble.leaf_parent)), ensemble.leaf_parent, ensemble.leaf_holds
    # Below a branch is a leaf first, then nodes.
    below = leaf
    found: list[tuple[Any, Any, Any, Any]] = []
    count, is_leaf = 0, True
    counts = np.zeros(len(ensemble.node_parent))
    while len(leaf):
        kept = node >= 0
        leaf, node, holds, below = leaf[kept], node[kept], holds[kept], below[kept]
        found.append((leaf, node, holds, np.full(len(leaf), -1) if is_leaf else below))
        np.add.at(counts, node, ensemble.rows[leaf])
        count += len(leaf)
        if count > MAX_BRANCHES:
            return None
        below, is_leaf = node, False
        node, holds = ensemble.node_parent[node], ensemble.node_holds[node]
    leaves, nodes, sides, belows = (np.concatenate(parts) for parts in zip(*found, strict=True))
    rows = np.where(belows < 0, ensemble.rows[leaves], counts[belows])
    return Branches(leaves, nodes, sides, rows / np.maximum(counts[nodes], 1e-200))
