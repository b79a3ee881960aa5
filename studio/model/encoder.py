"""The encoder of a model, which turns cells into the matrix of doubles that its graph takes.

Numbers stay numbers (NaN for missing). Text and other categorical columns become integer codes: the position of the
category, then one code for missing and one for unseen. Number columns come first in the matrix, then codes.

Columns that modules count in a text follow the slots in the matrix: a graph cannot take texts, so the encoder counts.

Columns that modules compute are stages: operations on columns of the matrix that append columns to it. Stages run
inside the graph; `expand` runs them for training. The learner's inputs are a selection of all these columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.operations import Matrix, Operation, operation_from_json, operation_to_json
from studio.model.steps import PlanColumn
from studio.model.texts import TextOperation, text_from_json, text_to_json
from studio.tables.schema import Column

# One row of that many columns takes a quarter of a megabyte.
MAX_TEXT_COLUMNS = 32_768


@dataclass(frozen=True, slots=True)
class Feature:
    """A matrix column; `categories` is None for numbers."""

    name: str
    categories: tuple[str, ...] | None = None
    missing_seen: bool = False

    @property
    def missing_code(self) -> int:
        """The code of a missing category."""
        return len(self.categories or ())

    @property
    def unseen_code(self) -> int:
        """The code of a category not seen in training."""
        return self.missing_code + 1

    @property
    def known_codes(self) -> range:
        """The codes seen in training, each with a one-hot column."""
        return range(self.missing_code + self.missing_seen)

    def to_json(self) -> dict[str, Any]:
        """Return the feature as stored in `encoder.json`."""
        return {"name": self.name, "categories": self.categories, "missingSeen": self.missing_seen}

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Feature":
        """Read what to_json wrote."""
        categories = value["categories"]
        return Feature(str(value["name"]), None if categories is None else tuple(categories), value["missingSeen"])


@dataclass(frozen=True, slots=True)
class Slot:
    """A column of the encoded matrix: the plan whose cells it holds, and in which form."""

    plan: int
    feature: Feature


@dataclass(frozen=True, slots=True)
class TextColumns:
    """Columns of the encoded matrix, after all slots, that are counted in the texts of a plan."""

    plan: int
    operation: TextOperation


@dataclass(frozen=True, slots=True)
class Stage:
    """An operation on columns, given by position; its outputs are appended after all existing columns."""

    operation: Operation
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelInput:
    """An input of the learner: its position among encoded and computed columns."""

    position: int
    feature: Feature


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column that scoring outputs before the scores: the cells of a plan, or a computed column."""

    column: Column
    plan: int | None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Encoder:
    """Turns rows into the learner's inputs.

    `plans` say how to read cells, `slots` and `texts` make up the encoded matrix (numbers first, then codes, then what
    is counted in texts), `stages` append computed columns, `inputs` are the learner's inputs (numbers first), `shown`
    are the columns before the scores.
    """

    plans: tuple[PlanColumn, ...]
    slots: tuple[Slot, ...]
    stages: tuple[Stage, ...]
    inputs: tuple[ModelInput, ...]
    shown: tuple[ShownColumn, ...]
    texts: tuple[TextColumns, ...] = ()

    @property
    def width(self) -> int:
        """The number of columns of the encoded matrix, which is the graph's input."""
        return len(self.slots) + sum(item.operation.width(1) for item in self.texts)

    @property
    def numbers(self) -> tuple[Feature, ...]:
        """The learner's numbers, its first columns."""
        return tuple(item.feature for item in self.inputs if item.feature.categories is None)

    @property
    def categories(self) -> tuple[Feature, ...]:
        """The learner's categories, its last columns."""
        return tuple(item.feature for item in self.inputs if item.feature.categories is not None)

    @property
    def features(self) -> tuple[Feature, ...]:
        """All columns the learner takes, in order."""
        return tuple(item.feature for item in self.inputs)

    @property
    def sources(self) -> tuple[Column, ...]:
        """The columns a caller has to send, in order of first use."""
        return tuple({plan.source.name: plan.source for plan in self.plans}.values())

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns shown before the scores."""
        return tuple(item.column for item in self.shown)

    @property
    def computed(self) -> tuple[int, ...]:
        """The positions of the shown columns that are computed; they follow the scores in the graph's output."""
        return tuple(item.position for item in self.shown if item.position is not None)

    @property
    def is_plain(self) -> bool:
        """Whether the learner's input is the encoded matrix itself."""
        return not self.stages and [item.position for item in self.inputs] == list(range(self.width))

    def expand(self, matrix: Matrix) -> Matrix:
        """Return the encoded matrix with all computed columns appended."""
        for stage in self.stages:
            matrix = np.hstack([matrix, stage.operation.apply(matrix[:, list(stage.inputs)])])
        return matrix

    def learner_matrix(self, matrix: Matrix) -> Matrix:
        """Return the learner's inputs for an encoded matrix, shape (n_rows, n_inputs)."""
        if self.is_plain:
            return matrix
        return self.expand(matrix)[:, [item.position for item in self.inputs]]

    def computed_columns(self, matrix: Matrix) -> Matrix:
        """Return the shown computed columns, shape (n_rows, n_computed)."""
        return self.expand(matrix)[:, list(self.computed)] if self.computed else np.empty((len(matrix), 0))

    def to_json(self) -> dict[str, Any]:
        """Return the encoder as stored in `encoder.json`; without texts, it is what version 2 has always been."""
        texts = [{"plan": item.plan, **text_to_json(item.operation)} for item in self.texts]
        return {
            **({"texts": texts} if texts else {}),
            "plans": [plan.to_json() for plan in self.plans],
            "slots": [{"plan": slot.plan, "feature": slot.feature.to_json()} for slot in self.slots],
            "stages": [{"inputs": list(stage.inputs), **operation_to_json(stage.operation)} for stage in self.stages],
            "inputs": [{"position": item.position, "feature": item.feature.to_json()} for item in self.inputs],
            "shown": [
                {"column": item.column.to_json(), "plan": item.plan, "position": item.position} for item in self.shown
            ],
        }

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Encoder":
        """Read what to_json wrote, or an encoder of format version 1, which has only columns and features."""
        if "features" in value:
            return _read_version_1(value)
        return Encoder(
            plans=tuple(PlanColumn.from_json(plan) for plan in value["plans"]),
            slots=tuple(Slot(item["plan"], Feature.from_json(item["feature"])) for item in value["slots"]),
            stages=tuple(_stage_from_json(item) for item in value["stages"]),
            inputs=tuple(ModelInput(item["position"], Feature.from_json(item["feature"])) for item in value["inputs"]),
            shown=tuple(
                ShownColumn(Column.from_json(item["column"]), item["plan"], item["position"]) for item in value["shown"]
            ),
            texts=_read_texts(value.get("texts", ())),
        )


def _read_version_1(value: dict[str, Any]) -> Encoder:
    plans = tuple(PlanColumn.from_json(plan) for plan in value["columns"])
    features = [Feature.from_json(item) for item in value["features"]]
    places = {plan.column.name: index for index, plan in enumerate(plans)}
    return Encoder(
        plans=plans,
        slots=tuple(Slot(places[feature.name], feature) for feature in features),
        stages=(),
        inputs=tuple(ModelInput(position, feature) for position, feature in enumerate(features)),
        shown=tuple(ShownColumn(plan.column, index) for index, plan in enumerate(plans)),
    )


def _read_texts(values: Sequence[dict[str, Any]]) -> tuple[TextColumns, ...]:
    texts = tuple(TextColumns(item["plan"], text_from_json(item)) for item in values)
    if sum(item.operation.width(1) for item in texts) > MAX_TEXT_COLUMNS:
        raise ValueError(f"more than {MAX_TEXT_COLUMNS:,} columns counted in texts")
    return texts


def _stage_from_json(value: dict[str, Any]) -> Stage:
    operation = {name: item for name, item in value.items() if name != "inputs"}
    return Stage(operation_from_json(operation), tuple(value["inputs"]))
