"""An encoder made ready for requests: cells in, matrix and shown cells out, in plain Python."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.encoder import Encoder, Feature
from studio.model.operations import Matrix
from studio.model.steps import category_key
from studio.schema import Cell, CellError, Column, cell_number, number_cell


@dataclass(frozen=True, slots=True)
class _Code:
    """Where a cell goes in the matrix: its slot, and the codes of its categories unless it is a number."""

    slot: int
    codes: dict[str, float] | None
    missing: float
    unseen: float


@dataclass(frozen=True, slots=True)
class _Reader:
    """How one plan is read: the position of its source in a row, and where its cell goes."""

    position: int
    read: Callable[[Any], Cell]
    codes: tuple[_Code, ...]
    shown: bool


class RowEncoder:
    """An encoder made ready for requests: cells of the sources in, shown cells and matrix out."""

    def __init__(self, encoder: Encoder) -> None:
        self.sources = encoder.sources
        self.width = len(encoder.slots)
        positions = {column.name: index for index, column in enumerate(self.sources)}
        shown = [item.plan for item in encoder.shown if item.plan is not None]
        self._plans = encoder.plans
        self._readers = [
            _Reader(positions[plan.source.name], plan.reader(), _codes(encoder, index), index in shown)
            for index, plan in enumerate(encoder.plans)
        ]
        # Shown plans come out in the plans' order; these are their places in the order they are shown in.
        ordered = sorted(set(shown))
        self._order = [ordered.index(plan) for plan in shown]
        self._in_order = self._order == list(range(len(ordered)))

    def encode(self, rows: Sequence[Sequence[Any]]) -> tuple[Matrix, list[list[Cell]]]:
        """Encode rows given as the cells of `sources`.

        Returns
        -------
        matrix : ndarray of shape (n_rows, n_slots), float64
        cells : list of n_rows lists of the shown cells that are not computed, in the order shown

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
            for index, reader in enumerate(self._readers):
                try:
                    value = reader.read(row[reader.position])
                except ValueError:
                    plan = self._plans[index]
                    wanted = Column(plan.source.name, plan.column.type)
                    raise CellError(number, wanted, row[reader.position]) from None
                if reader.shown:
                    cells.append(value)
                for code in reader.codes:
                    if code.codes is not None:
                        key = category_key(value)
                        encoded[code.slot] = code.missing if key is None else code.codes.get(key, code.unseen)
                    elif value is not None:
                        encoded[code.slot] = float(value) if not isinstance(value, str) else cell_number(value)
            flat += encoded
            finished.append(cells if self._in_order else [cells[place] for place in self._order])
        return np.array(flat, dtype=np.float64).reshape(len(rows), self.width), finished


def shown_cells(encoder: Encoder, rows: list[list[Cell]], computed: Matrix) -> list[list[Cell]]:
    """Return the shown cells of rows: those that were read, with the computed ones at their places.

    Parameters
    ----------
    rows
        The cells `RowEncoder.encode` gave.
    computed : ndarray of shape (n_rows, n_computed), float64
        What the graph gave after the scores.
    """
    if not computed.shape[1]:
        return rows
    places = [(place, item.column.type) for place, item in enumerate(encoder.shown) if item.plan is None]
    for row, values in zip(rows, computed.tolist(), strict=True):
        for (place, type_), value in zip(places, values, strict=True):
            row.insert(place, number_cell(value, type_))
    return rows


def _codes(encoder: Encoder, plan: int) -> tuple[_Code, ...]:
    return tuple(_code(index, slot.feature) for index, slot in enumerate(encoder.slots) if slot.plan == plan)


def _code(slot: int, feature: Feature) -> _Code:
    if feature.categories is None:
        return _Code(slot, None, math.nan, math.nan)
    codes = {category: float(code) for code, category in enumerate(feature.categories)}
    return _Code(slot, codes, float(feature.missing_code), float(feature.unseen_code))
