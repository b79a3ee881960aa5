"""Predictors that compare rows with stored rows: support vectors, neighbours, kernels of Gaussian processes."""

from typing import Any

import numpy as np
from onnx import TensorProto

from studio.model.export.nodes import GraphBuilder

MAX_STORED = 5_000_000


def squared_distances(build: GraphBuilder, values: str, points: Any) -> str:
    """Add the squared distances to points, shape (n_rows, n_points), computed from squared lengths."""
    check_size(points)
    lengths = build.row_sum(build.node("Mul", values, values))
    products = build.node("MatMul", values, build.constant(-2 * points.T))
    own = build.constant((points**2).sum(axis=1).reshape(1, -1))
    found = build.node("Add", build.node("Add", products, lengths), own)
    return build.node("Max", found, build.constant([[0.0]]))


def check_size(points: Any) -> None:
    """Raise NotImplementedError if there are too many stored numbers for a graph."""
    if points.size > MAX_STORED:
        raise NotImplementedError(f"a model that stores {points.size:,} numbers has no exporter")


def kernel_of(build: GraphBuilder, values: str, points: Any, estimator: Any, gamma: float | None) -> str:
    """Add a kernel of scikit-learn by its name, shape (n_rows, n_points)."""
    name = estimator.kernel
    check_size(points)
    build.note_training_rows()
    if name == "rbf":
        return _rbf(build, squared_distances(build, values, points), gamma)
    products = build.node("MatMul", values, build.constant(points.T))
    if name == "linear":
        return products
    if name not in ("poly", "polynomial", "sigmoid"):
        raise NotImplementedError(f"the kernel {str(name)[:40]} has no exporter")
    scaled = build.node("Mul", products, build.constant([[float(gamma or 0.0)]]))
    shifted = build.node("Add", scaled, build.constant([[float(estimator.coef0)]]))
    if name == "sigmoid":
        return build.node("Tanh", shifted)
    return build.node("Pow", shifted, build.constant(float(estimator.degree)))


def _rbf(build: GraphBuilder, squares: str, gamma: float | None) -> str:
    return build.node("Exp", build.node("Mul", squares, build.constant([[-float(gamma or 0.0)]])))


def machine_sums(build: GraphBuilder, values: str, machine: Any) -> str:
    """Add the sums of a support vector machine of two classes or for numbers, shape (n_rows, 1)."""
    points = _dense(machine.support_vectors_)
    kernels = kernel_of(build, values, points, machine, machine._gamma)
    total = build.node("MatMul", kernels, build.constant(_dense(machine.dual_coef_).T))
    return build.node("Add", total, build.constant(np.asarray(machine.intercept_).reshape(1, -1)))


def machine_pairs(build: GraphBuilder, values: str, machine: Any) -> str:
    """Add the decision for each pair of classes, shape (n_rows, n_pairs): above 0 for the first class."""
    points, dual = _dense(machine.support_vectors_), _dense(machine.dual_coef_)
    starts = np.concatenate([[0], np.cumsum(machine.n_support_)])
    pairs = _pairs(len(machine.classes_))
    weights = np.zeros((len(points), len(pairs)))
    for place, (first, second) in enumerate(pairs):
        one, other = slice(starts[first], starts[first + 1]), slice(starts[second], starts[second + 1])
        weights[one, place] = dual[second - 1, one]
        weights[other, place] = dual[first, other]
    kernels = kernel_of(build, values, points, machine, machine._gamma)
    total = build.node("MatMul", kernels, build.constant(weights))
    return build.node("Add", total, build.constant(np.asarray(machine.intercept_).reshape(1, -1)))


def _pairs(classes: int) -> list[tuple[int, int]]:
    return [(first, second) for first in range(classes) for second in range(first + 1, classes)]


def votes_of(build: GraphBuilder, pairs: str, classes: int) -> tuple[str, str]:
    """Add the votes and the sums of confidences by class, from decisions that are above 0 for a pair's first class."""
    order = _pairs(classes)
    first, second = np.zeros((len(order), classes)), np.zeros((len(order), classes))
    for place, (one, other) in enumerate(order):
        first[place, one] = 1.0
        second[place, other] = 1.0
    negative = build.number(build.node("Less", pairs, build.constant([[0.0]])))
    positive = build.node("Sub", build.constant([[1.0]]), negative)
    votes = build.node(
        "Add",
        build.node("MatMul", positive, build.constant(first)),
        build.node("MatMul", negative, build.constant(second)),
    )
    return votes, build.node("MatMul", pairs, build.constant(first - second))


def ovr_of(build: GraphBuilder, pairs: str, classes: int) -> str:
    """Add scikit-learn's one-vs-rest decisions: votes, and a third of a share of the confidences."""
    votes, sums = votes_of(build, pairs, classes)
    size = build.node("Add", build.node("Abs", sums), build.constant([[1.0]]))
    return build.node("Add", votes, build.node("Div", sums, build.node("Mul", size, build.constant([[3.0]]))))


def neighbours(build: GraphBuilder, values: str, estimator: Any) -> tuple[str, str]:
    """Add the positions of the nearest stored rows, shape (n_rows, k), and their weights."""
    points = np.asarray(estimator._fit_X, dtype=np.float64)
    euclidean = estimator.effective_metric_ == "euclidean"
    if not euclidean or estimator.weights not in ("uniform", "distance"):
        raise NotImplementedError("neighbours by this metric or these weights have no exporter")
    build.note_training_rows()
    count = build.constant([estimator.n_neighbors], np.int64)
    squares = squared_distances(build, values, points)
    _, places = build.nodes_of("TopK", squares, count, outputs=2, axis=1, largest=0, sorted=1)
    one = build.constant([[1.0]])
    if estimator.weights == "uniform":
        taken = build.node("Mul", build.node("Cast", places, to=TensorProto.DOUBLE), build.constant([[0.0]]))
        return places, build.node("Add", taken, one)
    # The exact distances of those few: from squared lengths they would lose half of their digits.
    near = build.node("Gather", build.constant(points), places, axis=0)
    difference = build.node("Sub", near, build.node("Unsqueeze", values, build.constant([1], np.int64)))
    exact = build.node("Sqrt", build.row_sum(build.node("Mul", difference, difference), 2, keep=False))
    same = build.node("Equal", exact, build.constant([[0.0]]))
    exists = build.node("Greater", build.row_sum(build.number(same)), build.constant([[0.0]]))
    shares = build.node("Div", one, build.node("Where", same, one, exact))
    return places, build.node("Where", exists, build.number(same), shares)


def process_kernel(build: GraphBuilder, values: str, points: Any, kernel: Any) -> str:
    """Add the kernel of a Gaussian process between rows and stored rows."""
    name = type(kernel).__name__
    check_size(points)
    build.note_training_rows()
    match name:
        case "Sum" | "Product":
            parts = [process_kernel(build, values, points, part) for part in (kernel.k1, kernel.k2)]
            return build.node("Add" if name == "Sum" else "Mul", *parts)
        case "ConstantKernel":
            return build.constant([[float(kernel.constant_value)]])
        case "WhiteKernel":
            return build.constant([[0.0]])
        case "RBF" | "Matern" | "RationalQuadratic":
            scale = np.asarray(kernel.length_scale, dtype=np.float64).reshape(1, -1)
            if name == "RationalQuadratic":
                squares = squared_distances(build, values, points)
                inner = build.node("Div", squares, build.constant([[2 * kernel.alpha * kernel.length_scale**2]]))
                return build.node(
                    "Pow", build.node("Add", inner, build.constant([[1.0]])), build.constant(-float(kernel.alpha))
                )
            scaled = build.node("Div", values, build.constant(scale))
            squares = squared_distances(build, scaled, points / scale)
            return (
                build.node("Exp", build.node("Mul", squares, build.constant([[-0.5]])))
                if name == "RBF"
                else _matern(build, squares, kernel.nu)
            )
        case "DotProduct":
            products = build.node("MatMul", values, build.constant(points.T))
            return build.node("Add", products, build.constant([[float(kernel.sigma_0**2)]]))
    raise NotImplementedError(f"the kernel {name} has no exporter")


def _matern(build: GraphBuilder, squares: str, nu: float) -> str:
    distance = build.node("Sqrt", squares)
    if nu not in (0.5, 1.5, 2.5):
        raise NotImplementedError(f"the Matern kernel with nu={nu} has no exporter")
    scaled = build.node("Mul", distance, build.constant([[float(np.sqrt(2 * nu))]]))
    decay = build.node("Exp", build.node("Neg", scaled))
    if nu == 0.5:
        return decay
    factor = build.node("Add", scaled, build.constant([[1.0]]))
    if nu == 2.5:
        third = build.node("Div", build.node("Mul", scaled, scaled), build.constant([[3.0]]))
        factor = build.node("Add", factor, third)
    return build.node("Mul", factor, decay)


def _dense(values: Any) -> Any:
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)
