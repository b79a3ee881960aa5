"""Logistic regression for two classes and for several: scikit-learn's LogisticRegression with elastic-net weights."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import SEED, SINGLE, SWEPT, TRAINER_MODE, UNKNOWN_LEVELS, learner_module, seed_of
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

TOLERANCE, MEMORY = "Optimization Tolerance", "Memory Size"
L1, L2 = "L1 Regularization weight", "L2 Regularizaton weight"
MAX_ITERATIONS = 1000
# The solver for L1 weights moves slowly at the end; a finer tolerance costs time and changes no score visibly.
SAGA_TOLERANCE = 1e-3
RANGES = {
    "Range for optimization tolerance": TOLERANCE,
    "Range for L1 regularization weight": L1,
    "Range for L2 regularization weight": L2,
    "Range for memory size for L-BFGS the lower the value the faster and less accurate the training": MEMORY,
}
PROPERTIES = (
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
)
NOTES = (
    "L-BFGS without an L1 weight, SAGA with one.",
    "Memory Size is taken and has no effect: scikit-learn's L-BFGS has a fixed memory.",
)


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator; the two weights together are the inverse of scikit-learn's C."""
    from sklearn.linear_model import LogisticRegression

    l1, l2 = properties[L1], properties[L2]
    total = l1 + l2
    return LogisticRegression(
        C=1 / total if total else float("inf"),
        l1_ratio=l1 / total if total else 0.0,
        solver="saga" if l1 else "lbfgs",
        tol=max(properties[TOLERANCE], SAGA_TOLERANCE) if l1 else properties[TOLERANCE],
        max_iter=MAX_ITERATIONS,
        random_state=seed_of(properties),
    )


MODULES = tuple(
    learner_module(
        name,
        family,
        task,
        PROPERTIES,
        build,
        library="LogisticRegression",
        scaling=Scaling.STANDARD,
        sparse=True,
        ranges=RANGES,
        notes=NOTES,
    )
    for name, family, task in (
        ("Two-Class Logistic Regression", "b0fd7660eeed43c5948720d9cc79ed5d", TWO_CLASS),
        ("Multiclass Logistic Regression", "1d195fe598cd4e1aa1c8076aaa3e02c3", MULTICLASS),
    )
)
