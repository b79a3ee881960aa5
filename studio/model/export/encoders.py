"""Encoders of users' pipelines: categories become columns of numbers.

What a transformer does to a category is asked of the fitted transformer itself, code by code, and becomes a look-up.
"""

import math
from typing import Any

import numpy as np

from studio.model.export.tables import (
    CodeColumn,
    Table,
    is_missing,
    look_up,
    number_table,
)
from studio.model.scikit.columns import UNSEEN


def transform_by_column(table: Table, estimator: Any) -> Table:
    """Add an encoder that handles each column by itself: one-hot, ordinal or target."""
    widths = _widths(estimator, len(table))
    known = [_known_values(values) for values in estimator.categories_]
    typical = [values[0] for values in known]
    build, parts, starts = table.build, [], np.concatenate([[0], np.cumsum(widths)]).astype(int)
    for index, column in enumerate(table.columns):
        if not widths[index]:
            continue
        part = slice(starts[index], starts[index + 1])
        if isinstance(column, CodeColumn):
            parts.append(look_up(build, column, _results(estimator, typical, index, column.values)[:, part]))
        else:
            parts.append(_by_number(table.take([index]), estimator, typical, index, known[index], part))
    return number_table(build, build.join(parts), int(starts[-1])) if parts else table.take([])


def _known_values(values: Any) -> list[Any]:
    return [value for value in values.tolist() if not is_missing(value)] or [np.nan]


def _widths(estimator: Any, columns: int) -> list[int]:
    if type(estimator).__name__ == "OneHotEncoder":
        return [int(width) for width in estimator._n_features_outs]
    per_column = len(estimator.classes_) if getattr(estimator, "target_type_", "") == "multiclass" else 1
    return [per_column] * columns


def _results(estimator: Any, typical: list[Any], index: int, values: Any) -> Any:
    """Return what the encoder makes of a row for each value of one column; NaN where it refuses the value."""
    known = [value for value in values if not is_missing(value) and value != UNSEEN]
    together = _encoded(estimator, typical, index, known)
    if together is not None:
        rest = [_encoded(estimator, typical, index, [value]) for value in values[len(known) :]]
        rows = [*together, *(None if row is None else row[0] for row in rest)]
    else:
        alone = [_encoded(estimator, typical, index, [value]) for value in values]
        rows = [None if row is None else row[0] for row in alone]
    width = max((len(row) for row in rows if row is not None), default=0)
    return np.array([np.full(width, np.nan) if row is None else row for row in rows], dtype=np.float64)


def _encoded(estimator: Any, typical: list[Any], index: int, values: list[Any]) -> Any:
    """Return what the encoder makes of values of one column, the others being typical; None if it refuses one."""
    import pandas as pd

    cells = {}
    for place, name in enumerate(getattr(estimator, "feature_names_in_", range(len(typical)))):
        column = values if place == index else [typical[place]] * len(values)
        is_number = estimator.categories_[place].dtype.kind in "fiub" and not any(isinstance(v, str) for v in column)
        cells[name] = np.array(column, dtype=np.float64 if is_number else object)
    try:
        found = estimator.transform(pd.DataFrame(cells))
    except (ValueError, TypeError):
        return None
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found, dtype=np.float64)


def _by_number(table: Table, estimator: Any, typical: list[Any], index: int, known: list[Any], part: slice) -> str:
    """Add the look-up of a column of numbers, each compared with the categories."""
    build = table.build
    numbers = [float(value) for value in known]
    unseen = max((abs(number) for number in numbers if math.isfinite(number)), default=0.0) * 2 + 12345.678
    results = _results(estimator, typical, index, [*known, np.nan, unseen])[:, part]
    matches = build.number(build.node("Equal", table.dense, build.constant([numbers])))
    missing = build.number(build.node("IsNaN", table.dense))
    others = build.node("Sub", build.node("Sub", build.constant([[1.0]]), build.row_sum(matches)), missing)
    flags = build.join([matches, missing, others])
    found = build.node("MatMul", flags, build.constant(np.nan_to_num(results)))
    if not np.isnan(results).any():
        return found
    nothing = build.node("MatMul", flags, build.constant(np.isnan(results).astype(np.float64)))
    is_nothing = build.node("Greater", nothing, build.constant([[0.5]]))
    return build.node("Where", is_nothing, build.constant([[np.nan]]), found)
