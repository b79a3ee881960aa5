"""An encoder made ready for requests: cells in, matrix and shown cells out, in plain Python.

Few rows are read cell by cell; of many rows each column's distinct cells are read once.
"""

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.model.encoder import Encoder, Feature
from studio.model.operations import Matrix
from studio.model.steps import PlanColumn, category_key
from studio.tables.schema import Cell, CellError, Column, cell_number, number_cell

# From so many rows on, looking for distinct cells costs less than reading all.
MANY_ROWS = 16
# Texts of a column that are known by their numbers: so many, and no longer than this, since callers send them.
MAX_MET, MAX_MET_LENGTH = 1024, 64


@dataclass(frozen=True, slots=True)
class _Code:
    """Where a cell goes in the matrix: its slot, and the codes of its categories unless it is a number.

    `met` are numbers of texts as they came, before they were read.
    """

    slot: int
    codes: dict[str, float] | None
    missing: float
    unseen: float
    met: dict[str, float] = field(default_factory=dict)

    def encode(self, cell: Cell) -> float:
        """Return what a finished cell is in the matrix."""
        if self.codes is None:
            return cell_number(cell)
        key = category_key(cell)
        return self.missing if key is None else self.codes.get(key, self.unseen)

    def encode_all(self, cells: list[Cell]) -> Any:
        """Return a column of the matrix, of shape (n_rows,); cells are of one type, or missing."""
        if self.codes is None and set(map(type, cells)) <= {int, float}:
            return np.array(cells, dtype=np.float64)
        found = {cell: self.encode(cell) for cell in set(cells)}
        return np.fromiter(map(found.__getitem__, cells), np.float64, len(cells))


@dataclass(frozen=True, slots=True)
class _Reader:
    """How the cells of one plan are read: the position of their source in a row, its name and the type wanted."""

    plan: int
    position: int
    column: Column
    read: Callable[[Any], Cell]
    takes_digits: bool

    def read_all(self, cells: Sequence[Any]) -> list[Cell]:
        """Read a column's cells, equal ones once; ValueError if one cannot be read."""
        if self._are_digits(cells):
            return list(map(int, cells))
        distinct = _distinct(cells)
        if distinct is None:
            return [self.read(cell) for cell in cells]
        found = {cell: self.read(cell) for cell in distinct}
        return [found[cell] for cell in cells]

    def encode_all(self, code: _Code, cells: Sequence[Any]) -> Any:
        """Return what read_all and the code's encode_all give, without the cells between."""
        n_cells = len(cells)
        # Texts that were met before are known by their numbers; anything but a text is none of them.
        with contextlib.suppress(KeyError, TypeError):
            return np.fromiter(map(code.met.__getitem__, cells), np.float64, n_cells)
        distinct = _distinct(cells)
        if distinct is None:
            return np.fromiter((code.encode(self.read(cell)) for cell in cells), np.float64, n_cells)
        if len(distinct) > n_cells // 2 and code.codes is None and self._are_digits(cells):
            return np.fromiter(map(float, cells), np.float64, n_cells)
        found = {cell: code.encode(self.read(cell)) for cell in distinct}
        if len(code.met) + len(found) <= MAX_MET:
            short = (cell for cell in found if isinstance(cell, str) and len(cell) <= MAX_MET_LENGTH)
            code.met.update((cell, found[cell]) for cell in short)
        return np.fromiter(map(found.__getitem__, cells), np.float64, n_cells)

    def encode_one(self, code: _Code, given: Any) -> float:
        """Return what a cell that was not met before is in the matrix; ValueError if it cannot be read."""
        number = code.encode(self.read(given))
        if isinstance(given, str) and len(given) <= MAX_MET_LENGTH and len(code.met) < MAX_MET:
            code.met[given] = number
        return number

    def _are_digits(self, cells: Sequence[Any]) -> bool:
        if not (self.takes_digits and all(cells) and set(map(type, cells)) == {str}):
            return False
        text = "".join(cells)
        return text.isascii() and text.isdigit()


def _distinct(cells: Sequence[Any]) -> set[Any] | None:
    """Return a column's distinct cells, None if equal ones may not be the same; ValueError if one is no cell."""
    try:
        distinct = set(cells)
    except TypeError as error:
        raise ValueError("a cell is a list or an object") from error
    # To Python 1, 1.0 and True are equal, and so are 0.0 and -0.0; as cells they are not.
    types = set(map(type, cells)) - {type(None)}
    return None if len(types) > 1 or (float in types and 0.0 in distinct) else distinct


class RowEncoder:
    """An encoder made ready for requests: cells of the sources in, shown cells and matrix out."""

    def __init__(self, encoder: Encoder) -> None:
        self.sources = encoder.sources
        self.width = len(encoder.slots)
        positions = {column.name: index for index, column in enumerate(self.sources)}
        readers = [
            _Reader(
                plan=index,
                position=positions[plan.source.name],
                column=Column(plan.source.name, plan.column.type),
                read=plan.reader(),
                takes_digits=_takes_digits(plan),
            )
            for index, plan in enumerate(encoder.plans)
        ]
        self._codes = [(readers[slot.plan], _code(index, slot.feature)) for index, slot in enumerate(encoder.slots)]
        self._shown = [readers[item.plan] for item in encoder.shown if item.plan is not None]

    def encode(self, rows: Sequence[Sequence[Any]], *, shown: bool = True) -> tuple[Matrix, list[list[Cell]]]:
        """Encode rows given as the cells of `sources`.

        Parameters
        ----------
        shown
            Whether the shown cells are wanted.

        Returns
        -------
        matrix : ndarray of shape (n_rows, n_slots), float64
        cells : list of n_rows lists of the shown cells that are not computed, in the order shown

        Raises
        ------
        CellError
            If a cell cannot be read as its column's type.
        """
        if len(rows) >= MANY_ROWS:
            try:
                return self._encode_columns(rows, shown)
            except ValueError:
                # Cell by cell the error gets its row.
                pass
        return self._encode_rows(rows, shown)

    def _encode_columns(self, rows: Sequence[Sequence[Any]], shown: bool) -> tuple[Matrix, list[list[Cell]]]:
        columns = list(zip(*rows, strict=True))
        matrix = np.empty((len(rows), self.width), dtype=np.float64)
        cells = {reader.plan: reader.read_all(columns[reader.position]) for reader in self._shown} if shown else {}
        for reader, code in self._codes:
            if reader.plan in cells:
                matrix[:, code.slot] = code.encode_all(cells[reader.plan])
            else:
                matrix[:, code.slot] = reader.encode_all(code, columns[reader.position])
        if not cells:
            return matrix, [[] for _ in rows]
        return matrix, list(map(list, zip(*(cells[reader.plan] for reader in self._shown), strict=True)))

    def _encode_rows(self, rows: Sequence[Sequence[Any]], shown: bool) -> tuple[Matrix, list[list[Cell]]]:
        flat: list[float] = []
        finished: list[list[Cell]] = []
        for row in rows:
            encoded = [math.nan] * self.width
            try:
                for reader, code in self._codes:
                    given = row[reader.position]
                    if isinstance(given, str) and (number := code.met.get(given)) is not None:
                        encoded[code.slot] = number
                    else:
                        encoded[code.slot] = reader.encode_one(code, given)
                cells = []
                for reader in self._shown if shown else ():
                    given = row[reader.position]
                    cells.append(reader.read(given))
            except ValueError:
                raise CellError(len(finished), reader.column, given) from None
            flat += encoded
            finished.append(cells)
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


def _takes_digits(plan: PlanColumn) -> bool:
    """Tell whether digits of a plan's source are just their whole number."""
    return plan.source.type.is_integer and not plan.steps and not any(token.isdigit() for token in plan.missing_tokens)


def _code(slot: int, feature: Feature) -> _Code:
    if feature.categories is None:
        return _Code(slot, None, math.nan, math.nan)
    codes = {category: float(code) for code, category in enumerate(feature.categories)}
    return _Code(slot, codes, float(feature.missing_code), float(feature.unseen_code))
