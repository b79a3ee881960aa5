"""Vectorizers in the graph: the encoder has counted the tokens, the graph weighs them."""

from types import SimpleNamespace
from typing import Any

from studio.model.export.nodes import GraphBuilder
from studio.model.export.scalers import transform_normalizer
from studio.model.export.tables import Table, TextColumn, number_table


def transform_counted(table: Table, estimator: Any) -> Table:
    """Add the weighted counts of a column of texts (CountedTexts, which stands for a vectorizer)."""
    (column,) = table.columns
    if not isinstance(column, TextColumn):
        raise NotImplementedError("a vectorizer of what is no column of texts has no exporter")
    places = list(range(estimator.start, estimator.start + estimator.width))
    counts = number_table(table.build, table.build.gather(column.matrix, places), estimator.width)
    return transform_weights(counts, estimator.weights_)


def transform_weights(table: Table, estimator: Any) -> Table:
    """Add a TfidfTransformer."""
    build, values, width = table.build, table.dense, len(table)
    if estimator.sublinear_tf:
        values = _logarithms(build, values)
    if estimator.use_idf:
        values = build.node("Mul", values, build.constant(estimator.idf_.reshape(1, -1)))
    weighed = number_table(build, values, width)
    return weighed if estimator.norm is None else transform_normalizer(weighed, SimpleNamespace(norm=estimator.norm))


def _logarithms(build: GraphBuilder, values: str) -> str:
    """Add 1 + log(count); 0 stays."""
    zero, one = build.constant([[0.0]]), build.constant([[1.0]])
    absent = build.node("Equal", values, zero)
    safe = build.node("Where", absent, one, values)
    return build.node("Where", absent, zero, build.node("Add", build.node("Log", safe), one))
