"""Poisson Regression: scikit-learn's PoissonRegressor."""

from collections.abc import Mapping
from typing import Any

from studio.graph.lbfgs import lbfgs_properties, lbfgs_ranges
from studio.graph.learners import Learner
from studio.model.manifest import REGRESSION
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

TOLERANCE = (
    "Tolerance parameter for optimization convergence the lower the value the slower and more accurate the fitting"
)
L1, L2 = "L1 regularization weight", "L2 regularization weight"
MEMORY = "Memory size for L-BFGS the lower the value the faster and less accurate the training"
MAX_ITERATIONS = 1000
NAMES = (TOLERANCE, L1, L2, MEMORY)


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator; the original penalizes the loss summed over rows, scikit-learn the mean loss."""
    from sklearn.linear_model import PoissonRegressor

    alpha = (properties[L1] + properties[L2]) / shape.rows
    return PoissonRegressor(alpha=alpha, tol=properties[TOLERANCE], max_iter=MAX_ITERATIONS)


MODULES = (
    Learner(
        name="Poisson Regression",
        family="80e21b9d382740d8b733b53148becbc2",
        task=REGRESSION,
        properties=lbfgs_properties(*NAMES),
        build=build,
        library="PoissonRegressor",
        scaling=Scaling.STANDARD,
        sparse=True,
        ranges=lbfgs_ranges(*NAMES),
        notes=(
            "The label must not be negative.",
            "scikit-learn has no L1 penalty here: the L1 weight is added to the L2 weight. Memory size has no effect.",
        ),
    ).module(),
)
