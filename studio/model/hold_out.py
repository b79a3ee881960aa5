"""Measures a trained model on hold-out rows: those of a file with the label column."""

import math
from typing import Any

import numpy as np

from studio.errors import BadUserArgument
from studio.model.batches import score_labelled
from studio.model.evaluation import evaluate_scores
from studio.model.loaded import LoadedModel
from studio.model.manifest import CLUSTERING, MULTICLASS, TWO_CLASS, Manifest
from studio.model.scores import score_width
from studio.tables.schema import READERS, write_cell

# Metrics for which lower is better; for all others, higher is better.
LESS_IS_BETTER = frozenset(
    {"Mean_Absolute_Error", "Root_Mean_Squared_Error", "Relative_Absolute_Error", "Relative_Squared_Error"}
)
COUNTS = frozenset({"True Negative", "False Positive", "False Negative", "True Positive"})


def measure_on(model: LoadedModel, content: bytes, extension: str) -> tuple[dict[str, float], int]:
    """Score a file's rows and return the metrics by name, and the number of rows whose label the model knows.

    Raises
    ------
    BadUserArgument
        If a column is missing, a cell cannot be parsed, or no row has such a label.
    """
    manifest = model.file.manifest
    if manifest.task == CLUSTERING or not manifest.label.name:
        raise BadUserArgument(
            "InputMismatchError", f"A hold-out check needs a model with a label, got one for {manifest.task}."
        )
    width = score_width(manifest.task, manifest.labels)
    truth: list[float] = []
    scores = []
    for texts, matrix in score_labelled(model, content, extension, manifest.label):
        found = [_truth(text, manifest) for text in texts]
        known = [index for index, value in enumerate(found) if not math.isnan(value)]
        truth += [found[index] for index in known]
        scores.append(matrix[known, :width])
    if not truth:
        raise BadUserArgument(
            "InputMismatchError",
            f"No row has a label in '{manifest.label.name}' that the model knows.",
            manifest.label.name,
        )
    metrics = evaluate_scores(
        manifest.task, _as_truth(truth, manifest), np.concatenate(scores), manifest.labels
    ).metrics
    return {name: float(value) for name, value in metrics.items() if name not in COUNTS}, len(truth)


def _truth(text: str, manifest: Manifest) -> float:
    """Return a label as evaluate_scores takes it, NaN if it is missing or unknown."""
    try:
        cell = READERS[manifest.label.type](text)
    except ValueError:
        cell = None
    if cell is None:
        return math.nan
    if manifest.task in (TWO_CLASS, MULTICLASS):
        written = write_cell(cell)
        return float(manifest.labels.index(written)) if written in manifest.labels else math.nan
    return float(cell)


def _as_truth(truth: list[float], manifest: Manifest) -> Any:
    return np.array(truth, dtype=np.int64 if manifest.task in (TWO_CLASS, MULTICLASS) else np.float64)
