"""Packs a trained model into a file: exports and verifies the graph, or falls back to skops and says why."""

import importlib.metadata
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from studio.errors import BadArgument
from studio.model.baseline import KEY, Baseline
from studio.model.baseline_making import describe_scores
from studio.model.container import ModelFile
from studio.model.curves import training_curve
from studio.model.evaluation import Evaluation
from studio.model.explain.explainer import mean_contributions
from studio.model.importances import SHOWN
from studio.model.loaded import open_model
from studio.model.manifest import MULTICLASS, ONNX, SKOPS, TWO_CLASS, Manifest
from studio.model.operations import Matrix
from studio.model.parity import Parity, compare_scores, compared_rows, perturbed_rows
from studio.model.profile import sample_places, training_profile
from studio.model.scikit.fitted import FittedElsewhere
from studio.model.scores import score_width
from studio.model.session import OnnxScorer
from studio.model.summary import summarise_model
from studio.model.trained import TrainedModel

# So many rows make a distribution of scores; of rows beyond the second number, a sample does.
LEAST_SCORED, MAX_SCORED = 100, 5_000
LIBRARIES = ("scikit-learn", "numpy", "onnx", "onnxruntime")
logger = logging.getLogger(__name__)


def package_model(
    model: TrainedModel,
    name: str,
    *,
    evaluated: Sequence[Matrix],
    evaluation: Evaluation | None,
    importances: dict[str, float] | None = None,
    lineage: dict[str, Any],
) -> ModelFile:
    """Return the file of a trained model.

    Parameters
    ----------
    evaluated
        Encoded rows the job scored, each of shape (n_rows, n_features); the graph is verified on them, or on a sample
        if they are many.
    evaluation
        The result of Evaluate Model, if the experiment has one.
    importances
        The loss of the metric by column, if it was measured.
    lineage
        Job, data and seed; library versions are added, and on how many rows the graph was compared.
    """
    graph, reason, compared = _prove(model, evaluated)
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
        lineage=lineage
        | {
            "libraries": versions,
            "trainingRows": len(model.matrix),
            "comparedRows": compared,
            "summary": summarise_model(model.pipeline),
        },
        profile=tuple(training_profile(model.encoder, model.matrix)),
    )
    details = dict(evaluation.details) if evaluation else {}
    details["metrics"] = manifest.metrics
    details["importances"] = dict(list((importances or {}).items())[:SHOWN])
    details[KEY] = _baseline(model, evaluated).to_json()
    curve = training_curve(model)
    if curve:
        details["trainingCurve"] = curve
    pipeline = b"" if graph else _dump_pipeline(model)
    file = ModelFile(manifest, model.encoder, model.golden, details, graph=graph, pipeline=pipeline)
    means = mean_contributions(open_model(file, 0), model.matrix) if graph else {}
    return replace(file, manifest=replace(manifest, mean_contributions=means))


def _baseline(model: TrainedModel, evaluated: Sequence[Matrix]) -> Baseline:
    """Return the baseline with the scores of the rows that the model was not trained on, if there are enough."""
    held_out = np.concatenate([*evaluated, model.matrix[:0]])
    scored, rows = ("evaluated", held_out) if len(held_out) >= LEAST_SCORED else ("training", model.matrix)
    scores = model.score_inputs(model.encoder.learner_matrix(rows[sample_places(len(rows), MAX_SCORED)]))
    known = Baseline.from_json(model.baseline) or Baseline()
    return describe_scores(known, model.task, model.label, model.labels, scores, scored=scored)


def check_parity(model: TrainedModel, graph: bytes, evaluated: Sequence[Matrix]) -> Parity:
    """Compare the graph's and scikit-learn's scores on training, evaluated and perturbed rows; of many, on a sample."""
    classes = model.target if model.task in (TWO_CLASS, MULTICLASS) else None
    rows = np.concatenate(
        [
            compared_rows(model.encoder, model.matrix, classes),
            *(compared_rows(model.encoder, matrix) for matrix in evaluated),
            perturbed_rows(model.encoder, model.matrix),
        ]
    )
    actual = OnnxScorer(graph).score(rows)
    return compare_scores(model.score(rows), actual, model.task, score_width(model.task, model.labels))


def _prove(model: TrainedModel, evaluated: Sequence[Matrix]) -> tuple[bytes, str, int]:
    """Return the graph, or why it is not one that scores as the model does, and the number of rows compared."""
    try:
        graph = _export(model)
    except NotImplementedError as error:
        return b"", str(error), 0
    parity = check_parity(model, graph, evaluated)
    logger.info("Checked parity on %s rows: largest difference %.3g", parity.rows, parity.max_difference)
    if parity.holds:
        return graph, "", parity.rows
    reason = (
        f"the ONNX graph differs from scikit-learn by {parity.max_difference:.3g} on {parity.rows} rows, with "
        f"{parity.other_labels} different labels"
    )
    return b"", reason, parity.rows


def _export(model: TrainedModel) -> bytes:
    if isinstance(model.pipeline, FittedElsewhere):
        return model.pipeline.export(model.encoder, score_width(model.task, model.labels))
    from studio.model.export.graphs import export_graph

    return export_graph(model)


def _dump_pipeline(model: TrainedModel) -> bytes:
    if isinstance(model.pipeline, FittedElsewhere):
        return _dump_elsewhere(model)
    import skops.io

    content: bytes = skops.io.dumps(model.pipeline)
    return content


def _dump_elsewhere(model: TrainedModel) -> bytes:
    try:
        return model.pipeline.dump()  # type: ignore[no-any-return]
    except NotImplementedError as error:
        raise BadArgument(
            "ModelConfigurationInvalid",
            f"The estimator can neither be exported as an ONNX graph nor stored as data ({error}). Use another.",
        ) from error
