"""Bayesian Linear Regression: scikit-learn's BayesianRidge."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import UNKNOWN_LEVELS, Learner
from studio.model.manifest import REGRESSION
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

WEIGHT = "Regularization weight"


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator; the weight is the initial precision of the coefficients."""
    from sklearn.linear_model import BayesianRidge

    return BayesianRidge(lambda_init=properties[WEIGHT])


MODULES = (
    Learner(
        name="Bayesian Linear Regression",
        family="ee12de502b344145aec023e0485da308",
        task=REGRESSION,
        properties=(Property(WEIGHT, Kind.NUMBER, 1.0, above=0), UNKNOWN_LEVELS),
        build=build,
        library="BayesianRidge",
        scaling=Scaling.STANDARD,
        notes=("The regularization weight is only the starting point: the precision is estimated from the data.",),
    ).module(),
)
