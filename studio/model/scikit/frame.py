"""A user's estimator behind the encoder's matrix: it is fitted to a data frame as in the notebook, and gives scores.

The matrix holds numbers and codes of categories (encoder.py). `FrameModel` makes the columns of the frame from it, with
their names, order and types, and turns what the estimator predicts into the scores of a task. Rows that the estimator
itself refuses, such as those with a missing number or an unknown category, get NaN.
"""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from studio.model.manifest import ANOMALY, CLUSTERING, MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.scikit.columns import BOOLEAN, CATEGORY, COUNTED, DATE, INTEGER, UNSEEN, FrameColumn
from studio.model.scikit.counted import counts_given, row_names

PROBABILITIES, DECISIONS, LABELS, THRESHOLD = "probabilities", "decisions", "labels", "threshold"
MAX_PROBED = 200
CHAIN = "ClassifierChain"
# Enough to tell 2,048 rows apart if the estimator refuses all of them; beyond that, the estimator is the problem.
MAX_REFUSALS = 4096


def make_frame(columns: list[FrameColumn], matrix: Any) -> Any:
    """Return the data frame of a matrix (n_rows, n_inputs), float64."""
    import pandas as pd

    made = {}
    for column in columns:
        counted = column.kind == COUNTED
        made[column.name] = row_names(len(matrix)) if counted else _make_column(column, matrix[:, column.slot])
    return pd.DataFrame(made)


def _make_column(column: FrameColumn, values: Any) -> Any:
    import pandas as pd

    if column.values is not None:
        table = np.array([*column.values, np.nan, UNSEEN], dtype=object)
        found = table[values.astype(np.int64)]
        if column.kind == CATEGORY:
            unseen = [UNSEEN] if (values == len(column.values) + 1).any() else []
            return pd.Categorical(found, categories=[*column.values, *unseen])
        if all(isinstance(value, str) for value in column.values):
            return pd.array(found, dtype="str")
        return found
    whole = column.kind in (INTEGER, BOOLEAN) and not np.isnan(values).any()
    if column.kind == DATE:
        return pd.to_datetime(values, unit="s")
    return values.astype(np.int64 if column.kind == INTEGER else bool) if whole else values


class FrameModel(BaseEstimator):  # type: ignore[misc]
    """Fits an estimator to the frame of a matrix, and scores matrices.

    Parameters
    ----------
    estimator
        The unfitted estimator.
    columns
        The columns of the frame, each as FrameColumn.to_json gives it.
    task
        The manifest's task.
    classes
        The labels in the order of their codes; empty if the label is no class.
    """

    def __init__(self, estimator: Any = None, columns: Any = (), task: str = REGRESSION, classes: Any = ()) -> None:
        self.estimator = estimator
        self.columns = columns
        self.task = task
        self.classes = classes

    @property
    def frame_columns(self) -> list[FrameColumn]:
        """The columns of the frame."""
        return [FrameColumn.from_json(column) for column in self.columns]

    def fit(self, X: Any, y: Any = None) -> "FrameModel":
        """Fit the estimator to a matrix (n_rows, n_inputs) and codes or numbers (n_rows,), and probe what it refuses.

        Raises
        ------
        ValueError
            If the estimator cannot be fitted, or cannot predict rows that it was not fitted to.
        """
        with counts_given(X):
            self._fit(make_frame(self.frame_columns, X), y)
        self.refused_missing_, self.refused_unseen_ = [], []
        probe = X[:1]
        width = self._score(probe).shape[1]
        self.width_ = int(width)
        self.refused_missing_ = self._probe(probe, 0)
        self.refused_unseen_ = self._probe(probe, 1)
        return self

    def _fit(self, frame: Any, y: Any) -> None:
        self.estimator_ = self.estimator.fit(frame) if y is None else self.estimator.fit(frame, self._target(y))
        self.spread_ = 1.0
        self.how_ = PROBABILITIES
        if self.task in (TWO_CLASS, MULTICLASS):
            self.how_ = self._choose(frame)
        elif self.task == ANOMALY:
            self.spread_ = float(max(np.std(self.estimator_.decision_function(frame)), 1e-9))

    def _target(self, y: Any) -> Any:
        """Return the labels as the estimator takes them: those of several outputs take a column, chains numbers."""
        inner = unfitted_last(self.estimator)
        labels = np.array(self.classes)[y] if len(self.classes) and type(inner).__name__ != CHAIN else y
        return labels if get_tags(inner).target_tags.single_output else np.asarray(labels).reshape(-1, 1)

    def refused(self, X: Any) -> Any:
        """Return which rows of a matrix the estimator refuses, ndarray of shape (n_rows,), bool."""
        found = np.zeros(len(X), dtype=bool)
        by_slot = {column.slot: column for column in self.frame_columns}
        for slot in self.refused_missing_:
            values = by_slot[slot].values
            found |= np.isnan(X[:, slot]) if values is None else X[:, slot] == len(values)
        for slot in self.refused_unseen_:
            found |= X[:, slot] == len(by_slot[slot].values or ()) + 1
        return found

    def scores(self, X: Any) -> Any:
        """Return the scores of a matrix, NaN for refused rows, ndarray of shape (n_rows, width), float64."""
        found = np.full((len(X), self.width_), np.nan)
        waiting, refusals = [np.flatnonzero(~self.refused(X))], 0
        while waiting:
            places = waiting.pop()
            if not len(places):
                continue
            try:
                found[places] = self._score(X[places])
            except MemoryError:
                raise
            except Exception:
                refusals += 1
                if refusals > MAX_REFUSALS:
                    raise
                # One value that the estimator refuses, such as an infinite logarithm, must not take the other rows
                # with it: halves find the rows that have it.
                if len(places) > 1:
                    waiting += np.array_split(places, 2)
        return found

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the classes, shape (n_rows, n_classes)."""
        return self.scores(X)

    def predict(self, X: Any) -> Any:
        """Return predictions or anomaly scores, shape (n_rows,)."""
        return self.scores(X)[:, 0]

    def transform(self, X: Any) -> Any:
        """Return the distances to the clusters, shape (n_rows, n_clusters)."""
        return self.scores(X)

    def _score(self, X: Any, first: int = 0) -> Any:
        """Return the scores of a matrix; `first` is the number of its first row, which must not matter."""
        with counts_given(X, first):
            return self._frame_scores(make_frame(self.frame_columns, X))

    def reads_row_numbers(self, X: Any) -> bool:
        """Return whether something besides vectorizers reads the texts that are counted."""
        if all(column.kind != COUNTED for column in self.frame_columns):
            return False
        try:
            return not np.array_equal(self._score(X), self._score(X, 10**12), equal_nan=True)
        except (ValueError, TypeError, KeyError, IndexError):
            return True

    def _frame_scores(self, frame: Any) -> Any:
        if self.task in (TWO_CLASS, MULTICLASS):
            return self._probabilities(frame, self.how_)
        if self.task == ANOMALY:
            return 1 / (1 + np.exp(np.asarray(self.estimator_.decision_function(frame)).reshape(-1, 1) / self.spread_))
        if self.task == CLUSTERING:
            return cluster_distances(self.estimator_, frame)
        found = np.asarray(self.estimator_.predict(frame), dtype=np.float64)
        if found.ndim > 1 and found.shape[1] != 1:
            raise ValueError(f"the estimator predicts {found.shape[1]} numbers a row; a web service gives one")
        return found.reshape(-1, 1)

    def _choose(self, frame: Any) -> str:
        """Return where the probabilities come from; decisions only where the greatest one is the predicted class."""
        if hasattr(self.estimator_, "predict_proba"):
            if type(last_step(self.estimator_)).__name__ == CHAIN and len(self.classes) > 2:
                return LABELS
            if type(last_step(self.estimator_)).__name__ in THRESHOLDS:
                return THRESHOLD if threshold_of(last_step(self.estimator_)) is not None else LABELS
            return PROBABILITIES
        if not hasattr(self.estimator_, "decision_function"):
            return LABELS
        decisions = np.asarray(self.estimator_.decision_function(frame))
        if decisions.ndim == 2 and decisions.shape[1] != len(self.classes):
            return LABELS
        found = self._probabilities(frame, DECISIONS).argmax(axis=1)
        said = self._probabilities(frame, LABELS).argmax(axis=1)
        return DECISIONS if (found == said).all() else LABELS

    def _probabilities(self, frame: Any, how: str) -> Any:
        if how == PROBABILITIES:
            return one_output(self.estimator_.predict_proba(frame))
        if how == THRESHOLD:
            return shift_threshold(
                np.asarray(self.estimator_.predict_proba(frame))[:, 1:], threshold_of(last_step(self.estimator_))
            )
        if how == DECISIONS:
            return decision_shares(np.asarray(self.estimator_.decision_function(frame), dtype=np.float64))
        predicted = np.asarray(self.estimator_.predict(frame)).reshape(-1, 1)
        chain = type(last_step(self.estimator_)).__name__ == CHAIN
        classes = np.arange(len(self.classes)) if chain else np.array(self.classes)
        return (predicted == classes[np.newaxis, :]).astype(np.float64)

    def _probe(self, row: Any, past: int) -> list[int]:
        """Return the slots in which the estimator refuses a missing value (`past` 0) or an unseen category (1)."""
        columns = [
            column
            for column in self.frame_columns
            if column.kind != COUNTED and (column.values is not None or past == 0)
        ]
        if not columns or not self._refuses(row, columns, past):
            return []
        if len(columns) > MAX_PROBED:
            return [column.slot for column in columns]
        return [column.slot for column in columns if self._refuses(row, [column], past)]

    def _refuses(self, row: Any, columns: list[FrameColumn], past: int) -> bool:
        changed = row.copy()
        for column in columns:
            changed[:, column.slot] = np.nan if column.values is None else len(column.values) + past
        try:
            return not np.isfinite(self._score(changed)).all()
        except (ValueError, TypeError, KeyError, IndexError):
            return True


THRESHOLDS = ("FixedThresholdClassifier", "TunedThresholdClassifierCV")


def last_step(estimator: Any) -> Any:
    """Return the fitted estimator at the end of pipelines and inside searches."""
    while True:
        if hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            return estimator


def unfitted_last(estimator: Any) -> Any:
    """Return the estimator at the end of unfitted pipelines and inside searches."""
    while True:
        if hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        elif type(estimator).__name__.endswith("SearchCV"):
            estimator = estimator.estimator
        else:
            return estimator


def one_output(found: Any) -> Any:
    """Return probabilities, shape (n_rows, n_classes), of estimators that give a list of them, or the second's only."""
    numbers = np.asarray(found[0] if isinstance(found, list) else found, dtype=np.float64)
    return np.hstack([1 - numbers, numbers]) if numbers.ndim == 2 and numbers.shape[1] == 1 else numbers


def threshold_of(estimator: Any) -> float | None:
    """Return from which probability of the second class a threshold classifier predicts it; None if it uses another."""
    if estimator.response_method == "decision_function" or not hasattr(estimator.estimator_, "predict_proba"):
        return None
    if getattr(estimator, "pos_label", None) not in (None, estimator.classes_[-1]):
        return None
    found = getattr(estimator, "best_threshold_", None)
    found = getattr(estimator, "threshold", None) if found is None else found
    if found == "auto":
        return 0.5
    return float(found) if found is not None and 0 < found < 1 else None


def shift_threshold(positive: Any, threshold: Any) -> Any:
    """Return probabilities of two classes, moved so that the threshold is at one half; order and ends are kept."""
    below = positive / (2 * threshold)
    above = 0.5 + (positive - threshold) / (2 * (1 - threshold))
    # The threshold itself is the positive class in scikit-learn, one half the negative one here.
    moved = np.where(positive >= threshold, np.maximum(above, 0.5 + 1e-9), below)
    return np.hstack([1 - moved, moved])


def decision_shares(decisions: Any) -> Any:
    """Return decisions as shares of the classes: their logistic function, or softmax if there are several columns."""
    if decisions.ndim == 1 or decisions.shape[1] == 1:
        positive = 1 / (1 + np.exp(-decisions.reshape(-1, 1)))
        return np.hstack([1 - positive, positive])
    powers = np.exp(decisions - decisions.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cluster_distances(estimator: Any, frame: Any) -> Any:
    """Return how far rows are from each cluster, the nearest being the one that the estimator predicts."""
    rows, last = frame, estimator
    if hasattr(estimator, "steps"):
        rows, last = (estimator[:-1].transform(frame) if len(estimator.steps) > 1 else frame), estimator[-1]
    if hasattr(last, "predict_proba"):
        return 1 - last.predict_proba(rows)
    centres = getattr(last, "cluster_centers_", getattr(last, "subcluster_centers_", None))
    if centres is None or hasattr(last, "subcluster_labels_"):
        numbers = np.arange(int(np.max(last.labels_)) + 1)
        return (np.asarray(last.predict(rows))[:, np.newaxis] != numbers[np.newaxis, :]).astype(np.float64)
    numbers = np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=np.float64)
    return np.column_stack([np.sqrt(((numbers - centre) ** 2).sum(axis=1)) for centre in centres])
