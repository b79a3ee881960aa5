"""Decision forests for all three tasks: scikit-learn's random forests."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import (
    MAX_DEPTH,
    MAX_SPLITS,
    MAX_TREES,
    SINGLE,
    SWEPT,
    TRAINER_MODE,
    UNKNOWN_VALUES,
    Build,
    Learner,
)
from studio.model.manifest import MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.trained import TrainingShape

RESAMPLING, BAGGING = "Resampling method", "Bagging Resampling"
TREES, DEPTH = "Number of decision trees", "Maximum depth of the decision trees"
SPLITS, LEAF_SIZE = "Number of random splits per node", "Minimum number of samples per leaf node"
RANGES = {
    "Range for number of decision trees": TREES,
    "Range for the maximum depth of the decision trees": DEPTH,
    "Range for the number of random splits per node": SPLITS,
    "Range for the minimum number of samples per leaf node": LEAF_SIZE,
}
PROPERTIES = (
    TRAINER_MODE,
    Property(RESAMPLING, Kind.CHOICE, BAGGING, choices=(BAGGING, "Replicate Resampling")),
    Property(TREES, Kind.INTEGER, 8, 1, MAX_TREES, when=SINGLE),
    Property(DEPTH, Kind.INTEGER, 32, 1, MAX_DEPTH, when=SINGLE),
    Property(SPLITS, Kind.INTEGER, 128, 1, MAX_SPLITS, when=SINGLE),
    Property(LEAF_SIZE, Kind.INTEGER, 1, 1, when=SINGLE),
    Property("Range for number of decision trees", Kind.RANGE, (1, 8, 32), 1, MAX_TREES, when=SWEPT),
    Property("Range for the maximum depth of the decision trees", Kind.RANGE, (1, 16, 64), 1, MAX_DEPTH, when=SWEPT),
    Property("Range for the number of random splits per node", Kind.RANGE, (1, 128, 1024), 1, MAX_SPLITS, when=SWEPT),
    Property("Range for the minimum number of samples per leaf node", Kind.RANGE, (1, 4, 16), 1, when=SWEPT),
    UNKNOWN_VALUES,
)
NOTES = (
    "Number of random splits per node is the number of columns considered at each split, at most all columns.",
    "Bagging draws rows with replacement for each tree; Replicate trains every tree on all rows.",
)


def build_classifier(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the classifier."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(**_arguments(properties, shape))


def build_regressor(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the regressor."""
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(**_arguments(properties, shape))


def _arguments(properties: Mapping[str, Any], shape: TrainingShape) -> dict[str, Any]:
    return {
        "n_estimators": properties[TREES],
        "max_depth": properties[DEPTH],
        "max_features": min(properties[SPLITS], shape.columns),
        "min_samples_leaf": properties[LEAF_SIZE],
        "bootstrap": properties[RESAMPLING] == BAGGING,
        "random_state": 0,
        "n_jobs": -1,
    }


LEARNERS: tuple[tuple[str, str, str, Build, str], ...] = (
    (
        "Two-Class Decision Forest",
        "5a7d5466992840c8a19cd5de4882c77e",
        TWO_CLASS,
        build_classifier,
        "RandomForestClassifier",
    ),
    (
        "Multiclass Decision Forest",
        "5e70108d2e4445d986e894f37c68fe86",
        MULTICLASS,
        build_classifier,
        "RandomForestClassifier",
    ),
    (
        "Decision Forest Regression",
        "562988b2e7404e3a8131358391bad755",
        REGRESSION,
        build_regressor,
        "RandomForestRegressor",
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
