"""Train Matchbox Recommender: learn from ratings which items users will like, by matrix factorisation."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.recommending import LEARNER, MAX_KEYS, check_columns, keys_of
from studio.graph.training import TrainingData, feature_values, fit_model
from studio.model.computed import ComputedColumn, make_encoder
from studio.model.encoder import Feature
from studio.model.manifest import REGRESSION
from studio.model.trained import TrainingShape, UntrainedModel
from studio.tables.schema import ColumnType

PORT = "Training dataset of user-item-rating triples"
TRAITS, ITERATIONS = "Number of traits", "Number of recommendation algorithm iterations"
MAX_TRAITS, MAX_ITERATIONS = 200, 1000


def build(n_users: int, properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator."""
    from studio.model.factorization import MatrixFactorization

    return MatrixFactorization(n_users, properties[TRAITS], properties[ITERATIONS])


def run(call: Call) -> tuple[Any, ...]:
    """Fit the factors to the rows that have a user, an item and a rating."""
    dataset: Dataset = call.inputs[PORT]
    check_columns(call, dataset, 3, 3, PORT)
    rating = dataset.columns[2]
    if not rating.type.is_numeric or rating.type is ColumnType.DATETIME or rating.categorical:
        raise call.error("0018", f"the third column, '{rating.name}', must hold ratings as numbers.")
    if any(isinstance(column.plan, ComputedColumn) for column in dataset.columns[:2]):
        raise call.error("0018", "users and items must be columns of the data, not computed by modules before.")
    known = np.flatnonzero(dataset.frame.notna().all(axis=1).to_numpy())
    if not len(known):
        raise call.error("0021", "no row has a user, an item and a rating.")
    rows = dataset.with_rows(known)
    features = [_feature(call, rows, place) for place in (0, 1)]
    encoder = make_encoder(
        [column.plan for column in rows.columns[:2]],
        [(column.plan, feature) for column, feature in zip(rows.columns, features, strict=False)],
    )
    inputs = np.column_stack(
        [
            feature_values(feature, rows.frame[column.name], column.type)
            for column, feature in zip(rows.columns, features, strict=False)
        ]
    )
    if len(np.unique(inputs, axis=0)) < len(inputs):
        raise call.error("0034", "a user has rated an item more than once. Use Remove Duplicate Rows before.")
    untrained = UntrainedModel(
        learner=LEARNER,
        task=REGRESSION,
        properties=dict(call.properties),
        build=partial(build, len(features[0].categories or ())),
        sparse=True,
    )
    target = rows.frame[rating.name].to_numpy(dtype=np.float64)
    data = TrainingData(rows, encoder, inputs, inputs, rating.plan.column, (), target)
    return (fit_model(call, untrained, data),)


def _feature(call: Call, dataset: Dataset, place: int) -> Feature:
    keys = sorted({key for key in keys_of(dataset, place) if key is not None})
    if len(keys) > MAX_KEYS:
        raise call.error("0007", f"at most {MAX_KEYS:,} users and items are accepted, got {len(keys):,}.")
    return Feature(dataset.names[place], tuple(keys))


MODULES = (
    Module(
        name="Train Matchbox Recommender",
        family="",
        inputs=(Port(PORT, PortType.DATASET),),
        outputs=(Port("Trained Matchbox recommender", PortType.TRAINED),),
        properties=(
            Property(TRAITS, Kind.INTEGER, 10, 1, MAX_TRAITS),
            Property(ITERATIONS, Kind.INTEGER, 5, 1, MAX_ITERATIONS),
            Property("Number of training batches", Kind.INTEGER, 4, 1),
        ),
        run=run,
        library="studio.model.factorization.MatrixFactorization",
        notes=(
            "Matrix factorisation by alternating least squares in place of Matchbox: users and items have no features, "
            "so the original's ports for these are not there, and a user or item without ratings gets the mean.",
            "The first three columns are user, item and rating. A web service of the model predicts ratings of users "
            "and items, in its graph; items are recommended by Score Matchbox Recommender in an experiment.",
            "The number of training batches has no effect.",
        ),
    ),
)
