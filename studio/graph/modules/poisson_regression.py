"""Poisson Regression: scikit-learn's PoissonRegressor."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import SEED, SINGLE, SWEPT, TRAINER_MODE, UNKNOWN_LEVELS, learner_module
from studio.model.manifest import REGRESSION
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

TOLERANCE = (
    "Tolerance parameter for optimization convergence the lower the value the slower and more accurate the fitting"
)
L1, L2 = "L1 regularization weight", "L2 regularization weight"
MEMORY = "Memory size for L-BFGS the lower the value the faster and less accurate the training"
MAX_ITERATIONS = 1000
RANGES = {
    "Range for optimization tolerance": TOLERANCE,
    "Range for L1 regularization weight": L1,
    "Range for L2 regularization weight": L2,
    "Range for memory size for L-BFGS the lower the value the faster and less accurate the training": MEMORY,
}


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator; the original weighs the sum over the rows, scikit-learn their mean."""
    from sklearn.linear_model import PoissonRegressor

    alpha = (properties[L1] + properties[L2]) / shape.rows
    return PoissonRegressor(alpha=alpha, tol=properties[TOLERANCE], max_iter=MAX_ITERATIONS)


MODULES = (
    learner_module(
        "Poisson Regression",
        "80e21b9d382740d8b733b53148becbc2",
        REGRESSION,
        (
            TRAINER_MODE,
            Property(TOLERANCE, Kind.NUMBER, 1e-07, above=0, when=SINGLE),
            Property(L1, Kind.NUMBER, 1.0, 0, when=SINGLE),
            Property(L2, Kind.NUMBER, 1.0, 0, when=SINGLE),
            Property(MEMORY, Kind.INTEGER, 20, 1, when=SINGLE),
            Property("Range for optimization tolerance", Kind.RANGE, (0.00001, 0.00000001), above=0, when=SWEPT),
            Property("Range for L1 regularization weight", Kind.RANGE, (0.0, 0.01, 0.1, 1.0), 0, when=SWEPT),
            Property("Range for L2 regularization weight", Kind.RANGE, (0.01, 0.1, 1.0), 0, when=SWEPT),
            Property(
                "Range for memory size for L-BFGS the lower the value the faster and less accurate the training",
                Kind.RANGE,
                (5, 20, 50),
                1,
                when=SWEPT,
            ),
            SEED,
            UNKNOWN_LEVELS,
        ),
        build,
        library="PoissonRegressor",
        scaling=Scaling.STANDARD,
        sparse=True,
        ranges=RANGES,
        notes=(
            "The label must not be negative.",
            "scikit-learn has no L1 weight here: it is added to the L2 weight. Memory size has no effect.",
        ),
    ),
)
