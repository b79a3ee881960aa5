"""Two-Class Logistic Regression: scikit-learn's LogisticRegression with elastic-net weights."""

from typing import Any

from studio.graph.learner_properties import SEED, SINGLE, TRAINER_MODE, UNKNOWN_LEVELS
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.model.manifest import TWO_CLASS
from studio.model.trained import UntrainedModel

L1, L2 = "L1 Regularization weight", "L2 Regularizaton weight"
MAX_ITERATIONS = 1000
# The solver for L1 weights moves slowly at the end; a finer tolerance costs time and changes no score visibly.
SAGA_TOLERANCE = 1e-3


def run(call: Call) -> tuple[Any, ...]:
    """Return the learner; L-BFGS without an L1 weight, SAGA with one."""
    from sklearn.linear_model import LogisticRegression

    l1, l2 = call.properties[L1], call.properties[L2]
    total = l1 + l2
    tolerance = call.properties["Optimization Tolerance"]
    estimator = LogisticRegression(
        C=1 / total if total else float("inf"),
        l1_ratio=l1 / total if total else 0.0,
        solver="saga" if l1 else "lbfgs",
        tol=max(tolerance, SAGA_TOLERANCE) if l1 else tolerance,
        max_iter=MAX_ITERATIONS,
        random_state=call.properties["Random number seed"] or 0,
    )
    return (UntrainedModel(call.module.name, TWO_CLASS, dict(call.properties), estimator, scaled=True),)


MODULE = Module(
    name="Two-Class Logistic Regression",
    family="b0fd7660eeed43c5948720d9cc79ed5d",
    inputs=(),
    outputs=(Port("Untrained model", PortType.UNTRAINED),),
    properties=(
        TRAINER_MODE,
        Property("Optimization Tolerance", Kind.NUMBER, 1e-07, above=0, when=SINGLE),
        Property(L1, Kind.NUMBER, 1.0, 0, when=SINGLE),
        Property(L2, Kind.NUMBER, 1.0, 0, when=SINGLE),
        Property("Memory Size", Kind.INTEGER, 20, 1, when=SINGLE),
        SEED,
        UNKNOWN_LEVELS,
    ),
    run=run,
)
