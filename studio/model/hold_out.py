"""Measures trained models on the rows of a file with the label column: one model, or two on the same rows."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.errors import BadUserArgument
from studio.model.batches import score_labelled
from studio.model.loaded import LoadedModel
from studio.model.manifest import CLUSTERING, MULTICLASS, TWO_CLASS, Manifest
from studio.model.resampling import Measured, interval, measure, resample
from studio.model.scores import score_width
from studio.tables.schema import write_cell

# Metrics for which lower is better; for all others, higher is better.
LESS_IS_BETTER = frozenset(
    {"Mean_Absolute_Error", "Root_Mean_Squared_Error", "Relative_Absolute_Error", "Relative_Squared_Error"}
)


@dataclass(frozen=True, slots=True)
class Scores:
    """The scored rows of a file: the true label of each (NaN if the model does not know it), and its scores."""

    manifest: Manifest
    truth: Any
    values: Any

    def measure(self, known: Any, weights: Any = None) -> Measured:
        """Return the metrics on the rows at these positions, as resampling.measure does."""
        classes = self.manifest.task in (TWO_CLASS, MULTICLASS)
        truth = self.truth[known].astype(np.int64 if classes else np.float64)
        return measure(self.manifest.task, truth, self.values[known], self.manifest.labels, weights)


@dataclass(frozen=True, slots=True)
class Compared:
    """A metric of two models on the same rows, and by how much the first is larger, each with its interval.

    A value is None if it is not defined on these rows.
    """

    first: float | None
    second: float | None
    difference: float | None
    first_interval: tuple[float, float] | None
    second_interval: tuple[float, float] | None
    difference_interval: tuple[float, float] | None


def score_rows(model: LoadedModel, content: bytes, extension: str) -> Scores:
    """Score a file's rows, whose label column is needed.

    Raises
    ------
    BadUserArgument
        If the model has no label, a column is missing, or a cell cannot be parsed.
    """
    manifest = model.file.manifest
    if manifest.task == CLUSTERING or not manifest.label.name:
        raise BadUserArgument(
            "InputMismatchError", f"A hold-out check needs a model with a label, got one for {manifest.task}."
        )
    width = score_width(manifest.task, manifest.labels)
    truth: list[float] = []
    scores = [np.empty((0, width))]
    for texts, matrix in score_labelled(model, content, extension, manifest.label):
        truth += [read_truth(text, manifest) for text in texts]
        scores.append(matrix[:, :width])
    return Scores(manifest, np.array(truth), np.concatenate(scores))


def measure_on(model: LoadedModel, content: bytes, extension: str) -> tuple[dict[str, float], int]:
    """Score a file's rows and return the metrics by name, and the number of rows whose label the model knows.

    Raises
    ------
    BadUserArgument
        If a column is missing, a cell cannot be parsed, or no row has such a label.
    """
    scores = score_rows(model, content, extension)
    known = _known(scores)
    return scores.measure(known), len(known)


def compare_on(
    first: LoadedModel, second: LoadedModel, content: bytes, extension: str, *, intervals: bool
) -> tuple[dict[str, Compared], int]:
    """Measure two models on the same rows: those of a file whose label both know.

    Parameters
    ----------
    intervals
        Whether to compute confidence intervals, which takes longer than all the rest; without, they are None.

    Returns
    -------
    dict of str to Compared
        The metrics that both models have.
    int
        The number of rows.

    Raises
    ------
    BadUserArgument
        If a column is missing, a cell cannot be parsed, no row has such a label, or the models share no metric.
    """
    one, other, known = score_both(first, second, content, extension)
    return compare_scores(one, other, known, intervals=intervals), len(known)


def score_both(first: LoadedModel, second: LoadedModel, content: bytes, extension: str) -> tuple[Scores, Scores, Any]:
    """Score a file's rows with two models, and return the positions of the rows whose label both know, too.

    Raises
    ------
    BadUserArgument
        If a column is missing, a cell cannot be parsed, or no row has such a label.
    """
    one, other = score_rows(first, content, extension), score_rows(second, content, extension)
    return one, other, _known(one, other)


def compare_scores(one: Scores, other: Scores, known: Any, *, intervals: bool) -> dict[str, Compared]:
    """Return the metrics that two models share, on these rows; BadUserArgument if they share none."""
    mine, theirs = one.measure(known), other.measure(known)
    names = [name for name in mine if name in theirs]
    if not names:
        raise BadUserArgument(
            "InputMismatchError",
            f"The models cannot be compared: one is for {one.manifest.task}, the other for {other.manifest.task}.",
        )
    drawn = [
        (one.measure(known[chosen], weights), other.measure(known[chosen], weights))
        for chosen, weights in (resample(len(known)) if intervals else ())
    ]
    found = {}
    for name in names:
        left, right = (np.concatenate([np.empty(0), *(pair[side][name] for pair in drawn)]) for side in (0, 1))
        found[name] = Compared(
            _number(mine[name]),
            _number(theirs[name]),
            _number(mine[name] - theirs[name]),
            interval(left),
            interval(right),
            interval(left - right),
        )
    return found


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _known(*scored: Scores) -> Any:
    """Return the positions of the rows that every model scores and knows the label of; BadUserArgument if none is."""
    known = np.flatnonzero(~np.isnan(np.sum([item.truth + item.values.sum(axis=1) for item in scored], axis=0)))
    if not len(known):
        label = scored[0].manifest.label.name
        raise BadUserArgument("InputMismatchError", f"No row has a label in '{label}' that the model knows.", label)
    return known


def read_truth(text: str, manifest: Manifest) -> float:
    """Return a label as evaluate_scores takes it, NaN if it is missing or unknown."""
    try:
        cell = manifest.label.reader()(text)
    except ValueError:
        cell = None
    if cell is None:
        return math.nan
    if manifest.task in (TWO_CLASS, MULTICLASS):
        written = write_cell(cell)
        return float(manifest.labels.index(written)) if written in manifest.labels else math.nan
    return float(cell)
