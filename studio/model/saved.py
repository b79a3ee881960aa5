"""Trained models from files, as modules of an experiment take them: they score raw rows and are not trained further."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.computed import Base, Output, Provenance
from studio.model.loaded import LoadedModel
from studio.model.manifest import Manifest
from studio.model.operations import Matrix, Operation
from studio.model.row_encoder import shown_cells
from studio.model.scores import score_columns, score_width
from studio.model.steps import PlanColumn
from studio.model.texts import TextOperation
from studio.tables.schema import Cell, Column

# A column's source and the kinds of its transformations, in order; nested, since several columns may be combined.
type Trace = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What scores say about themselves: the hash of the model's file, its task, label column and labels."""

    id: str
    task: str
    label: Column
    labels: tuple[str, ...]

    @property
    def outputs(self) -> tuple[Column, ...]:
        """The columns that scoring appends."""
        return score_columns(self.task, self.label, self.labels)


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A trained model from a file, open to score."""

    facts: ModelFacts
    loaded: LoadedModel

    @property
    def task(self) -> str:
        """One of the manifest's tasks."""
        return self.facts.task

    @property
    def label(self) -> Column:
        """The column that the model predicts."""
        return self.facts.label

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, quantiles or clusters, as in the manifest."""
        return self.facts.labels

    @property
    def outputs(self) -> tuple[Column, ...]:
        """The columns that scoring appends."""
        return self.facts.outputs

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model's file."""
        return self.loaded.file.manifest

    @property
    def sources(self) -> tuple[Column, ...]:
        """The columns that it takes, in order."""
        return self.loaded.file.encoder.sources

    def traces(self) -> frozenset[Trace]:
        """Return how the model itself transforms its columns, step by step."""
        encoder = self.loaded.file.encoder
        found = {trace for plan in encoder.plans for trace in _traces_to(plan)}
        columns = [trace_of(encoder.plans[slot.plan]) for slot in encoder.slots]
        for text in encoder.texts:
            given = [trace_of(encoder.plans[text.plan])]
            columns += [_operation_trace(text.operation, given, index) for index in range(text.operation.width(1))]
        for stage in encoder.stages:
            given = [columns[position] for position in stage.inputs]
            width = stage.operation.width(len(given))
            columns += [_operation_trace(stage.operation, given, index) for index in range(width)]
        return frozenset({*found, *columns})

    def score_cells(self, rows: Sequence[Sequence[Any]]) -> Matrix:
        """Return the scores of rows of cells of `sources`, shape (n_rows, score_width).

        Raises
        ------
        CellError
            If a cell cannot be read as its column's type.
        """
        width = score_width(self.task, self.labels)
        if not rows:
            return np.empty((0, width))
        matrix, _ = self.loaded.encoder.encode(rows, shown=False)
        return self.loaded.scorer.score(matrix)[:, :width]

    def score_shown(self, rows: Sequence[Sequence[Any]]) -> tuple[Matrix, list[list[Cell]]]:
        """Return the scores of rows, as score_cells does, and each row's cells as the model's training left them."""
        width = score_width(self.task, self.labels)
        if not rows:
            return np.empty((0, width)), []
        matrix, parsed = self.loaded.encoder.encode(rows)
        scores = self.loaded.scorer.score(matrix)
        return scores[:, :width], shown_cells(self.loaded.file.encoder, parsed, scores[:, width:])


def trace_of(provenance: Provenance) -> Trace:
    """Return which transformations a column has been through, without what they learned and without its name."""
    if isinstance(provenance, PlanColumn):
        return _traces_to(provenance)[-1]
    return _value_trace(provenance.output)


def _value_trace(value: Base | Output) -> Trace:
    if isinstance(value, Base):
        return trace_of(value.plan)
    given = [_value_trace(item) for item in value.computation.inputs]
    return _operation_trace(value.computation.operation, given, value.index)


def _operation_trace(operation: Operation | TextOperation, given: Sequence[Trace], index: int) -> Trace:
    name = type(operation).__name__
    # Most operations work on each column by itself: then the others do not matter.
    return (name, given[index]) if operation.width(len(given)) == len(given) else (name, index, *given)


def _traces_to(plan: PlanColumn) -> list[Trace]:
    """Return the trace of a plan's source, and of the plan after each of its steps."""
    steps = [type(step).__name__ for step in plan.steps]
    start: Trace = (plan.source.name, *(["missing tokens"] if plan.missing_tokens else []))
    return [(plan.source.name,), *((*start, *steps[:n]) for n in range(len(steps) + 1))]


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where an experiment's Trained Model modules find their models.

    `find` returns the hash of the model of a name, or None; `open` returns a model by its hash.
    """

    find: Callable[[str], str | None]
    open: Callable[[str], LoadedModel]

    def get(self, name: str) -> SavedModel | None:
        """Return the model of this name, or None."""
        digest = self.find(name)
        if digest is None:
            return None
        loaded = self.open(digest)
        manifest = loaded.file.manifest
        return SavedModel(ModelFacts(digest, manifest.task, manifest.label, tuple(manifest.labels)), loaded)
