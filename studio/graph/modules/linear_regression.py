"""Linear Regression: scikit-learn's Ridge, or SGDRegressor for online gradient descent."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import MAX_ITERATIONS, MODE, ONE, SEED, SINGLE, SWEPT, UNKNOWN_LEVELS, Learner, seed_of
from studio.graph.learners import RANGES as SWEEP
from studio.model.manifest import REGRESSION
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

METHOD, OLS, OGD = "Solution method", "Ordinary Least Squares", "Online Gradient Descent"
BY_OGD, BY_OLS = (METHOD, (OGD,)), (METHOD, (OLS,))
NORMALIZE, AVERAGED = "Should input instances be normalized", "Final hypothesis is averaged"
RATE, EPOCHS = "Learning rate", "Number of epochs over which algorithm iterates through examples"
DECREASE, WEIGHT = "Decrease learning rate as iterations progress", "L2 regularization term weight"
RANGES = {
    "Range for learning rate": RATE,
    "Range for number of epochs over which algorithm iterates through examples": EPOCHS,
    "Range for L2 regularization term weight": WEIGHT,
}


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator for the selected solution method."""
    from sklearn.linear_model import Ridge, SGDRegressor

    if properties[METHOD] == OLS:
        return Ridge(
            alpha=properties["L2 regularization weight"],
            fit_intercept=properties["Include intercept term"],
            random_state=seed_of(properties),
        )
    return SGDRegressor(
        alpha=properties[WEIGHT],
        eta0=properties[RATE],
        learning_rate="invscaling" if properties[DECREASE] else "constant",
        max_iter=max(1, properties[EPOCHS]),
        tol=None,
        average=properties[AVERAGED],
        random_state=seed_of(properties),
    )


MODULES = (
    Learner(
        name="Linear Regression",
        family="31960a6f789b4cf788d62e1152c0bd1a",
        task=REGRESSION,
        properties=(
            Property(METHOD, Kind.CHOICE, OLS, choices=(OGD, OLS)),
            Property(MODE, Kind.CHOICE, ONE, choices=(ONE, SWEEP), when=BY_OGD),
            Property(NORMALIZE, Kind.BOOLEAN, True, when=BY_OGD),
            Property(AVERAGED, Kind.BOOLEAN, True, when=BY_OGD),
            Property(RATE, Kind.NUMBER, 0.1, above=0, when=SINGLE),
            Property(EPOCHS, Kind.INTEGER, 10, 0, MAX_ITERATIONS, when=SINGLE),
            Property("Range for learning rate", Kind.RANGE, (0.025, 0.05, 0.1, 0.2), above=0, when=SWEPT),
            Property(
                "Range for number of epochs over which algorithm iterates through examples",
                Kind.RANGE,
                (1, 10, 100),
                1,
                MAX_ITERATIONS,
                when=SWEPT,
            ),
            Property(DECREASE, Kind.BOOLEAN, True, when=BY_OGD),
            Property(WEIGHT, Kind.NUMBER, 0.001, 0, when=SINGLE),
            Property("L2 regularization weight", Kind.NUMBER, 0.001, 0, when=BY_OLS),
            Property("Range for L2 regularization term weight", Kind.RANGE, (0.001, 0.01, 0.1), 0, when=SWEPT),
            SEED,
            Property("Include intercept term", Kind.BOOLEAN, True, when=BY_OLS),
            UNKNOWN_LEVELS,
        ),
        build=build,
        library="Ridge or SGDRegressor",
        scaling=lambda properties: Scaling.STANDARD if properties.get(NORMALIZE, True) else Scaling.IMPUTED,
        sparse=True,
        ranges=RANGES,
        notes=(
            "Numbers are always standardised first, so the effect of the L2 weight does not depend on their units.",
        ),
    ).module(),
)
