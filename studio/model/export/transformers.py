"""Transformers of users' pipelines: each takes a table of columns and gives one.

What a transformer does to a category is asked of the fitted transformer itself, code by code, and becomes a look-up.
"""

import math
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
from studio.model.scikit.columns import UNSEEN

Transformer = Callable[[Table, Any], Table]
MAX_PRODUCTS = 2_000


def transform(table: Table, estimator: Any) -> Table:
    """Add a fitted transformer; NotImplementedError if it has no exporter."""
    if estimator is None or isinstance(estimator, str):
        if estimator == "drop":
            return table.take([])
        return table
    name = type(estimator).__name__
    if name in TRANSFORMERS:
        return TRANSFORMERS[name](table, estimator)
    if hasattr(estimator, "get_support"):
        return table.take(estimator.get_support(indices=True).tolist())
    if hasattr(estimator, "best_estimator_"):
        return transform(table, estimator.best_estimator_)
    raise NotImplementedError(f"{name} has no exporter")


def transform_pipeline(table: Table, estimator: Any) -> Table:
    """Add the steps of a pipeline one after the other."""
    for _, step in estimator.steps:
        table = transform(table, step)
    return table


def transform_columns(table: Table, estimator: Any) -> Table:
    """Add a ColumnTransformer."""
    parts = []
    for name, step, _ in estimator.transformers_:
        positions = list(estimator._transformer_to_input_indices.get(name, []))
        if len(positions) and not (isinstance(step, str) and step == "drop"):
            parts.append(_weighted(transform(table.take(positions), step), estimator.transformer_weights, name))
    return join_tables(table.build, parts)


def transform_union(table: Table, estimator: Any) -> Table:
    """Add a FeatureUnion."""
    parts = [
        _weighted(transform(table, step), estimator.transformer_weights, name)
        for name, step in estimator.transformer_list
        if step != "drop"
    ]
    return join_tables(table.build, parts)


def _weighted(table: Table, weights: Any, name: str) -> Table:
    weight = (weights or {}).get(name)
    if weight is None:
        return table
    return _affine(table, factor=np.full(len(table), float(weight)))


def _affine(table: Table, *, less: Any = None, divisor: Any = None, factor: Any = None, plus: Any = None) -> Table:
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
    return _affine(
        table,
        less=estimator.mean_ if estimator.with_mean else None,
        divisor=estimator.scale_ if estimator.with_std else None,
    )


def transform_min_max(table: Table, estimator: Any) -> Table:
    """Add a MinMaxScaler."""
    scaled = _affine(table, factor=estimator.scale_, plus=estimator.min_)
    return _clip(scaled, *map(float, estimator.feature_range)) if estimator.clip else scaled


def transform_max_abs(table: Table, estimator: Any) -> Table:
    """Add a MaxAbsScaler."""
    scaled = _affine(table, divisor=estimator.scale_)
    return _clip(scaled, -1.0, 1.0) if getattr(estimator, "clip", False) else scaled


def transform_robust(table: Table, estimator: Any) -> Table:
    """Add a RobustScaler."""
    return _affine(
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


def transform_polynomial(table: Table, estimator: Any) -> Table:
    """Add PolynomialFeatures: each product from one of a degree less."""
    build, values = table.build, table.dense
    made: dict[tuple[int, ...], str] = {}
    if len(estimator.powers_) > MAX_PRODUCTS:
        raise NotImplementedError(f"PolynomialFeatures with {len(estimator.powers_):,} products has no exporter")
    names, one = [], build.constant([[1.0]])
    first = build.gather(values, [0])
    ones = build.node("Add", build.node("Mul", build.number(build.node("IsNaN", first)), build.constant([[0.0]])), one)
    degrees: dict[int, list[tuple[int, ...]]] = {}
    order = []
    for powers in estimator.powers_.tolist():
        factors = tuple(index for index, power in enumerate(powers) for _ in range(power))
        order.append(factors)
        degrees.setdefault(len(factors), []).append(factors)
    for factors in order:
        names.append(ones if not factors else _product(build, values, factors, made))
    return number_table(build, build.join(names), len(names))


def _product(build: GraphBuilder, values: str, factors: tuple[int, ...], made: dict[tuple[int, ...], str]) -> str:
    if factors not in made:
        column = build.gather(values, [factors[-1]])
        made[factors] = (
            column if len(factors) == 1 else build.node("Mul", _product(build, values, factors[:-1], made), column)
        )
    return made[factors]


def transform_bins(table: Table, estimator: Any) -> Table:
    """Add a KBinsDiscretizer: the number of a value's bin, or one column for each bin."""
    build, parts = table.build, []
    for index, edges in enumerate(estimator.bin_edges_):
        inner = np.asarray(edges[1:-1], dtype=np.float64)
        column = table.take([index]).dense
        reached = (
            build.row_sum(build.number(build.node("GreaterOrEqual", column, build.constant([inner]))))
            if len(inner)
            else build.node("Mul", column, build.constant([[0.0]]))
        )
        if estimator.encode == "ordinal":
            parts.append(reached)
        else:
            numbers = np.arange(len(edges) - 1, dtype=np.float64)
            parts.append(build.number(build.node("Equal", reached, build.constant([numbers]))))
    width = len(parts) if estimator.encode == "ordinal" else int(sum(len(edges) - 1 for edges in estimator.bin_edges_))
    return number_table(build, build.join(parts), width)


def transform_components(table: Table, estimator: Any) -> Table:
    """Add a projection onto components: PCA, IncrementalPCA, TruncatedSVD, FastICA, random projections."""
    build, values = table.build, table.dense
    mean = getattr(estimator, "mean_", None)
    if mean is not None:
        values = build.node("Sub", values, build.constant(np.asarray(mean).reshape(1, -1)))
    components = estimator.components_
    weights = np.asarray(components.toarray() if hasattr(components, "toarray") else components, dtype=np.float64).T
    values = build.node("MatMul", values, build.constant(weights))
    if getattr(estimator, "whiten", False) and hasattr(estimator, "explained_variance_"):
        scale = np.sqrt(estimator.explained_variance_)
        small = np.finfo(np.float64).eps
        values = build.node("Div", values, build.constant(np.maximum(scale, small).reshape(1, -1)))
    return number_table(build, values, weights.shape[1])


def transform_discriminant(table: Table, estimator: Any) -> Table:
    """Add the projection of a LinearDiscriminantAnalysis."""
    if estimator.solver not in ("svd", "eigen"):
        raise NotImplementedError("LinearDiscriminantAnalysis with this solver does not transform")
    build, width = table.build, int(estimator._max_components)
    values = table.dense
    if estimator.solver == "svd":
        values = build.node("Sub", values, build.constant(estimator.xbar_.reshape(1, -1)))
    values = build.node("MatMul", values, build.constant(estimator.scalings_[:, :width]))
    return number_table(build, values, min(width, estimator.scalings_.shape[1]))


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
    """Add a QuantileTransformer to the uniform distribution: the mean of interpolations from both sides."""
    if estimator.output_distribution != "uniform":
        raise NotImplementedError("QuantileTransformer to a normal distribution has no exporter")
    build, parts = table.build, []
    for index in range(len(table)):
        quantiles, references = estimator.quantiles_[:, index], estimator.references_
        column = table.take([index]).dense
        up = interpolate(build, column, quantiles, references, right=True)
        down = interpolate(build, column, quantiles, references, right=False)
        half = build.node("Mul", build.node("Add", up, down), build.constant([[0.5]]))
        low = build.node("Equal", column, build.constant([[float(quantiles[0])]]))
        high = build.node("Equal", column, build.constant([[float(quantiles[-1])]]))
        half = build.node("Where", high, build.constant([[1.0]]), half)
        parts.append(build.node("Where", low, build.constant([[0.0]]), half))
    return number_table(build, build.join(parts), len(parts))


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


def transform_sampler(table: Table, estimator: Any) -> Table:
    """Add an RBFSampler."""
    build = table.build
    turned = build.node("MatMul", table.dense, build.constant(estimator.random_weights_))
    turned = build.node("Cos", build.node("Add", turned, build.constant(estimator.random_offset_.reshape(1, -1))))
    width = estimator.random_weights_.shape[1]
    return number_table(build, build.node("Mul", turned, build.constant([[math.sqrt(2.0 / width)]])), width)


def transform_distances(table: Table, estimator: Any) -> Table:
    """Add the distances to the centres of clusters."""
    build, squares = table.build, []
    for centre in np.asarray(estimator.cluster_centers_, dtype=np.float64):
        difference = build.node("Sub", table.dense, build.constant([centre]))
        squares.append(build.row_sum(build.node("Mul", difference, difference)))
    return number_table(build, build.node("Sqrt", build.join(squares)), len(squares))


def transform_agglomeration(table: Table, estimator: Any) -> Table:
    """Add a FeatureAgglomeration that takes means."""
    if getattr(estimator.pooling_func, "__name__", "") != "mean":
        raise NotImplementedError("FeatureAgglomeration with this function has no exporter")
    weights = np.zeros((len(table), len(np.unique(estimator.labels_))))
    weights[np.arange(len(table)), estimator.labels_] = 1.0
    weights /= weights.sum(axis=0)
    build = table.build
    return number_table(build, build.node("MatMul", table.dense, build.constant(weights)), weights.shape[1])


TRANSFORMERS: dict[str, Transformer] = {
    "Pipeline": transform_pipeline,
    "ColumnTransformer": transform_columns,
    "FeatureUnion": transform_union,
    "StandardScaler": transform_standard,
    "MinMaxScaler": transform_min_max,
    "MaxAbsScaler": transform_max_abs,
    "RobustScaler": transform_robust,
    "Normalizer": transform_normalizer,
    "Binarizer": transform_binarizer,
    "SimpleImputer": transform_imputer,
    "MissingIndicator": transform_indicator,
    "OneHotEncoder": transform_by_column,
    "OrdinalEncoder": transform_by_column,
    "TargetEncoder": transform_by_column,
    "PolynomialFeatures": transform_polynomial,
    "KBinsDiscretizer": transform_bins,
    "PCA": transform_components,
    "IncrementalPCA": transform_components,
    "TruncatedSVD": transform_components,
    "FastICA": transform_components,
    "GaussianRandomProjection": transform_components,
    "SparseRandomProjection": transform_components,
    "NeighborhoodComponentsAnalysis": transform_components,
    "LinearDiscriminantAnalysis": transform_discriminant,
    "FunctionTransformer": transform_function,
    "PowerTransformer": transform_power,
    "QuantileTransformer": transform_quantiles,
    "RBFSampler": transform_sampler,
    "KMeans": transform_distances,
    "MiniBatchKMeans": transform_distances,
    "BisectingKMeans": transform_distances,
    "FeatureAgglomeration": transform_agglomeration,
}
