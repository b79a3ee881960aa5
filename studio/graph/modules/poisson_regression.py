"""Poisson Regression: scikit-learn's PoissonRegressor, or the app's own solvers with an L1 weight."""

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
    l1, l2 = properties[L1] / shape.rows, properties[L2] / shape.rows
    if l1:
        from studio.model.estimators import ElasticNetPoisson

        return ElasticNetPoisson(alpha=l2, l1=l1, tol=properties[TOLERANCE])
    from sklearn.linear_model import PoissonRegressor

    return PoissonRegressor(alpha=l2, tol=properties[TOLERANCE], max_iter=MAX_ITERATIONS)


MODULES = (
    Learner(
        name="Poisson Regression",
        family="80e21b9d382740d8b733b53148becbc2",
        task=REGRESSION,
        properties=lbfgs_properties(*NAMES),
        build=build,
        library="PoissonRegressor, or studio.model.estimators.ElasticNetPoisson with an L1 weight",
        scaling=Scaling.STANDARD,
        sparse=True,
        ranges=lbfgs_ranges(*NAMES),
        notes=(
            "The label must not be negative.",
            "With an L1 weight, the solver is proximal Newton or, for wide tables, OWL-QN. Memory size has no effect.",
        ),
    ).module(),
)
