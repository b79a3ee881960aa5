"""The importance of each column: how much worse the model's metric gets when the column is shuffled."""

from collections.abc import Callable
from itertools import batched
from typing import Any

import numpy as np

from studio.model.evaluation import evaluate_scores
from studio.model.manifest import ANOMALY, MULTICLASS, TWO_CLASS
from studio.model.profile import sample_places
from studio.model.trained import TrainedModel

# The metric that compares models of a task; higher is better.
PRIMARY = {TWO_CLASS: "AUC", ANOMALY: "AUC", MULTICLASS: "Overall_Accuracy"}
REGRESSION_METRIC = "Coefficient_of_Determination"
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 2000, 200, 4_000_000
SHOWN = 20

# Takes truth and scores, returns a number; higher is better.
Goodness = Callable[[Any, Any], float]


def primary_metric(task: str) -> str:
    """Return the name of the metric that compares models of a task."""
    return PRIMARY.get(task, REGRESSION_METRIC)


def column_importances(
    model: TrainedModel,
    inputs: Any,
    truth: Any,
    *,
    goodness: Goodness | None = None,
    most: int = MAX_COLUMNS,
    seed: int = 0,
) -> dict[str, float]:
    """Return the loss of the metric by column, largest first; about 0 for an uninformative column.

    Parameters
    ----------
    inputs : ndarray of shape (n_rows, n_inputs), float64
        The learner's inputs, preferably of rows it was not trained on.
    truth : ndarray of shape (n_rows,)
        As `evaluate_scores` takes it.
    goodness
        The metric; the task's own by default.
    most
        The maximum number of columns to try; if there are more, those that correlate most with the scores.
    """

    def own(truth: Any, scores: Any) -> float:
        return evaluate_scores(model.task, truth, scores, model.labels).metrics[primary_metric(model.task)]

    measure = goodness or own
    scores = model.score_inputs(inputs)
    before = measure(truth, scores)
    rng = np.random.default_rng(seed)
    losses = {}
    for positions in batched(_columns_to_try(inputs, scores, most), max(1, MAX_CELLS // inputs.size), strict=False):
        # Score the rows of several columns at once: each call of the learner has a fixed cost.
        shuffled = np.tile(inputs, (len(positions), 1, 1))
        for rows, position in zip(shuffled, positions, strict=True):
            rows[:, position] = rng.permutation(rows[:, position])
        found = model.score_inputs(shuffled.reshape(-1, inputs.shape[1])).reshape(len(positions), *scores.shape)
        for position, after in zip(positions, found, strict=True):
            losses[model.encoder.features[position].name] = before - measure(truth, after)
    return dict(sorted(losses.items(), key=lambda item: -item[1]))


def sample_rows(n_rows: int, n_columns: int) -> Any:
    """Return evenly spaced row positions, few enough for importances to take seconds at most."""
    count = max(200, MAX_ROWS * 20 // max(20, n_columns))
    return sample_places(n_rows, count)


def _columns_to_try(inputs: Any, scores: Any, most: int) -> Any:
    if inputs.shape[1] <= most:
        return range(inputs.shape[1])
    numbers = np.nan_to_num(inputs - np.nanmean(inputs, axis=0))
    spread = numbers.std(axis=0)
    together = np.abs(numbers.T @ (scores - scores.mean(axis=0))).sum(axis=1)
    closeness = np.divide(together, spread, out=np.zeros(len(spread)), where=spread > 0)
    return np.sort(np.argsort(-closeness, kind="stable")[:most])
