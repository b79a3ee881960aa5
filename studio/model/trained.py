"""A trained model in memory, before it is packed into a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.model.container import GoldenRow
from studio.model.encoder import Encoder
from studio.model.operations import Matrix
from studio.model.pipeline import Scaling, score_with_pipeline
from studio.model.scores import score_columns, score_width
from studio.tables.schema import Column


@dataclass(frozen=True, slots=True)
class TrainingShape:
    """The shape of the training data, which some estimators need to know before they are made.

    The number of rows, of columns after one-hot encoding, and of rows of the rarest class (0 without classes).
    """

    rows: int
    columns: int
    smallest_class: int = 0


@dataclass(frozen=True, slots=True)
class UntrainedModel:
    """A learner with its properties, from which a pipeline can be fitted.

    `build` makes the scikit-learn estimator; `scaling` is how it needs its numbers prepared, `sparse` whether one-hot
    columns may be sparse. `grid` holds the values to sweep, by property; `labels` the quantiles or clusters. One
    fitted `elsewhere` is a user's estimator, made and fitted in a process of its own (scikit/fitted.py).
    """

    learner: str
    task: str
    properties: dict[str, Any]
    build: Callable[[Mapping[str, Any], TrainingShape], Any]
    scaling: Scaling = Scaling.NONE
    sparse: bool = False
    grid: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A fitted pipeline with the encoder before it.

    `matrix` is the encoded matrix it was trained on, `target` the value to predict for each row (None if there is
    none). `id` is its identity, which copies share. `baseline` is what the rows held as callers send them, as JSON;
    empty if they are unknown, or the model is only tried.
    """

    untrained: UntrainedModel
    encoder: Encoder
    pipeline: Any
    label: Column
    labels: tuple[str, ...]
    matrix: Matrix
    target: Any
    golden: tuple[GoldenRow, ...]
    id: str
    baseline: dict[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """One of the manifest's tasks."""
        return self.untrained.task

    @property
    def outputs(self) -> tuple[Column, ...]:
        """The columns that scoring appends."""
        return score_columns(self.task, self.label, self.labels)

    def score_inputs(self, inputs: Matrix) -> Matrix:
        """Return the scores for the learner's inputs, shape (n_rows, score_width)."""
        if not len(inputs):
            return np.empty((0, score_width(self.task, self.labels)))
        return score_with_pipeline(self.pipeline, self.task, inputs)

    def score(self, matrix: Matrix) -> Matrix:
        """Return the expected output of the model's graph for an encoded matrix: scores, then computed columns."""
        scores = self.score_inputs(self.encoder.learner_matrix(matrix))
        return np.hstack([scores, self.encoder.computed_columns(matrix)]) if self.encoder.computed else scores
