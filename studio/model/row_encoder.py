"""An encoder optimised for requests: turns cells into the matrix and the shown cells, in plain Python.

Few rows are parsed cell by cell; for many rows, each column's distinct cells are parsed once.
"""

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.errors import BadUserArgument
from studio.model.cleaning import CleanText
from studio.model.encoder import Encoder, Feature
from studio.model.operations import Matrix
from studio.model.steps import PlanColumn, category_key
from studio.model.texts import TextOperation
from studio.model.tokens import MAX_CHARACTERS
from studio.tables.schema import Cell, CellError, Column, cell_number, number_cell

# From this many rows, finding distinct cells costs less than parsing all cells.
MANY_ROWS = 16
# Rows times columns of a matrix with columns counted in texts: a short text makes a long row.
MAX_TEXT_CELLS = 16_000_000
# Characters of texts that are cleaned or counted: the worst take a second for each 300,000.
MAX_TEXT_CHARACTERS = 2_000_000
# Limits on the texts of a column that are remembered with their numbers, because callers choose them.
MAX_MET, MAX_MET_LENGTH = 1024, 64


@dataclass(frozen=True, slots=True)
class _Code:
    """A cell's place in the matrix: its slot, and the codes of its categories unless it is a number.

    `met` maps texts as received, before parsing, to their numbers in the matrix.
    """

    slot: int
    codes: dict[str, float] | None
    missing: float
    unseen: float
    met: dict[str, float] = field(default_factory=dict)

    def encode(self, cell: Cell) -> float:
        """Return the number of a finished cell in the matrix."""
        if self.codes is None:
            return cell_number(cell)
        key = category_key(cell)
        return self.missing if key is None else self.codes.get(key, self.unseen)

    def encode_all(self, cells: list[Cell]) -> Any:
        """Return a matrix column of shape (n_rows,); the cells have one type or are missing."""
        if self.codes is None and set(map(type, cells)) <= {int, float}:
            return np.array(cells, dtype=np.float64)
        found = {cell: self.encode(cell) for cell in set(cells)}
        return np.fromiter(map(found.__getitem__, cells), np.float64, len(cells))


@dataclass(frozen=True, slots=True)
class _Reader:
    """How to read the cells of a plan: the position of its source in a row, and the source's name and type."""

    plan: int
    position: int
    column: Column
    read: Callable[[Any], Cell]
    takes_digits: bool

    def read_all(self, cells: Sequence[Any]) -> list[Cell]:
        """Parse a column's cells, equal ones once; ValueError if one cannot be parsed."""
        if self._are_digits(cells):
            return list(map(int, cells))
        distinct = _distinct(cells)
        if distinct is None:
            return [self.read(cell) for cell in cells]
        found = {cell: self.read(cell) for cell in distinct}
        return [found[cell] for cell in cells]

    def encode_all(self, code: _Code, cells: Sequence[Any]) -> Any:
        """Return the result of read_all and encode_all in one step, without making the cells in between."""
        n_cells = len(cells)
        # Known texts map straight to their numbers; anything other than text is never among them.
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
        """Return the number of a cell not met before; ValueError if it cannot be parsed."""
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
    """Return a column's distinct cells, None if equal cells may differ; ValueError if one is not a cell."""
    try:
        distinct = set(cells)
    except TypeError as error:
        raise ValueError("a cell is a list or an object") from error
    # In Python 1, 1.0 and True are equal, and so are 0.0 and -0.0, but as cells they differ.
    types = set(map(type, cells)) - {type(None)}
    return None if len(types) > 1 or (float in types and 0.0 in distinct) else distinct


class RowEncoder:
    """An encoder optimised for requests, which turns source cells into shown cells and the matrix."""

    def __init__(self, encoder: Encoder) -> None:
        self.sources = encoder.sources
        self.width = encoder.width
        positions = {column.name: index for index, column in enumerate(self.sources)}
        readers = [
            _Reader(
                plan=index,
                position=positions[plan.source.name],
                column=Column(plan.source.name, plan.column.type, plan.source.format),
                read=plan.reader(),
                takes_digits=_takes_digits(plan),
            )
            for index, plan in enumerate(encoder.plans)
        ]
        self._codes = [(readers[slot.plan], _code(index, slot.feature)) for index, slot in enumerate(encoder.slots)]
        self._shown = [readers[item.plan] for item in encoder.shown if item.plan is not None]
        self._texts: list[tuple[_Reader, int, TextOperation]] = []
        start = len(encoder.slots)
        for item in encoder.texts:
            self._texts.append((readers[item.plan], start, item.operation))
            start += item.operation.width(1)
        read = {item.plan for item in encoder.texts}
        cleaned = {plan for plan, item in enumerate(encoder.plans) if any(isinstance(s, CleanText) for s in item.steps)}
        # The positions of the texts that are cleaned or counted, which takes longer than reading a cell.
        self._long = sorted({readers[plan].position for plan in read | cleaned})

    def _check_texts(self, rows: Sequence[Sequence[Any]]) -> None:
        """Raise BadUserArgument if the rows would take much memory, or their texts much time."""
        if self._texts and len(rows) * self.width > MAX_TEXT_CELLS:
            raise BadUserArgument(
                "InputParseError",
                f"The model counts {self.width:,} columns in texts. Send at most {MAX_TEXT_CELLS // self.width:,} rows "
                f"at once, got {len(rows):,}, or use a batch job.",
            )
        texts = (row[place] for row in rows for place in self._long)
        characters = sum(min(len(text), MAX_CHARACTERS) for text in texts if isinstance(text, str))
        if characters > MAX_TEXT_CHARACTERS:
            raise BadUserArgument(
                "InputParseError",
                f"The texts have {characters:,} characters. Send at most {MAX_TEXT_CHARACTERS:,} at once, or use a "
                "batch job.",
            )

    def encode(self, rows: Sequence[Sequence[Any]], *, shown: bool = True) -> tuple[Matrix, list[list[Cell]]]:
        """Encode rows of cells in the order of `sources`.

        Parameters
        ----------
        shown
            Whether to return the shown cells.

        Returns
        -------
        matrix : ndarray of shape (n_rows, n_slots), float64
        cells : list of n_rows lists of the shown cells that are not computed, in order

        Raises
        ------
        CellError
            If a cell cannot be read as its column's type.
        BadUserArgument
            If there are too many rows for the columns that are counted in texts, or too many characters in these.
        """
        if self._long:
            self._check_texts(rows)
        if len(rows) >= MANY_ROWS:
            try:
                return self._encode_columns(rows, shown)
            except ValueError:
                # Parsing cell by cell gives the error its row.
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
        for reader, start, operation in self._texts:
            found = cells.get(reader.plan) or reader.read_all(columns[reader.position])
            matrix[:, start : start + operation.width(1)] = operation.vectors(found)
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
                for reader, start, operation in self._texts:
                    given = row[reader.position]
                    counted = operation.vectors([reader.read(given)])[0]
                    encoded[start : start + len(counted)] = counted.tolist()
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
    """Return the shown cells of rows: the parsed cells, with the computed cells inserted in their places.

    Parameters
    ----------
    rows
        The cells from `RowEncoder.encode`.
    computed : ndarray of shape (n_rows, n_computed), float64
        The graph's output after the scores.
    """
    if not computed.shape[1]:
        return rows
    places = [(place, item.column.type) for place, item in enumerate(encoder.shown) if item.plan is None]
    for row, values in zip(rows, computed.tolist(), strict=True):
        for (place, type_), value in zip(places, values, strict=True):
            row.insert(place, number_cell(value, type_))
    return rows


def _takes_digits(plan: PlanColumn) -> bool:
    """Return whether a text of digits in the plan's source always means that whole number."""
    return plan.source.type.is_integer and not plan.steps and not any(token.isdigit() for token in plan.missing_tokens)


def _code(slot: int, feature: Feature) -> _Code:
    if feature.categories is None:
        return _Code(slot, None, math.nan, math.nan)
    codes = {category: float(code) for code, category in enumerate(feature.categories)}
    return _Code(slot, codes, float(feature.missing_code), float(feature.unseen_code))
