"""K-Means Clustering: scikit-learn's KMeans, with exact distances."""

from collections.abc import Mapping
from typing import Any

from studio.graph.contract import UINT32_MAX, Kind, Property
from studio.graph.learners import MAX_ITERATIONS, MODE, ONE, SINGLE, SWEPT, TRAINER_MODE, Learner
from studio.model.manifest import CLUSTERING
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape

MAX_CENTROIDS = 10_000
CENTROIDS, METRIC, NORMALIZE = "Number of Centroids", "Metric", "Should input instances be normalized"
START, START_SWEPT = "Initialization", "Initialization for sweep"
SEED, SEED_SWEPT = "Random number seed", "Random number seed for sweep"
STARTS = {"K-Means++": "k-means++", "Random": "random", "Default": "k-means++", "K-Means++ Fast": "k-means++"}
STARTS_WITH_SEED = ("Random", "K-Means++", "K-Means++ Fast")


def build(properties: Mapping[str, Any], shape: TrainingShape) -> Any:
    """Return the estimator, with a single start, as in the original."""
    from sklearn.cluster import KMeans

    from studio.model.estimators import ExactKMeans

    single = properties.get(MODE, ONE) == ONE
    kmeans = KMeans(
        n_clusters=properties[CENTROIDS],
        init=STARTS[properties[START if single else START_SWEPT]],
        n_init=1,
        max_iter=properties["Iterations"],
        random_state=properties.get(SEED if single else SEED_SWEPT) or 0,
    )
    return ExactKMeans(kmeans, cosine=properties[METRIC] == "Cosine")


def clusters(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cluster numbers as text."""
    return tuple(str(number) for number in range(properties[CENTROIDS]))


MODULES = (
    Learner(
        name="K-Means Clustering",
        family="5049a09bbd904c4e9b467c87e3a36810",
        task=CLUSTERING,
        properties=(
            TRAINER_MODE,
            Property(CENTROIDS, Kind.INTEGER, 2, 2, MAX_CENTROIDS, when=SINGLE),
            Property("Range for Number of Centroids", Kind.RANGE, (2, 3, 4, 5), 2, MAX_CENTROIDS, when=SWEPT),
            Property(METRIC, Kind.CHOICE, "Euclidean", choices=("Euclidean", "Cosine")),
            Property(NORMALIZE, Kind.BOOLEAN, True),
            Property(START, Kind.CHOICE, "K-Means++", choices=tuple(STARTS), when=SINGLE),
            Property(START_SWEPT, Kind.CHOICE, "K-Means++", choices=tuple(STARTS), when=SWEPT),
            Property("Iterations", Kind.INTEGER, 100, 1, MAX_ITERATIONS),
            Property(SEED, Kind.INTEGER, None, 0, UINT32_MAX, optional=True, when=(START, STARTS_WITH_SEED)),
            Property(
                SEED_SWEPT, Kind.INTEGER, None, 0, UINT32_MAX, optional=True, when=(START_SWEPT, STARTS_WITH_SEED)
            ),
            Property("Assign Label Mode", Kind.CHOICE, "Ignore label column", choices=("Ignore label column",)),
        ),
        build=build,
        library="studio.model.estimators.ExactKMeans on KMeans",
        scaling=lambda properties: Scaling.MIN_MAX if properties[NORMALIZE] else Scaling.IMPUTED,
        ranges={"Range for Number of Centroids": CENTROIDS},
        labels=clusters,
        notes=(
            "Evenly, Use label column and the label modes that fill or overwrite are not supported.",
            "Default and K-Means++ Fast mean K-Means++. Cosine clusters rows scaled to length 1.",
        ),
    ).module(),
)
