"""Packs a trained model into a file: export the graph, prove it, or fall back to skops and say so."""

import importlib.metadata
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from studio.model.container import ModelFile
from studio.model.encoder import Matrix
from studio.model.evaluation import Evaluation
from studio.model.manifest import ONNX, SKOPS, TWO_CLASS, Manifest
from studio.model.parity import Parity, compare_scores, perturbed_rows
from studio.model.pipeline import score_with_pipeline
from studio.model.session import OnnxScorer
from studio.model.trained import TrainedModel

LIBRARIES = ("scikit-learn", "numpy", "onnx", "onnxruntime")
logger = logging.getLogger(__name__)


def package_model(
    model: TrainedModel,
    name: str,
    *,
    evaluated: Sequence[Matrix],
    evaluation: Evaluation | None,
    lineage: dict[str, Any],
) -> ModelFile:
    """Return the file of a trained model.

    Parameters
    ----------
    evaluated
        Encoded rows the job scored, each of shape (n_rows, n_features); the graph is proved on them.
    evaluation
        What Evaluate Model found, if the experiment has one.
    lineage
        Job, data and seed; library versions are added.
    """
    graph, reason = _prove(model, evaluated)
    versions = {library: importlib.metadata.version(library) for library in LIBRARIES}
    manifest = Manifest(
        name=name,
        task=model.task,
        label=model.label,
        labels=model.labels,
        learner=model.untrained.learner,
        properties=model.untrained.properties,
        inputs=model.encoder.sources,
        outputs=model.outputs,
        runtime=ONNX if graph else SKOPS,
        runtime_reason=reason,
        metrics=evaluation.metrics if evaluation else {},
        lineage=lineage | {"libraries": versions, "trainingRows": len(model.matrix)},
    )
    details = dict(evaluation.details) if evaluation else {}
    details["metrics"] = manifest.metrics
    details["importances"] = column_importances(model)
    pipeline = b"" if graph else _dump_pipeline(model)
    return ModelFile(manifest, model.encoder, model.golden, details, graph=graph, pipeline=pipeline)


def export_graph(model: TrainedModel) -> bytes:
    """Return the ONNX graph of a model; NotImplementedError if there is no exporter for its estimator."""
    estimator = type(model.pipeline.named_steps["estimator"]).__name__
    sigmoid = model.task == TWO_CLASS
    match estimator:
        case "LogisticRegression" | "Ridge" | "SGDRegressor":
            from studio.model.export.linear import export_linear

            return export_linear(model.encoder, model.pipeline, sigmoid=sigmoid)
        case "HistGradientBoostingClassifier" | "HistGradientBoostingRegressor":
            from studio.model.export.trees import export_histogram_boosting

            return export_histogram_boosting(model.encoder, model.pipeline, sigmoid=sigmoid)
    raise NotImplementedError(f"{estimator} has no exporter")


def check_parity(model: TrainedModel, graph: bytes, evaluated: Sequence[Matrix]) -> Parity:
    """Score training rows, evaluated rows and perturbed rows with both, and compare."""
    rows = np.concatenate([model.matrix, *evaluated, perturbed_rows(model.encoder, model.matrix)])
    expected = score_with_pipeline(model.pipeline, model.task, rows)
    return compare_scores(expected, OnnxScorer(graph).score(rows), model.task)


def column_importances(model: TrainedModel) -> dict[str, float]:
    """Return how much each feature column matters, adding up to 1.

    Linear models: the spread of a column's part of the sum over the training rows. Trees: the gain of its splits.
    """
    columns = model.pipeline.named_steps["columns"]
    estimator = model.pipeline.named_steps["estimator"]
    owners = [feature.name for feature in model.encoder.numbers]
    owners += [feature.name for feature in model.encoder.categories for _ in feature.known_codes]
    weights = dict.fromkeys([feature.name for feature in model.encoder.features], 0.0)
    if hasattr(estimator, "coef_"):
        transformed = columns.transform(model.matrix)
        dense = transformed.toarray() if hasattr(transformed, "toarray") else transformed
        parts = np.asarray(dense) * np.asarray(estimator.coef_).reshape(1, -1)
        for name in weights:
            chosen = [index for index, owner in enumerate(owners) if owner == name]
            weights[name] = float(parts[:, chosen].sum(axis=1).std()) if chosen else 0.0
    for (predictor,) in getattr(estimator, "_predictors", ()):
        for node in predictor.nodes[predictor.nodes["is_leaf"] == 0]:
            weights[owners[int(node["feature_idx"])]] += max(0.0, float(node["gain"]))
    total = sum(weights.values()) or 1.0
    return {name: value / total for name, value in sorted(weights.items(), key=lambda item: -item[1])}


def _prove(model: TrainedModel, evaluated: Sequence[Matrix]) -> tuple[bytes, str]:
    try:
        graph = export_graph(model)
    except NotImplementedError as error:
        return b"", str(error)
    parity = check_parity(model, graph, evaluated)
    logger.info("Parity on %s rows: largest difference %.3g", parity.rows, parity.max_difference)
    if parity.holds:
        return graph, ""
    return b"", (
        f"the ONNX graph differs from scikit-learn by {parity.max_difference:.3g} on {parity.rows} rows, with "
        f"{parity.other_labels} other labels"
    )


def _dump_pipeline(model: TrainedModel) -> bytes:
    import skops.io

    content: bytes = skops.io.dumps(model.pipeline)
    return content
