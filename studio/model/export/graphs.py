"""The complete graph of a trained model, and the exporter for each estimator."""

from collections.abc import Callable
from typing import Any

from studio.model.export.combined import (
    export_calibrated,
    export_one_vs_all,
    export_pairwise,
    export_scaled_target,
)
from studio.model.export.distances import export_clusters, export_one_class, export_pca_anomaly
from studio.model.export.factorization import export_factorization
from studio.model.export.inputs import Exporter, LearnerInputs
from studio.model.export.linear import export_decision, export_linear_classifier, export_poisson
from studio.model.export.machines import export_bayes_point, export_local_deep, export_ordinal
from studio.model.export.networks import export_network
from studio.model.export.nodes import GraphBuilder
from studio.model.export.trees import (
    export_forest_classifier,
    export_forest_regressor,
    export_histogram_boosting,
    export_quantile_forest,
)
from studio.model.manifest import MULTICLASS
from studio.model.scores import score_width
from studio.model.trained import TrainedModel

EXPORTERS: dict[str, Exporter] = {
    "LogisticRegression": export_linear_classifier,
    "ElasticNetLogistic": export_linear_classifier,
    "Ridge": export_decision,
    "SGDRegressor": export_decision,
    "BayesianRidge": export_decision,
    "PoissonRegressor": export_poisson,
    "ElasticNetPoisson": export_poisson,
    "HistGradientBoostingClassifier": export_histogram_boosting,
    "HistGradientBoostingRegressor": export_histogram_boosting,
    "RandomForestClassifier": export_forest_classifier,
    "RandomForestRegressor": export_forest_regressor,
    "QuantileForest": export_quantile_forest,
    "MLPClassifier": export_network,
    "MLPRegressor": export_network,
    "CalibratedClassifierCV": export_calibrated,
    "ExactKMeans": export_clusters,
    "PcaAnomalyDetector": export_pca_anomaly,
    "OneClassDetector": export_one_class,
    "BayesPointMachine": export_bayes_point,
    "LocalDeepMachine": export_local_deep,
    "MatrixFactorization": export_factorization,
}

# Estimators that wrap others; their exporters also take the function that exports the parts.
COMBINED: dict[str, Callable[[LearnerInputs, Any, Exporter], str]] = {
    "OneVsRestClassifier": export_one_vs_all,
    "PairwiseClassifier": export_pairwise,
    "OrdinalClassifier": export_ordinal,
    "TransformedTargetRegressor": export_scaled_target,
}

# Estimators for several classes whose graph gives both probabilities if there are two.
GIVES_EACH_CLASS = ("PairwiseClassifier", "OrdinalClassifier")


def export_graph(model: TrainedModel) -> bytes:
    """Return the ONNX graph of a model: from the encoded matrix to scores and shown computed columns.

    Raises
    ------
    NotImplementedError
        If its estimator has no exporter.
    """
    build = GraphBuilder()
    inputs = LearnerInputs(build, model.encoder, model.pipeline.named_steps["columns"])
    scores = export_estimator(inputs, model.pipeline.named_steps["estimator"])
    width = score_width(model.task, model.labels)
    if model.task == MULTICLASS and width == 2 and not _gives_each_class(model):
        scores = build.join([build.node("Sub", build.constant([[1.0]]), scores), scores])
    computed = list(model.encoder.computed)
    if computed:
        scores = build.join([scores, build.gather(inputs.expanded, computed)])
    return build.to_bytes(scores, model.encoder.width, width + len(computed))


def export_estimator(inputs: LearnerInputs, estimator: Any) -> str:
    """Add the scores of a fitted estimator and return their name; NotImplementedError if it has no exporter."""
    name = type(estimator).__name__
    if name in COMBINED:
        return COMBINED[name](inputs, estimator, export_estimator)
    if name not in EXPORTERS:
        raise NotImplementedError(f"{name} has no exporter")
    return EXPORTERS[name](inputs, estimator)


def _gives_each_class(model: TrainedModel) -> bool:
    return type(model.pipeline.named_steps["estimator"]).__name__ in GIVES_EACH_CLASS
