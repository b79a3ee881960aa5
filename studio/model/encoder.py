"""The encoder of a model: from cells to the matrix of doubles that its graph takes.

Numbers stay numbers (NaN for missing). Text and other categorical columns become integer codes: the position of the
category, then one code for missing and one for unseen. The matrix has the number columns first, then the codes.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.model.steps import PlanColumn, category_key
from studio.schema import Cell, CellError, Column, ColumnType, cell_number

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Feature:
    """A column the model looks at; `categories` is None for numbers."""

    name: str
    categories: tuple[str, ...] | None = None
    missing_seen: bool = False

    @property
    def missing_code(self) -> int:
        """The code of a missing category."""
        return len(self.categories or ())

    @property
    def unseen_code(self) -> int:
        """The code of a category that training did not see."""
        return self.missing_code + 1

    @property
    def known_codes(self) -> range:
        """The codes that training saw, which have a one-hot column each."""
        return range(self.missing_code + self.missing_seen)


@dataclass(frozen=True, slots=True)
class Encoder:
    """What turns rows into a matrix: the columns (in the order they are shown) and the features (in the matrix's)."""

    columns: tuple[PlanColumn, ...]
    features: tuple[Feature, ...]

    @property
    def numbers(self) -> tuple[Feature, ...]:
        """The number features: the matrix's first columns."""
        return tuple(feature for feature in self.features if feature.categories is None)

    @property
    def categories(self) -> tuple[Feature, ...]:
        """The categorical features: the matrix's last columns."""
        return tuple(feature for feature in self.features if feature.categories is not None)

    @property
    def sources(self) -> tuple[Column, ...]:
        """The columns a caller has to send, in the order they are first used."""
        return tuple({plan.source.name: plan.source for plan in self.columns}.values())

    def to_json(self) -> dict[str, Any]:
        """Return the encoder as `encoder.json` keeps it."""
        return {
            "columns": [plan.to_json() for plan in self.columns],
            "features": [
                {
                    "name": feature.name,
                    "categories": feature.categories,
                    "missingSeen": feature.missing_seen,
                }
                for feature in self.features
            ],
        }

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Encoder":
        """Read what to_json wrote."""
        features = tuple(
            Feature(
                item["name"],
                None if item["categories"] is None else tuple(item["categories"]),
                item["missingSeen"],
            )
            for item in value["features"]
        )
        return Encoder(tuple(PlanColumn.from_json(plan) for plan in value["columns"]), features)


@dataclass(frozen=True, slots=True)
class _Cell:
    """How one column of a row is read (`position` counts the sources) and where it goes in the matrix, if at all."""

    position: int
    read: Callable[[Any], Cell]
    slot: int | None
    codes: dict[str, float] | None
    missing: float
    unseen: float


class RowEncoder:
    """An encoder made ready for requests: cells of the sources in, finished cells and matrix out."""

    def __init__(self, encoder: Encoder) -> None:
        self.sources = encoder.sources
        self.width = len(encoder.features)
        positions = {column.name: index for index, column in enumerate(self.sources)}
        slots = {feature.name: index for index, feature in enumerate(encoder.features)}
        self._plans = encoder.columns
        self._cells = [_compile(plan, positions, slots, encoder.features) for plan in encoder.columns]

    def encode(self, rows: Sequence[Sequence[Any]]) -> tuple[Matrix, list[list[Cell]]]:
        """Encode rows given as the cells of `sources`.

        Returns
        -------
        matrix : ndarray of shape (n_rows, n_features), float64
        cells : list of n_rows lists of n_columns finished cells

        Raises
        ------
        CellError
            If a cell cannot be read as its column's type.
        """
        flat: list[float] = []
        finished = []
        for number, row in enumerate(rows):
            encoded = [math.nan] * self.width
            cells: list[Cell] = []
            for index, cell in enumerate(self._cells):
                try:
                    value = cell.read(row[cell.position])
                except ValueError:
                    plan = self._plans[index]
                    wanted = Column(plan.source.name, plan.column.type)
                    raise CellError(number, wanted, row[cell.position]) from None
                cells.append(value)
                if cell.slot is None:
                    continue
                if cell.codes is not None:
                    key = category_key(value)
                    encoded[cell.slot] = cell.missing if key is None else cell.codes.get(key, cell.unseen)
                elif value is not None:
                    encoded[cell.slot] = float(value) if not isinstance(value, str) else cell_number(value)
            flat += encoded
            finished.append(cells)
        return np.array(flat, dtype=np.float64).reshape(len(rows), self.width), finished


def _compile(
    plan: PlanColumn, positions: dict[str, int], slots: dict[str, int], features: tuple[Feature, ...]
) -> _Cell:
    slot = slots.get(plan.column.name)
    feature = features[slot] if slot is not None else None
    codes = None
    if feature is not None and feature.categories is not None:
        codes = {category: float(code) for code, category in enumerate(feature.categories)}
    missing, unseen = (float(feature.missing_code), float(feature.unseen_code)) if feature else (0.0, 0.0)
    return _Cell(positions[plan.source.name], plan.reader(), slot, codes, missing, unseen)


def score_columns(task: str, label: Column) -> tuple[Column, ...]:
    """Return the columns Score Model appends for a task.

    References
    ----------
    Module catalogue, "Column names that modules produce".
    """
    if task == "two-class":
        return (Column("Scored Labels", label.type), Column("Scored Probabilities", ColumnType.DOUBLE))
    return (Column("Scored Labels", ColumnType.DOUBLE),)
