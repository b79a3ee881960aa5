"""Boosted decision trees for all three tasks: scikit-learn's histogram gradient boosting."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import (
    EARLY_NOTE,
    EARLY_STOPPING,
    MAX_TREES,
    SEED,
    SINGLE,
    SWEPT,
    TRAINER_MODE,
    UNKNOWN_LEVELS,
    Build,
    Learner,
    early_stopping,
    seed_of,
)
from studio.model.manifest import MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.trained import TrainingShape

LEAVES = "Maximum number of leaves per tree"
LEAF_SIZE = "Minimum number of training instances required to form a leaf"
RATE, TREES = "The learning rate", "Total number of trees constructed"
RANGES = {
    "Range for maximum number of leaves per tree": LEAVES,
    "Range for minimum number of training instances required to form a leaf": LEAF_SIZE,
    "Range for learning rate": RATE,
    "Range for total number of trees constructed": TREES,
}
PROPERTIES = (
    TRAINER_MODE,
    Property(LEAVES, Kind.INTEGER, 20, 2, 131072, when=SINGLE),
    Property(LEAF_SIZE, Kind.INTEGER, 10, 1, when=SINGLE),
    Property(RATE, Kind.NUMBER, 0.2, maximum=1, above=0, when=SINGLE),
    Property(TREES, Kind.INTEGER, 100, 1, MAX_TREES, when=SINGLE),
    Property("Range for maximum number of leaves per tree", Kind.RANGE, (2, 8, 32, 128), 2, 131072, when=SWEPT),
    Property(
        "Range for minimum number of training instances required to form a leaf",
        Kind.RANGE,
        (1, 10, 50),
        1,
        when=SWEPT,
    ),
    Property("Range for learning rate", Kind.RANGE, (0.025, 0.05, 0.1, 0.2, 0.4), maximum=1, above=0, when=SWEPT),
    Property("Range for total number of trees constructed", Kind.RANGE, (20, 100, 500), 1, MAX_TREES, when=SWEPT),
    *EARLY_STOPPING,
    SEED,
    UNKNOWN_LEVELS,
)
NOTES = (
    "Each split learns which branch missing numbers take. The loss after each tree is in evaluation.json.",
    EARLY_NOTE,
)


def build_classifier(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the classifier."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(**_arguments(properties, shape))


def build_regressor(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the regressor."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(**_arguments(properties, shape))


def _arguments(properties: Mapping[str, Any], shape: TrainingShape) -> dict[str, Any]:
    return {
        "max_leaf_nodes": properties[LEAVES],
        "min_samples_leaf": properties[LEAF_SIZE],
        "learning_rate": properties[RATE],
        "max_iter": properties[TREES],
        "random_state": seed_of(properties),
    } | early_stopping(properties, shape)


LEARNERS: tuple[tuple[str, str, str, Build, str], ...] = (
    (
        "Two-Class Boosted Decision Tree",
        "e3c522f853d948298ea45c6a6b75330c",
        TWO_CLASS,
        build_classifier,
        "HistGradientBoostingClassifier",
    ),
    (
        "MultiClass Boosted Decision Tree",
        "1d67b73134d74adbbc2aa8844cd1bd2d",
        MULTICLASS,
        build_classifier,
        "HistGradientBoostingClassifier",
    ),
    (
        "Boosted Decision Tree Regression",
        "0207d2526c414c7784c373bdf1ac5960",
        REGRESSION,
        build_regressor,
        "HistGradientBoostingRegressor",
    ),
)
MODULES = tuple(
    Learner(
        name=name,
        family=family,
        task=task,
        properties=PROPERTIES,
        build=build,
        library=library,
        ranges=RANGES,
        notes=NOTES,
    ).module()
    for name, family, task, build, library in LEARNERS
)
