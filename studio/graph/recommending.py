"""What the recommender's modules share: triples of user, item and rating, and the traits of a trained model."""

from typing import Any

import numpy as np

from studio.graph.contract import Call
from studio.graph.dataset import Dataset
from studio.graph.training import feature_values
from studio.model.encoder import Feature
from studio.model.steps import category_key
from studio.model.trained import TrainedModel

LEARNER = "Matchbox Recommender (matrix factorization)"
USER, ITEM, RATING = "User", "Item", "Rating"
MAX_KEYS = 50_000


def check_columns(call: Call, dataset: Dataset, least: int, most: int, port: str) -> None:
    """Raise ModuleExecutionError 0022 unless the dataset has so many columns."""
    if not least <= len(dataset.columns) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise call.error(
            "0022",
            f"the dataset at '{port}' must have {wanted} columns (user, item, rating), got {len(dataset.columns)}.",
        )


def check_recommender(call: Call, model: TrainedModel) -> None:
    """Raise ModuleExecutionError 0013 unless Train Matchbox Recommender trained the model."""
    if model.untrained.learner != LEARNER:
        raise call.error(
            "0013", f"it needs a model of Train Matchbox Recommender, got one of {model.untrained.learner}."
        )


def keys_of(dataset: Dataset, place: int) -> list[str | None]:
    """Return the texts that identify the users or items in a column."""
    return [category_key(cell) for cell in dataset.cells(dataset.names[place])]


def traits_of(model: TrainedModel, side: int, keys: list[str | None]) -> Any:
    """Return the biases and traits of users (0) or items (1); zeros for those not seen in training."""
    estimator = model.pipeline.named_steps["estimator"]
    table = (estimator.users_, estimator.items_)[side]
    feature: Feature = model.encoder.categories[side]
    places = {key: place for place, key in enumerate(feature.categories or ())}
    whole = np.vstack([table, np.zeros((1, table.shape[1]))])
    return whole[[places.get(key or "", len(table)) for key in keys]]


def codes_of(model: TrainedModel, dataset: Dataset) -> Any:
    """Return the learner's inputs for the users and items in the first two columns."""
    parts = []
    for place, feature in enumerate(model.encoder.categories):
        column = dataset.columns[place]
        parts.append(feature_values(feature, dataset.frame[column.name], column.type))
    return np.column_stack(parts)
