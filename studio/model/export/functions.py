"""Functions of each number in users' pipelines: NumPy's, powers, quantiles, straight lines between points."""

import math
from typing import Any

import numpy as np

from studio.model.export.nodes import GraphBuilder
from studio.model.export.normal import normal_quantiles
from studio.model.export.scalers import transform_standard
from studio.model.export.tables import (
    Table,
    number_table,
)

# How near the ends of what was seen a value counts as the end (sklearn.preprocessing).
BOUND = 1e-7
# NumPy's functions by the name of their ONNX operator; those with a function are put together.
FUNCTIONS: dict[str, str] = {
    "abs": "Abs",
    "absolute": "Abs",
    "fabs": "Abs",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "negative": "Neg",
    "sign": "Sign",
    "sin": "Sin",
    "cos": "Cos",
    "tan": "Tan",
    "sinh": "Sinh",
    "cosh": "Cosh",
    "tanh": "Tanh",
    "floor": "Floor",
    "ceil": "Ceil",
    "reciprocal": "Reciprocal",
    "rint": "Round",
    "expit": "Sigmoid",
}


def apply_function(build: GraphBuilder, values: str, name: str) -> str:
    """Add one of NumPy's functions of each number; NotImplementedError if it has no exporter."""
    if name in FUNCTIONS:
        return build.node(FUNCTIONS[name], values)
    one = build.constant([[1.0]])
    match name:
        case "square":
            return build.node("Mul", values, values)
        case "log2" | "log10":
            base = math.log(2 if name == "log2" else 10)
            return build.node("Div", build.node("Log", values), build.constant([[base]]))
        case "log1p":
            return _log1p(build, values)
        case "expm1":
            return _expm1(build, values)
        case "cbrt":
            root = build.node("Pow", build.node("Abs", values), build.constant(1 / 3))
            return build.node("Mul", build.node("Sign", values), root)
        case "exp2":
            return build.node("Exp", build.node("Mul", values, build.constant([[math.log(2)]])))
        case "logit":
            return build.node("Log", build.node("Div", values, build.node("Sub", one, values)))
        case "degrees":
            return build.node("Mul", values, build.constant([[180 / math.pi]]))
        case "radians":
            return build.node("Mul", values, build.constant([[math.pi / 180]]))
        case "isnan":
            return build.number(build.node("IsNaN", values))
    raise NotImplementedError(f"the function {name} has no exporter")


def _log1p(build: GraphBuilder, values: str) -> str:
    """log(1 + x) with the digits that are lost in 1 + x put back: log(u) * x / (u - 1)."""
    one, zero = build.constant([[1.0]]), build.constant([[0.0]])
    sum_ = build.node("Add", values, one)
    rest = build.node("Sub", sum_, one)
    is_tiny = build.node("Equal", rest, zero)
    safe = build.node("Where", is_tiny, one, rest)
    large = build.node("Div", build.node("Mul", build.node("Log", sum_), values), safe)
    # Infinite numbers stay as the logarithm has them.
    return build.node(
        "Where", is_tiny, values, build.node("Where", build.node("IsInf", values), build.node("Log", sum_), large)
    )


def _expm1(build: GraphBuilder, values: str) -> str:
    """exp(x) - 1 with the digits that are lost near 0 put back: (u - 1) * x / log(u)."""
    one = build.constant([[1.0]])
    power = build.node("Exp", values)
    rest = build.node("Sub", power, one)
    is_tiny = build.node("Equal", power, one)
    is_small = build.node("Less", build.node("Abs", values), one)
    divisor = build.node("Where", is_tiny, one, build.node("Log", power))
    near = build.node("Where", is_tiny, values, build.node("Div", build.node("Mul", rest, values), divisor))
    return build.node("Where", is_small, near, rest)


def transform_function(table: Table, estimator: Any) -> Table:
    """Add a FunctionTransformer; without a function, columns pass as they are."""
    if estimator.func is None:
        return table
    if estimator.kw_args:
        raise NotImplementedError("FunctionTransformer with arguments has no exporter")
    values = apply_function(table.build, table.dense, estimator.func.__name__)
    return number_table(table.build, values, len(table))


def transform_power(table: Table, estimator: Any) -> Table:
    """Add a PowerTransformer."""
    build, parts = table.build, []
    for index, power in enumerate(estimator.lambdas_.tolist()):
        column = table.take([index]).dense
        parts.append(_box_cox(build, column, power) if estimator.method == "box-cox" else _yeo(build, column, power))
    powered = number_table(build, build.join(parts), len(parts))
    return transform_standard(powered, estimator._scaler) if estimator.standardize else powered


def _box_cox(build: GraphBuilder, values: str, power: float) -> str:
    if math.isnan(power):
        return values
    if abs(power) < 1e-19:
        return build.node("Log", values)
    scaled = build.node("Mul", build.node("Log", values), build.constant([[power]]))
    return build.node("Div", _expm1(build, scaled), build.constant([[power]]))


def _yeo(build: GraphBuilder, values: str, power: float) -> str:
    if math.isnan(power):
        return values
    zero = build.constant([[0.0]])
    size = _log1p(build, build.node("Abs", values))
    up = size if abs(power) < np.spacing(1.0) else _raised(build, size, power)
    rest = 2 - power
    down = build.node("Neg", _raised(build, size, rest) if abs(rest) > np.spacing(1.0) else size)
    return build.node("Where", build.node("GreaterOrEqual", values, zero), up, down)


def _raised(build: GraphBuilder, logarithm: str, power: float) -> str:
    scaled = build.node("Mul", logarithm, build.constant([[power]]))
    return build.node("Div", _expm1(build, scaled), build.constant([[power]]))


def transform_quantiles(table: Table, estimator: Any) -> Table:
    """Add a QuantileTransformer: the mean of interpolations from both sides, perhaps as quantiles of a normal one."""
    build, parts = table.build, []
    is_normal = estimator.output_distribution == "normal"
    for index in range(len(table)):
        quantiles, references = estimator.quantiles_[:, index], estimator.references_
        column = table.take([index]).dense
        up = interpolate(build, column, quantiles, references, right=True)
        down = interpolate(build, column, quantiles, references, right=False)
        half = build.node("Mul", build.node("Add", up, down), build.constant([[0.5]]))
        first, last = (build.constant([[float(quantile)]]) for quantile in quantiles[[0, -1]])
        if is_normal:
            low = build.node("Less", build.node("Sub", column, build.constant([[BOUND]])), first)
            high = build.node("Greater", build.node("Add", column, build.constant([[BOUND]])), last)
        else:
            low, high = build.node("Equal", column, first), build.node("Equal", column, last)
        half = build.node("Where", high, build.constant([[1.0]]), half)
        parts.append(build.node("Where", low, build.constant([[0.0]]), half))
    joined = build.join(parts)
    return number_table(
        build, normal_quantiles(build, joined, BOUND - np.spacing(1)) if is_normal else joined, len(parts)
    )


def interpolate(build: GraphBuilder, values: str, xs: Any, ys: Any, *, right: bool = True) -> str:
    """Add linear interpolation between points, held at the ends; xs ascend. NaN stays.

    At several equal xs, the last point counts, or the first unless `right`.
    """
    xs, ys = np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)
    operator = "GreaterOrEqual" if right else "Greater"
    reached = build.number(build.node(operator, values, build.constant([xs])))
    place = build.node("Cast", build.row_sum(reached, keep=False), to=7)
    steps = np.diff(xs)
    slopes = np.divide(np.diff(ys), steps, out=np.zeros(len(steps)), where=steps > 0)
    base_x = np.concatenate([[0.0], xs])
    base_y = np.concatenate([[ys[0]], ys])
    slope = np.concatenate([[0.0], slopes, [0.0]])
    table = np.column_stack([base_x, base_y, slope])
    found = build.node("Gather", build.constant(table), place, axis=0)
    start, level, rise = (build.gather(found, [column]) for column in range(3))
    moved = build.node("Add", level, build.node("Mul", build.node("Sub", values, start), rise))
    # Beyond the ends the value itself must not matter, even if it is infinite.
    flat = build.node("Equal", rise, build.constant([[0.0]]))
    held = build.node("Where", build.node("IsNaN", values), values, level)
    return build.node("Where", flat, held, moved)
