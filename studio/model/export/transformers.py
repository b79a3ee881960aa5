"""Transformers of users' pipelines: each takes a table of columns and gives one."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from studio.model.export.encoders import transform_by_column
from studio.model.export.functions import transform_function, transform_power, transform_quantiles
from studio.model.export.imputers import transform_imputer, transform_indicator, transform_neighbours
from studio.model.export.nodes import GraphBuilder
from studio.model.export.scalers import (
    affine,
    transform_binarizer,
    transform_max_abs,
    transform_min_max,
    transform_normalizer,
    transform_robust,
    transform_standard,
)
from studio.model.export.splines import transform_splines
from studio.model.export.tables import (
    Table,
    join_tables,
    number_table,
)
from studio.model.export.vectorizers import transform_counted, transform_weights

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
    return affine(table, factor=np.full(len(table), float(weight)))


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
    "CountedTexts": transform_counted,
    "TfidfTransformer": transform_weights,
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
    "KNNImputer": transform_neighbours,
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
    "SplineTransformer": transform_splines,
    "KMeans": transform_distances,
    "MiniBatchKMeans": transform_distances,
    "BisectingKMeans": transform_distances,
    "FeatureAgglomeration": transform_agglomeration,
}
