"""One-Class Support Vector Machine: detect rows outside the region of the training rows."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import SINGLE, SWEPT, TRAINER_MODE, Learner
from studio.model.manifest import ANOMALY
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

# With a smaller tolerance the solver may never end.
MIN_EPSILON = 1e-10
ETA, EPSILON = "η", "ε"
RANGES = {"Range for η": ETA, "Range for ε": EPSILON}


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the detector with a Gaussian kernel."""
    from studio.model.estimators import OneClassDetector

    return OneClassDetector(nu=properties[ETA], tol=properties[EPSILON])


MODULES = (
    Learner(
        name="One-Class Support Vector Machine",
        family="",
        task=ANOMALY,
        properties=(
            TRAINER_MODE,
            Property(ETA, Kind.NUMBER, 0.1, maximum=1, above=0, when=SINGLE),
            Property(EPSILON, Kind.NUMBER, 0.001, MIN_EPSILON, when=SINGLE),
            Property("Range for η", Kind.RANGE, (0.001, 0.01, 0.1), maximum=1, above=0, when=SWEPT),
            Property("Range for ε", Kind.RANGE, (0.001, 0.01, 0.1), MIN_EPSILON, when=SWEPT),
        ),
        build=build,
        library="studio.model.estimators.OneClassDetector on OneClassSVM",
        scaling=Scaling.STANDARD,
        ranges=RANGES,
        notes=(
            "Scored Probabilities are a sigmoid of the decision function: 0.5 at the boundary.",
            "Training time grows with the square of the number of rows: more than about 50,000 rows take long.",
        ),
    ).module(),
)
