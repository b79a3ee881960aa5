"""Two-class and multiclass logistic regression: scikit-learn's L-BFGS, or the app's own solvers with an L1 weight."""

from collections.abc import Mapping
from typing import Any

from studio.graph.lbfgs import lbfgs_properties, lbfgs_ranges
from studio.graph.learners import Learner, seed_of
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

TOLERANCE, MEMORY = "Optimization Tolerance", "Memory Size"
L1, L2 = "L1 Regularization weight", "L2 Regularizaton weight"
MAX_ITERATIONS = 1000
NAMES = (TOLERANCE, L1, L2, MEMORY)
NOTES = (
    "The solver is scikit-learn's L-BFGS if the L1 weight is 0. With an L1 weight, it is proximal Newton for two "
    "classes and up to 2,500 columns (250 filled cells a row), else OWL-QN, as in the original. Both end within a "
    "millionth of the smallest objective.",
    "Memory Size is accepted but has no effect: the solvers use a fixed memory.",
    "A run warns if the solver stopped before it arrived.",
)


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator; scikit-learn's C is the inverse of the sum of the two weights."""
    from sklearn.linear_model import LogisticRegression

    from studio.model.estimators import ElasticNetLogistic

    l1, l2 = properties[L1], properties[L2]
    total = l1 + l2
    return (ElasticNetLogistic if l1 else LogisticRegression)(
        C=1 / total if total else float("inf"),
        l1_ratio=l1 / total if total else 0.0,
        # scikit-learn refuses an L1 weight with its L-BFGS.
        solver="saga" if l1 else "lbfgs",
        tol=properties[TOLERANCE],
        max_iter=MAX_ITERATIONS,
        random_state=seed_of(properties),
    )


MODULES = tuple(
    Learner(
        name=name,
        family=family,
        task=task,
        properties=lbfgs_properties(*NAMES),
        build=build,
        library="LogisticRegression, or studio.model.estimators.ElasticNetLogistic with an L1 weight",
        scaling=Scaling.STANDARD,
        sparse=True,
        ranges=lbfgs_ranges(*NAMES),
        notes=NOTES,
    ).module()
    for name, family, task in (
        ("Two-Class Logistic Regression", "b0fd7660eeed43c5948720d9cc79ed5d", TWO_CLASS),
        ("Multiclass Logistic Regression", "1d195fe598cd4e1aa1c8076aaa3e02c3", MULTICLASS),
    )
)
