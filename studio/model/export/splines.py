"""Splines of users' pipelines: each column becomes polynomials, looked up by the interval that its value is in."""

import math
from typing import Any

import numpy as np

from studio.model.export.nodes import GraphBuilder
from studio.model.export.tables import Table, number_table


def transform_splines(table: Table, estimator: Any) -> Table:
    """Add a SplineTransformer."""
    if estimator.extrapolation == "linear" and estimator.degree < 2 and len(table) > 1:
        # scikit-learn then takes other knots for the ends of the second and later columns.
        raise NotImplementedError("SplineTransformer with linear extrapolation has an exporter from degree 2 on")
    build, parts = table.build, []
    kept = estimator.bsplines_[0].c.shape[1] - (0 if estimator.include_bias else 1)
    for index, spline in enumerate(estimator.bsplines_):
        column = table.take([index]).dense
        values = _polynomials(build, _placed(build, column, spline, estimator.extrapolation), spline, estimator)
        if getattr(estimator, "handle_missing", "error") == "zeros":
            values = build.node("Where", build.node("IsNaN", column), build.constant([[0.0]]), values)
        parts.append(build.gather(values, list(range(kept))))
    return number_table(build, build.join(parts), kept * len(parts))


def _placed(build: GraphBuilder, column: str, spline: Any, extrapolation: str) -> str:
    """Return where on the spline a value is looked up."""
    low, high = _ends(spline)
    first, last = build.constant([[low]]), build.constant([[high]])
    match extrapolation:
        case "constant":
            return build.node("Max", build.node("Min", column, last), first)
        case "error":
            outside = build.node("Or", build.node("Less", column, first), build.node("Greater", column, last))
            return build.node("Where", outside, build.constant([[np.nan]]), column)
        case "periodic":
            away, span = build.node("Sub", column, first), build.constant([[high - low]])
            turns = build.node("Floor", build.node("Div", away, span))
            return build.node("Add", first, build.node("Sub", away, build.node("Mul", turns, span)))
    return column


def _ends(spline: Any) -> tuple[float, float]:
    return float(spline.t[spline.k]), float(spline.t[-spline.k - 1])


def _polynomials(build: GraphBuilder, column: str, spline: Any, estimator: Any) -> str:
    """Add the splines' values, shape (n_rows, n_splines), by Horner's scheme on the interval's polynomials."""
    low, high = _ends(spline)
    starts = np.unique(spline.t[(spline.t >= low) & (spline.t < high)])
    starts = starts if len(starts) else np.array([low])
    # Taylor's coefficients at the interval's start, the highest power first.
    powers = range(spline.k, -1, -1)
    coefficients = np.stack([spline(starts, nu=power) / math.factorial(power) for power in powers])
    if estimator.extrapolation == "linear":
        starts, coefficients = _with_lines(spline, starts, coefficients)
    width, order = coefficients.shape[2], coefficients.shape[0]
    reached = build.number(build.node("GreaterOrEqual", column, build.constant([starts[1:]])))
    place = build.node("Cast", build.row_sum(reached, keep=False), to=7)
    rows = np.column_stack([starts, *coefficients])
    found = build.node("Gather", build.constant(rows), place, axis=0)
    away = build.node("Sub", column, build.gather(found, [0]))
    value = build.gather(found, list(range(1, 1 + width)))
    for power in range(1, order):
        next_ = build.gather(found, list(range(1 + power * width, 1 + (power + 1) * width)))
        value = build.node("Add", build.node("Mul", value, away), next_)
    return value


def _with_lines(spline: Any, starts: Any, coefficients: Any) -> tuple[Any, Any]:
    """Return the pieces with a straight line before the first and after the last one."""
    low, high = _ends(spline)
    lines = []
    for end in (low, high):
        line = np.zeros((max(2, coefficients.shape[0]), coefficients.shape[2]))
        line[-1] = spline(end)
        line[-2] = spline(end, nu=1) if spline.k else 0.0
        lines.append(line)
    more = lines[0].shape[0] - coefficients.shape[0]
    middle = np.concatenate([np.zeros((more, *coefficients.shape[1:])), coefficients])
    # The first line is told from its own end backwards, and begins wherever values do.
    after = np.nextafter(high, np.inf)
    joined = np.concatenate([lines[0][:, None], middle, lines[1][:, None]], axis=1)
    return np.concatenate([[low], starts, [after]]), joined
