"""Imputers of users' pipelines: missing numbers and categories become others, or flags."""

from collections.abc import Callable
from typing import Any

import numpy as np

from studio.model.export.tables import (
    CodeColumn,
    Column,
    NumberColumn,
    Table,
    is_missing,
    join_tables,
    look_up,
    number_table,
)


def transform_imputer(table: Table, estimator: Any) -> Table:
    """Add a SimpleImputer: numbers by their statistic, categories by another value of their codes."""
    statistics = list(estimator.statistics_)
    kept = [index for index, value in enumerate(statistics) if not is_missing(value)]
    if estimator.keep_empty_features:
        kept = list(range(len(statistics)))
    parts: list[Column | None] = [None] * len(statistics)
    numbers = [index for index in kept if isinstance(table.columns[index], NumberColumn)]
    if numbers:
        filled = _filled(table.take(numbers), estimator.missing_values, [statistics[index] for index in numbers])
        for place, index in enumerate(numbers):
            parts[index] = filled.columns[place]
    for index in kept:
        column = table.columns[index]
        if isinstance(column, CodeColumn):
            missing = _missing_test(estimator.missing_values)
            values = tuple(statistics[index] if missing(value) else value for value in column.values)
            parts[index] = CodeColumn(column.codes, values)
    result = [column for column in parts if column is not None]
    if len(result) < len(kept):
        raise NotImplementedError("SimpleImputer has no exporter for columns of this kind")
    found = Table(table.build, result)
    if not estimator.add_indicator:
        return found
    return join_tables(table.build, [found, transform_indicator(table, estimator.indicator_)])


def _missing_test(token: Any) -> Callable[[Any], bool]:
    return is_missing if is_missing(token) else lambda value: value == token


def _filled(table: Table, token: Any, statistics: list[Any]) -> Table:
    build, values = table.build, table.dense
    if is_missing(token):
        missing = build.node("IsNaN", values)
    else:
        missing = build.node("Equal", values, build.constant([[float(token)]]))
    fill = build.constant(np.array([statistics], dtype=np.float64))
    return number_table(build, build.node("Where", missing, fill, values), len(table))


def transform_indicator(table: Table, estimator: Any) -> Table:
    """Add a MissingIndicator."""
    build, parts = table.build, []
    for index in estimator.features_.tolist():
        column = table.columns[index]
        if isinstance(column, CodeColumn):
            test = _missing_test(estimator.missing_values)
            parts.append(look_up(build, column, np.array([[float(test(value))] for value in column.values])))
        elif is_missing(estimator.missing_values):
            parts.append(build.number(build.node("IsNaN", table.take([index]).dense)))
        else:
            token = build.constant([[float(estimator.missing_values)]])
            parts.append(build.number(build.node("Equal", table.take([index]).dense, token)))
    return number_table(build, build.join(parts), len(parts)) if parts else table.take([])
