"""Imputers of users' pipelines: missing numbers and categories become others, or flags."""

from collections.abc import Callable
from typing import Any

import numpy as np

from studio.model.export.nodes import GraphBuilder
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

# Each row that is scored is compared with all stored ones: 2,048 rows at once with 5,000 are matrices of 80 MB.
MAX_NEIGHBOURS, MAX_NUMBERS = 5_000, 1_000_000
TRIED_ROWS = 50
# The share of a squared distance that may be rounding: weights then differ by half of that.
LOST_DIGITS = 5e-10


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


def transform_neighbours(table: Table, estimator: Any) -> Table:
    """Add a KNNImputer: a missing number is the mean of the nearest stored rows that have one.

    Distances are computed term by term as nan_euclidean_distances does, so that rounding is alike.
    """
    _check_neighbours(estimator)
    build, points = table.build, np.asarray(estimator._fit_X, dtype=np.float64)
    build.note_training_rows()
    absent = np.asarray(estimator._mask_fit_X, dtype=bool)
    known = np.where(absent, 0.0, points)
    values = table.dense
    missing = build.node("IsNaN", values)
    distances = _nan_distances(build, values, missing, known, absent)
    parts: list[str] = []
    for index, valid in enumerate(estimator._valid_mask.tolist()):
        column = build.gather(values, [index])
        if valid:
            donors = np.flatnonzero(~absent[:, index])
            filled = _mean_of_nearest(build, distances, donors, points[donors, index], estimator)
            parts.append(build.node("Where", build.gather(missing, [index]), filled, column))
        elif estimator.keep_empty_features:
            # Zero for every row, whatever it holds.
            parts.append(build.node("Mul", build.number(build.node("IsNaN", column)), build.constant([[0.0]])))
    found = number_table(build, build.join(parts), len(parts)) if parts else table.take([])
    if not estimator.add_indicator:
        return found
    return join_tables(build, [found, transform_indicator(table, estimator.indicator_)])


def _check_neighbours(estimator: Any) -> None:
    if estimator.metric != "nan_euclidean" or estimator.weights not in ("uniform", "distance"):
        raise NotImplementedError("KNNImputer with this metric or these weights has no exporter")
    if not is_missing(estimator.missing_values):
        raise NotImplementedError("KNNImputer has no exporter for missing values that are not nan")
    points = np.asarray(estimator._fit_X, dtype=np.float64)
    if len(points) > MAX_NEIGHBOURS or points.size > MAX_NUMBERS:
        raise NotImplementedError(f"KNNImputer that stores {len(points):,} rows has no exporter")
    if estimator.weights == "distance" and has_close_rows(points):
        raise NotImplementedError(
            "KNNImputer with weights by distance has no exporter where rows are so close, for the size of their "
            "numbers, that scikit-learn's distances are rounding errors: scale the columns before it"
        )
    if has_ties(points, estimator.n_neighbors):
        raise NotImplementedError(
            "KNNImputer has no exporter where stored rows are equally far away: scikit-learn takes any of them"
        )


def has_ties(points: Any, count: int) -> bool:
    """Return whether the last of the nearest rows is as far as the next one, for some of the rows and any column.

    Parameters
    ----------
    points : ndarray of shape (n_rows, n_columns), float64
        The stored rows, nan where missing.
    count
        The number of nearest rows that are taken.
    """
    n_rows, n_columns = points.shape
    for row in np.linspace(0, n_rows - 1, min(n_rows, TRIED_ROWS)).astype(int):
        squares = (points - points[row]) ** 2
        both = ~np.isnan(squares)
        squares = np.where(both, squares, 0.0)
        total, shared = squares.sum(axis=1), both.sum(axis=1)
        for column in range(n_columns):
            donors = ~np.isnan(points[:, column])
            donors[row] = False
            others = shared - both[:, column]
            donors &= others > 0
            if donors.sum() <= count:
                continue
            rest = total - squares[:, column]
            distances = rest[donors] / others[donors]
            order = np.argsort(distances)
            last, following = distances[order[count - 1]], distances[order[count]]
            # A difference of rounding is decided by rounding, too.
            if following - last <= 1e-12 * max(last, 1e-300):
                tied = points[donors, column][np.isclose(distances, last, rtol=1e-12, atol=0.0)]
                if np.ptp(tied) > 0:
                    return True
    return False


def has_close_rows(points: Any) -> bool:
    """Return whether squared distances, computed from squared lengths, lose more digits than weights may.

    Parameters
    ----------
    points : ndarray of shape (n_rows, n_columns), float64
        The stored rows, nan where missing.
    """
    n_rows, n_columns = points.shape
    lengths = np.nansum(points**2, axis=1)
    for row in np.linspace(0, n_rows - 1, min(n_rows, TRIED_ROWS)).astype(int):
        squares = (points - points[row]) ** 2
        both = ~np.isnan(squares)
        squares = np.where(both, squares, 0.0)
        total, known = squares.sum(axis=1), both.sum(axis=1)
        error = np.finfo(np.float64).eps * (lengths + lengths[row])
        for column in range(n_columns):
            shared = known > both[:, column]
            shared[row] = False
            rest = total - squares[:, column]
            if (error[shared] > LOST_DIGITS * rest[shared]).any():
                return True
    return False


def _nan_distances(build: GraphBuilder, values: str, missing: str, known: Any, absent: Any) -> str:
    """Add the distances to the stored rows, shape (n_rows, n_stored); infinite where no column is known of both."""
    zero, one = build.constant([[0.0]]), build.constant([[1.0]])
    gone = build.number(missing)
    filled = build.node("Where", missing, zero, values)
    squares = build.node("Mul", filled, filled)
    products = build.node("MatMul", filled, build.constant(-2 * known.T))
    total = build.node("Add", products, build.row_sum(squares))
    total = build.node("Add", total, build.constant((known**2).sum(axis=1).reshape(1, -1)))
    total = build.node("Max", total, zero)
    total = build.node("Sub", total, build.node("MatMul", squares, build.constant(absent.T.astype(np.float64))))
    total = build.node("Sub", total, build.node("MatMul", gone, build.constant((known**2).T)))
    total = build.node("Max", total, zero)
    present = build.node("MatMul", build.node("Sub", one, gone), build.constant((~absent).T.astype(np.float64)))
    scaled = build.node("Div", total, build.node("Max", present, one))
    scaled = build.node("Mul", scaled, build.constant([[float(known.shape[1])]]))
    far = build.constant([[np.inf]])
    return build.node("Where", build.node("Equal", present, zero), far, build.node("Sqrt", scaled))


def _mean_of_nearest(build: GraphBuilder, distances: str, donors: Any, numbers: Any, estimator: Any) -> str:
    """Add the weighted mean of the nearest donors' numbers, shape (n_rows, 1); of all if none has a distance."""
    count = build.constant([min(estimator.n_neighbors, len(donors))], np.int64)
    near, places = build.nodes_of(
        "TopK", build.gather(distances, donors.tolist()), count, outputs=2, axis=1, largest=0, sorted=1
    )
    zero, one, far = build.constant([[0.0]]), build.constant([[1.0]]), build.constant([[np.inf]])
    known = build.number(build.node("Less", near, far))
    if estimator.weights == "distance":
        same = build.node("Equal", near, zero)
        exists = build.node("Greater", build.row_sum(build.number(same)), zero)
        shares = build.node("Div", one, build.node("Where", same, one, near))
        weights = build.node("Mul", build.node("Where", exists, build.number(same), shares), known)
    else:
        weights = known
    taken = build.node("Gather", build.constant(numbers), places, axis=0)
    total = build.row_sum(weights)
    none = build.node("Equal", total, zero)
    mean = build.node("Div", build.row_sum(build.node("Mul", weights, taken)), build.node("Where", none, one, total))
    return build.node("Where", none, build.constant([[float(numbers.mean())]]), mean)
