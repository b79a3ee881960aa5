"""Two-Class Support Vector Machine: scikit-learn's SGDClassifier with the hinge loss, calibrated."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import (
    MAX_ITERATIONS,
    SEED,
    SINGLE,
    SWEPT,
    TRAINER_MODE,
    UNKNOWN_LEVELS,
    Learner,
    calibrated,
    seed_of,
)
from studio.model.manifest import TWO_CLASS
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

ITERATIONS, WEIGHT = "Number of iterations", "The value lambda"
NORMALIZE, UNIT_BALL = "Normalize the features", "Perform a projection to the unit-ball"
RANGES = {"Range for number of iterations": ITERATIONS, "Range for lambda": WEIGHT}


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the linear machine with a sigmoid on top; projecting to the unit sphere scales each row to length 1."""
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import Normalizer

    machine = SGDClassifier(
        loss="hinge",
        alpha=properties[WEIGHT],
        max_iter=properties[ITERATIONS],
        tol=None,
        average=True,
        random_state=seed_of(properties),
    )
    whole = Pipeline([("unit_ball", Normalizer()), ("linear", machine)]) if properties[UNIT_BALL] else machine
    return calibrated(whole, shape)


MODULES = (
    Learner(
        name="Two-Class Support Vector Machine",
        family="12d8479b74b44e67b8ded32867380e20",
        task=TWO_CLASS,
        properties=(
            TRAINER_MODE,
            Property(ITERATIONS, Kind.INTEGER, 10, 1, MAX_ITERATIONS, when=SINGLE),
            Property("Range for number of iterations", Kind.RANGE, (1, 10, 100), 1, MAX_ITERATIONS, when=SWEPT),
            Property(WEIGHT, Kind.NUMBER, 0.001, above=0, when=SINGLE),
            Property("Range for lambda", Kind.RANGE, (0.00001, 0.0001, 0.001, 0.01, 0.1), above=0, when=SWEPT),
            Property(NORMALIZE, Kind.BOOLEAN, True),
            Property(UNIT_BALL, Kind.BOOLEAN, False),
            SEED,
            UNKNOWN_LEVELS,
        ),
        build=build,
        library="SGDClassifier (hinge loss) in CalibratedClassifierCV",
        scaling=lambda properties: Scaling.STANDARD if properties[NORMALIZE] else Scaling.IMPUTED,
        ranges=RANGES,
        notes=("A linear machine, as in the original; probabilities come from a sigmoid fitted by cross-validation.",),
    ).module(),
)
