"""A trained model in memory, between Train Model and the file it is packed into."""

from dataclasses import dataclass
from typing import Any

from studio.model.container import GoldenRow
from studio.model.encoder import Encoder, Matrix, score_columns
from studio.schema import Column


@dataclass(frozen=True, slots=True)
class UntrainedModel:
    """A learner with its properties: what a fitted pipeline will be made of.

    `scaled` is True for learners that need imputed, standardised numbers.
    """

    learner: str
    task: str
    properties: dict[str, Any]
    estimator: Any
    scaled: bool


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A fitted pipeline with the encoder before it; `matrix` is what it was trained on."""

    untrained: UntrainedModel
    encoder: Encoder
    pipeline: Any
    label: Column
    labels: tuple[str, ...]
    matrix: Matrix
    golden: tuple[GoldenRow, ...]

    @property
    def task(self) -> str:
        """`two-class` or `regression`."""
        return self.untrained.task

    @property
    def outputs(self) -> tuple[Column, ...]:
        """The columns that scoring appends."""
        return score_columns(self.task, self.label)
