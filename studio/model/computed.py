"""Columns that modules compute from other columns, and how they are flattened into an encoder.

A computation takes base columns (the cells of a plan, as numbers or codes) or outputs of other computations. An
encoder lists each base once, as a slot of its matrix, followed by the computations as stages. A computation that
counts in the texts of a plan makes columns of the matrix itself.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from studio.model.encoder import Encoder, Feature, ModelInput, ShownColumn, Slot, Stage, TextColumns
from studio.model.operations import Codes, Operation
from studio.model.steps import PlanColumn
from studio.model.texts import TEXT_OPERATIONS, TextOperation
from studio.tables.schema import READERS, Column, cell_number


@dataclass(frozen=True, slots=True)
class Base:
    """The cells of a plan as a matrix column; `feature` says whether as numbers or as codes."""

    plan: PlanColumn
    feature: Feature


@dataclass(frozen=True, slots=True)
class Computation:
    """An operation and the columns it takes. `id` is its identity, which copies share: two with equal parts differ."""

    operation: Operation | TextOperation = field(compare=False)
    inputs: "tuple[Base | Output, ...]" = field(compare=False)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Output:
    """One of the output columns of a computation."""

    computation: Computation
    index: int


@dataclass(frozen=True, slots=True)
class ComputedColumn:
    """A dataset column that is an output of a computation."""

    column: Column
    output: Output


Provenance = PlanColumn | ComputedColumn
TEXTS = tuple(TEXT_OPERATIONS.values())


def column_values(provenance: Provenance) -> "Base | Output":
    """Return a column as an input of a computation, with its cells as numbers."""
    if isinstance(provenance, ComputedColumn):
        return provenance.output
    return Base(provenance, Feature(provenance.column.name))


def base_plans(provenance: Provenance) -> Iterator[PlanColumn]:
    """Yield the plans a column is computed from; for a plan, the plan itself."""
    if isinstance(provenance, PlanColumn):
        yield provenance
    else:
        yield from _plans_below(provenance.output)


def _plans_below(value: "Base | Output") -> Iterator[PlanColumn]:
    if isinstance(value, Base):
        yield value.plan
    else:
        for item in value.computation.inputs:
            yield from _plans_below(item)


def make_encoder(shown: Sequence[Provenance], inputs: Sequence[tuple[Provenance, Feature]]) -> Encoder:
    """Return the encoder of a learner.

    Parameters
    ----------
    shown
        The columns shown before the scores, in order.
    inputs
        The columns the learner takes, in order, each as numbers or categories; numbers first.
    """
    return _Flattening(shown, inputs).encoder()


class _Flattening:
    """Collects plans, slots and stages by visiting columns.

    How it works: `_visit` walks from each column down to its bases and appends a computation only after its inputs, so
    the stages are in an order in which they can run. Then the bases get their final positions, and `encoder` turns
    every reference into a position: bases first, then each stage's outputs after all columns before it."""

    def __init__(self, shown: Sequence[Provenance], inputs: Sequence[tuple[Provenance, Feature]]) -> None:
        self._shown = shown
        self._inputs = inputs
        self._plans: dict[PlanColumn, int] = {}
        self._bases: dict[Base, int] = {}
        self._computations: dict[Computation, None] = {}
        self._texts: dict[Computation, None] = {}
        self._coded = [self._learner_value(provenance, feature) for provenance, feature in inputs]
        for provenance in shown:
            for plan in base_plans(provenance):
                self._plans.setdefault(plan, len(self._plans))
        for value in (*(column_values(item) for item in shown if isinstance(item, ComputedColumn)), *self._coded):
            self._visit(value)
        # Numbers come first in the matrix; the sort is stable otherwise.
        ordered = sorted(self._bases, key=lambda base: base.feature.categories is not None)
        self._bases = {base: position for position, base in enumerate(ordered)}

    def encoder(self) -> Encoder:
        starts, end = {}, len(self._bases)
        for item in (*self._texts, *self._computations):
            starts[item] = end
            end += item.operation.width(len(item.inputs))

        def position(value: Base | Output) -> int:
            if isinstance(value, Base):
                return self._bases[value]
            return starts[value.computation] + value.index

        return Encoder(
            plans=tuple(self._plans),
            slots=tuple(Slot(self._plans[base.plan], base.feature) for base in self._bases),
            stages=tuple(
                Stage(cast(Operation, item.operation), tuple(position(value) for value in item.inputs))
                for item in self._computations
            ),
            inputs=tuple(
                ModelInput(position(value), feature)
                for value, (_, feature) in zip(self._coded, self._inputs, strict=True)
            ),
            shown=tuple(
                ShownColumn(item.column, None, position(item.output))
                if isinstance(item, ComputedColumn)
                else ShownColumn(item.column, self._plans[item])
                for item in self._shown
            ),
            texts=tuple(
                TextColumns(self._plans[item.inputs[0].plan], item.operation)
                for item in self._texts
                if isinstance(item.operation, TEXTS) and isinstance(item.inputs[0], Base)
            ),
        )

    def _learner_value(self, provenance: Provenance, feature: Feature) -> Base | Output:
        if isinstance(provenance, PlanColumn):
            return Base(provenance, feature)
        if feature.categories is None:
            return provenance.output
        read = READERS[provenance.column.type]
        codes = Codes(tuple(cell_number(read(category)) for category in feature.categories))
        return Output(Computation(codes, (provenance.output,)), 0)

    def _visit(self, value: Base | Output) -> None:
        if isinstance(value, Base):
            self._plans.setdefault(value.plan, len(self._plans))
            self._bases.setdefault(value, len(self._bases))
        elif isinstance(value.computation.operation, TEXTS):
            (plan,) = _plans_below(value)
            self._plans.setdefault(plan, len(self._plans))
            self._texts.setdefault(value.computation)
        elif value.computation not in self._computations:
            for item in value.computation.inputs:
                self._visit(item)
            self._computations.setdefault(value.computation)
