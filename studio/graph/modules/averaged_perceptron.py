"""Two-Class Averaged Perceptron: scikit-learn's SGDClassifier with the perceptron's loss, calibrated."""

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

RATE, ITERATIONS = "Initial learning rate", "Maximum number of iterations"
RANGES = {"Range for initial learning rate": RATE, "Range for maximum number of iterations": ITERATIONS}


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the averaged perceptron, with a sigmoid that turns its sums into probabilities."""
    from sklearn.linear_model import SGDClassifier

    perceptron = SGDClassifier(
        loss="perceptron",
        penalty=None,
        average=True,
        learning_rate="constant",
        eta0=properties[RATE],
        max_iter=properties[ITERATIONS],
        tol=None,
        random_state=seed_of(properties),
    )
    return calibrated(perceptron, shape)


MODULES = (
    Learner(
        name="Two-Class Averaged Perceptron",
        family="5ed44caa5360407dae6c7a88c491474a",
        task=TWO_CLASS,
        properties=(
            TRAINER_MODE,
            Property(RATE, Kind.NUMBER, 1.0, above=0, when=SINGLE),
            Property(ITERATIONS, Kind.INTEGER, 10, 1, MAX_ITERATIONS, when=SINGLE),
            Property("Range for initial learning rate", Kind.RANGE, (0.1, 0.5, 1.0), above=0, when=SWEPT),
            Property("Range for maximum number of iterations", Kind.RANGE, (1, 10), 1, MAX_ITERATIONS, when=SWEPT),
            SEED,
            UNKNOWN_LEVELS,
        ),
        build=build,
        library="SGDClassifier (perceptron loss, averaged) in CalibratedClassifierCV",
        scaling=Scaling.STANDARD,
        ranges=RANGES,
        notes=("Probabilities come from a sigmoid fitted by cross-validation on the training rows.",),
    ).module(),
)
