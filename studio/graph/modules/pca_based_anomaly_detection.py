"""PCA-Based Anomaly Detection: detect rows that the principal components reconstruct badly."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import Kind, Property
from studio.graph.learners import ONE, Learner
from studio.graph.learners import RANGES as SWEEP
from studio.graph.properties import PropertyError
from studio.model.manifest import ANOMALY
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

MAX_COMPONENTS = 1000
MODE = "Training mode"
COMPONENTS = "Number of components to use in PCA"
OVERSAMPLING = "Oversampling parameter for randomized PCA"
CENTRE = "Enable input feature mean normalization"
RANGES = {
    "Range for number of PCA components": COMPONENTS,
    "Range for the oversampling parameter used in randomized PCA": OVERSAMPLING,
}
SINGLE, SWEPT = (MODE, (ONE,)), (MODE, (SWEEP,))


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the detector; PropertyError 0081 if there are more components than columns."""
    from studio.model.estimators import PcaAnomalyDetector

    if properties[COMPONENTS] > shape.columns:
        raise PropertyError(
            "0081",
            f"{COMPONENTS} must be at most {shape.columns}, the number of columns, got {properties[COMPONENTS]}.",
        )
    return PcaAnomalyDetector(properties[COMPONENTS], properties[OVERSAMPLING], properties[CENTRE])


MODULES = (
    Learner(
        name="PCA-Based Anomaly Detection",
        family="c3822fa510954c72bd1efd43d285153a",
        task=ANOMALY,
        properties=(
            Property(MODE, Kind.CHOICE, ONE, choices=(ONE, SWEEP)),
            Property(COMPONENTS, Kind.INTEGER, 2, 1, MAX_COMPONENTS, when=SINGLE),
            Property(OVERSAMPLING, Kind.INTEGER, 2, 0, MAX_COMPONENTS, when=SINGLE),
            Property(CENTRE, Kind.BOOLEAN, False),
            Property("Range for number of PCA components", Kind.RANGE, (2, 4, 6, 8, 10), 1, MAX_COMPONENTS, when=SWEPT),
            Property(
                "Range for the oversampling parameter used in randomized PCA",
                Kind.RANGE,
                (2, 4, 6, 8, 10),
                0,
                MAX_COMPONENTS,
                when=SWEPT,
            ),
        ),
        build=build,
        library="studio.model.estimators.PcaAnomalyDetector on TruncatedSVD",
        scaling=Scaling.MIN_MAX,
        ranges=RANGES,
        mode=MODE,
        notes=(
            "Scored Probabilities are e / (e + t): 0.5 is three standard deviations above the mean error in training.",
        ),
    ).module(),
)
