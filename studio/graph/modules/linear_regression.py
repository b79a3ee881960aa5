"""Linear Regression: scikit-learn's Ridge, or SGDRegressor for online gradient descent."""

from typing import Any

from studio.graph.learner_properties import SEED, UNKNOWN_LEVELS
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.model.manifest import REGRESSION
from studio.model.trained import UntrainedModel

OLS, OGD = "Ordinary Least Squares", "Online Gradient Descent"
BY_OGD, BY_OLS = ("Solution method", (OGD,)), ("Solution method", (OLS,))
EPOCHS = "Number of epochs over which algorithm iterates through examples"


def run(call: Call) -> tuple[Any, ...]:
    """Return the learner of the chosen solution method."""
    estimator = _least_squares(call) if call.properties["Solution method"] == OLS else _gradient_descent(call)
    return (UntrainedModel(call.module.name, REGRESSION, dict(call.properties), estimator, scaled=True),)


def _least_squares(call: Call) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(
        alpha=call.properties["L2 regularization weight"],
        fit_intercept=call.properties["Include intercept term"],
        solver="auto",
        random_state=call.properties["Random number seed"] or 0,
    )


def _gradient_descent(call: Call) -> Any:
    from sklearn.linear_model import SGDRegressor

    decreasing = call.properties["Decrease learning rate as iterations progress"]
    return SGDRegressor(
        alpha=call.properties["L2 regularization term weight"],
        eta0=call.properties["Learning rate"],
        learning_rate="invscaling" if decreasing else "constant",
        max_iter=max(1, call.properties[EPOCHS]),
        tol=None,
        average=call.properties["Final hypothesis is averaged"],
        random_state=call.properties["Random number seed"] or 0,
    )


MODULE = Module(
    name="Linear Regression",
    family="31960a6f789b4cf788d62e1152c0bd1a",
    inputs=(),
    outputs=(Port("Untrained model", PortType.UNTRAINED),),
    properties=(
        Property("Solution method", Kind.CHOICE, OLS, choices=(OGD, OLS)),
        Property("Create trainer mode", Kind.CHOICE, "SingleParameter", choices=("SingleParameter",), when=BY_OGD),
        Property("Final hypothesis is averaged", Kind.BOOLEAN, True, when=BY_OGD),
        Property("Learning rate", Kind.NUMBER, 0.1, above=0, when=BY_OGD),
        Property(EPOCHS, Kind.INTEGER, 10, 0, when=BY_OGD),
        Property("Decrease learning rate as iterations progress", Kind.BOOLEAN, True, when=BY_OGD),
        Property("L2 regularization term weight", Kind.NUMBER, 0.001, 0, when=BY_OGD),
        Property("L2 regularization weight", Kind.NUMBER, 0.001, 0, when=BY_OLS),
        Property("Include intercept term", Kind.BOOLEAN, True, when=BY_OLS),
        SEED,
        UNKNOWN_LEVELS,
    ),
    run=run,
)
