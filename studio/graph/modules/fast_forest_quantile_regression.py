"""Fast Forest Quantile Regression: a random forest that keeps training labels in its leaves."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import (
    MAX_LEAVES,
    MAX_TREES,
    SEED,
    SINGLE,
    SWEPT,
    TRAINER_MODE,
    UNKNOWN_LEVELS,
    Learner,
    seed_of,
)
from studio.graph.properties import PropertyError
from studio.model.manifest import QUANTILES
from studio.model.trained import TrainingShape

MAX_SAMPLES, MAX_QUANTILES = 100_000, 100
TREES, LEAVES = "Number of Trees", "Number of Leaves"
LEAF_SIZE = "Minimum number of training instances required to form a leaf"
BAGGING, FEATURES, SPLIT = "Bagging fraction", "Feature fraction", "Split fraction"
SAMPLES, WANTED, WANTED_SWEPT = "Quantile sample count", "Quantiles to be estimated", "Required quantile values"
RANGES = {
    "Range for total number of trees constructed": TREES,
    "Range for maximum number of leaves per tree": LEAVES,
    "Range for minimum number of training instances required to form a leaf": LEAF_SIZE,
    "Range for bagging fraction": BAGGING,
    "Range for feature fraction": FEATURES,
    "Range for split fraction": SPLIT,
}
FRACTIONS = (0.25, 0.5, 0.75)


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the quantile forest."""
    from sklearn.ensemble import RandomForestRegressor

    from studio.model.estimators import QuantileForest

    forest = RandomForestRegressor(
        n_estimators=properties[TREES],
        max_leaf_nodes=properties[LEAVES],
        min_samples_leaf=properties[LEAF_SIZE],
        max_samples=properties[BAGGING],
        max_features=properties[FEATURES],
        random_state=seed_of(properties),
        n_jobs=-1,
    )
    return QuantileForest(forest, tuple(float(text) for text in quantiles(properties)), properties.get(SAMPLES, 100))


def quantiles(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the quantiles as written in the property."""
    text = properties.get(WANTED) or properties[WANTED_SWEPT]
    parts = tuple(part.strip() for part in text.replace(",", ";").split(";") if part.strip())
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not 0 < len(numbers) <= MAX_QUANTILES or not all(0 < number < 1 for number in numbers):
        raise PropertyError(
            "0002",
            f"{WANTED} must be up to {MAX_QUANTILES} numbers between 0 and 1, such as '0.25; 0.5; 0.75', "
            f"got {text[:200]!r}.",
        )
    return parts


MODULES = (
    Learner(
        name="Fast Forest Quantile Regression",
        family="b9064dc32d694e06b3076cebf324686a",
        task=QUANTILES,
        properties=(
            TRAINER_MODE,
            Property(TREES, Kind.INTEGER, 100, 1, MAX_TREES, when=SINGLE),
            Property(LEAVES, Kind.INTEGER, 20, 2, MAX_LEAVES, when=SINGLE),
            Property(LEAF_SIZE, Kind.INTEGER, 10, 1, when=SINGLE),
            Property(BAGGING, Kind.NUMBER, 0.7, maximum=1, above=0, when=SINGLE),
            Property(FEATURES, Kind.NUMBER, 0.7, maximum=1, above=0, when=SINGLE),
            Property(SPLIT, Kind.NUMBER, 0.7, maximum=1, above=0, when=SINGLE),
            Property(SAMPLES, Kind.INTEGER, 100, 1, MAX_SAMPLES, when=SINGLE),
            Property(WANTED, Kind.TEXT, "0.25; 0.5; 0.75", when=SINGLE),
            SEED,
            UNKNOWN_LEVELS,
            Property("Range for total number of trees constructed", Kind.RANGE, (16, 32, 64), 1, MAX_TREES, when=SWEPT),
            Property(
                "Range for maximum number of leaves per tree", Kind.RANGE, (16, 32, 64), 2, MAX_LEAVES, when=SWEPT
            ),
            Property(
                "Range for minimum number of training instances required to form a leaf",
                Kind.RANGE,
                (1, 5, 10),
                1,
                when=SWEPT,
            ),
            Property("Range for bagging fraction", Kind.RANGE, FRACTIONS, maximum=1, above=0, when=SWEPT),
            Property("Range for feature fraction", Kind.RANGE, FRACTIONS, maximum=1, above=0, when=SWEPT),
            Property("Range for split fraction", Kind.RANGE, FRACTIONS, maximum=1, above=0, when=SWEPT),
            Property(WANTED_SWEPT, Kind.TEXT, "0.25; 0.5; 0.75", when=SWEPT),
        ),
        build=build,
        library="studio.model.estimators.QuantileForest on RandomForestRegressor",
        ranges=RANGES,
        labels=quantiles,
        notes=(
            "Quantile sample count is the most labels a leaf keeps, evenly spaced among its sorted labels.",
            "Split fraction is accepted but has no effect: each split draws its columns by Feature fraction.",
        ),
    ).module(),
)
