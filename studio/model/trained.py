"""A trained model in memory, between Train Model and the file it is packed into."""

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
    """What an estimator may have to know of its data before it is made.

    Rows, columns after categories became one-hot, and rows of the rarest class (0 without classes).
    """

    rows: int
    columns: int
    smallest_class: int = 0


@dataclass(frozen=True, slots=True)
class UntrainedModel:
    """A learner with its properties: what a fitted pipeline will be made of.

    `build` makes the scikit-learn estimator; `scaling` says how it wants its numbers, `sparse` whether one-hot
    columns may be sparse. `grid` holds the values to sweep by property; `labels` the quantiles or clusters.
    """

    learner: str
    task: str
    properties: dict[str, Any]
    build: Callable[[Mapping[str, Any], TrainingShape], Any]
    scaling: Scaling = Scaling.NONE
    sparse: bool = False
    grid: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A fitted pipeline with the encoder before it.

    `matrix` is the encoded matrix it was trained on, `target` what it was to find for each row (None without), `id`
    tells it from all others, copies of it included.
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

    @property
    def task(self) -> str:
        """One of the manifest's tasks."""
        return self.untrained.task

    @property
    def outputs(self) -> tuple[Column, ...]:
        """The columns that scoring appends."""
        return score_columns(self.task, self.label, self.labels)

    def score_inputs(self, inputs: Matrix) -> Matrix:
        """Return the scores for what the learner sees, shape (n_rows, score_width)."""
        if not len(inputs):
            return np.empty((0, score_width(self.task, self.labels)))
        return score_with_pipeline(self.pipeline, self.task, inputs)

    def score(self, matrix: Matrix) -> Matrix:
        """Return what the model's graph has to give for an encoded matrix: scores, then shown computed columns."""
        scores = self.score_inputs(self.encoder.learner_matrix(matrix))
        return np.hstack([scores, self.encoder.computed_columns(matrix)]) if self.encoder.computed else scores
