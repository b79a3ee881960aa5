"""Decision jungles for two or more classes: scikit-learn's random forests with narrow trees."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import (
    MAX_DEPTH,
    MAX_LEAVES,
    MAX_SPLITS,
    MAX_TREES,
    SINGLE,
    SWEPT,
    TRAINER_MODE,
    UNKNOWN_VALUES,
    Learner,
)
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.trained import TrainingShape

RESAMPLING, BAGGING = "Resampling method", "Bagging Resampling"
DAGS, DEPTH = "Number of decision DAGs", "Maximum depth of the decision DAGs"
WIDTH, STEPS = "Maximum width of the decision DAGs", "Number of optimization steps per decision DAG layer"
RANGES = {f"Range for {name[0].lower()}{name[1:]}": name for name in (DAGS, DEPTH, WIDTH, STEPS)}
DAGS_RANGE, DEPTH_RANGE, WIDTH_RANGE, STEPS_RANGE = RANGES


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the forest; a tree with so many leaves has no layer that is wider."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=properties[DAGS],
        max_depth=properties[DEPTH],
        max_leaf_nodes=max(2, properties[WIDTH]),
        bootstrap=properties[RESAMPLING] == BAGGING,
        # In threads, sums over trees would come in another order each time, and differ in their last digits.
        random_state=0,
    )


MODULES = tuple(
    Learner(
        name=name,
        family="",
        task=task,
        properties=(
            TRAINER_MODE,
            Property(RESAMPLING, Kind.CHOICE, BAGGING, choices=(BAGGING, "Replicate Resampling")),
            Property(DAGS, Kind.INTEGER, 8, 1, MAX_TREES, when=SINGLE),
            Property(DEPTH, Kind.INTEGER, 32, 1, MAX_DEPTH, when=SINGLE),
            Property(WIDTH, Kind.INTEGER, 128, 1, MAX_LEAVES, when=SINGLE),
            Property(STEPS, Kind.INTEGER, 2048, 1, MAX_SPLITS, when=SINGLE),
            Property(DAGS_RANGE, Kind.RANGE, (1, 8, 32), 1, MAX_TREES, when=SWEPT),
            Property(DEPTH_RANGE, Kind.RANGE, (1, 16, 64), 1, MAX_DEPTH, when=SWEPT),
            Property(WIDTH_RANGE, Kind.RANGE, (32, 128, 512), 1, MAX_LEAVES, when=SWEPT),
            Property(STEPS_RANGE, Kind.RANGE, (1024, 4096, 16_384), 1, MAX_SPLITS, when=SWEPT),
            UNKNOWN_VALUES,
        ),
        build=build,
        library="RandomForestClassifier (max_leaf_nodes)",
        ranges=RANGES,
        notes=(
            "A random forest, not a jungle: its trees do not merge branches. The maximum width limits the leaves of a "
            "tree, so that a model is about as small as the original's.",
            "Number of optimization steps per decision DAG layer is accepted but has no effect.",
        ),
    ).module()
    for name, task in (("Two-Class Decision Jungle", TWO_CLASS), ("Multiclass Decision Jungle", MULTICLASS))
)
