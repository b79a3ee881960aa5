"""Scalers of users' pipelines: each column moved and stretched, each row divided by its length."""

from typing import Any

import numpy as np

from studio.model.export.tables import (
    Table,
    number_table,
)


def affine(table: Table, *, less: Any = None, divisor: Any = None, factor: Any = None, plus: Any = None) -> Table:
    """Return ((x - less) / divisor) * factor + plus, each by column."""
    build, values = table.build, table.dense
    for operator, numbers in (("Sub", less), ("Div", divisor), ("Mul", factor), ("Add", plus)):
        if numbers is not None:
            values = build.node(operator, values, build.constant(np.asarray(numbers, dtype=np.float64).reshape(1, -1)))
    return number_table(build, values, len(table))


def _clip(table: Table, low: float, high: float) -> Table:
    build = table.build
    values = build.node("Clip", table.dense, build.constant(low), build.constant(high))
    return number_table(build, values, len(table))


def transform_standard(table: Table, estimator: Any) -> Table:
    """Add a StandardScaler."""
    return affine(
        table,
        less=estimator.mean_ if estimator.with_mean else None,
        divisor=estimator.scale_ if estimator.with_std else None,
    )


def transform_min_max(table: Table, estimator: Any) -> Table:
    """Add a MinMaxScaler."""
    scaled = affine(table, factor=estimator.scale_, plus=estimator.min_)
    return _clip(scaled, *map(float, estimator.feature_range)) if estimator.clip else scaled


def transform_max_abs(table: Table, estimator: Any) -> Table:
    """Add a MaxAbsScaler."""
    scaled = affine(table, divisor=estimator.scale_)
    return _clip(scaled, -1.0, 1.0) if getattr(estimator, "clip", False) else scaled


def transform_robust(table: Table, estimator: Any) -> Table:
    """Add a RobustScaler."""
    return affine(
        table,
        less=estimator.center_ if estimator.with_centering else None,
        divisor=estimator.scale_ if estimator.with_scaling else None,
    )


def transform_normalizer(table: Table, estimator: Any) -> Table:
    """Add a Normalizer: rows of zeros stay."""
    build, values = table.build, table.dense
    if estimator.norm == "l2":
        length = build.node("Sqrt", build.row_sum(build.node("Mul", values, values)))
    elif estimator.norm == "l1":
        length = build.row_sum(build.node("Abs", values))
    else:
        length = build.node("ReduceMax", build.node("Abs", values), build.constant([1], np.int64), keepdims=1)
    zero, one = build.constant([[0.0]]), build.constant([[1.0]])
    divisor = build.node("Where", build.node("Equal", length, zero), one, length)
    return number_table(build, build.node("Div", values, divisor), len(table))


def transform_binarizer(table: Table, estimator: Any) -> Table:
    """Add a Binarizer."""
    build = table.build
    above = build.number(build.node("Greater", table.dense, build.constant([[float(estimator.threshold)]])))
    return number_table(build, above, len(table))
