"""The columns that pass between the parts of a user's pipeline inside the graph: numbers, and codes of categories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto

from studio.model.export.nodes import GraphBuilder

MAX_WIDTH = 20_000


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of a matrix of the graph, whose width is `width`."""

    matrix: str
    index: int
    width: int


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """A column of codes, shape (n_rows,), int64; `values` are what each code stands for, missing and unseen last."""

    codes: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of texts, whose counts are columns of the learner's matrix; only a vectorizer can read it."""

    matrix: str


@dataclass(frozen=True, slots=True)
class OtherColumn:
    """A column that may pass through but cannot be computed with."""

    kind: str


Column = NumberColumn | CodeColumn | TextColumn | OtherColumn


class Table:
    """Columns in order, as a data frame has them."""

    def __init__(self, build: GraphBuilder, columns: Sequence[Column]) -> None:
        if len(columns) > MAX_WIDTH:
            raise NotImplementedError(f"a matrix of {len(columns):,} columns has no exporter")
        self.build = build
        self.columns = tuple(columns)
        self._dense: str | None = None

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, positions: Sequence[int]) -> "Table":
        """Return some of the columns, in this order."""
        if list(positions) == list(range(len(self.columns))):
            return self
        return Table(self.build, [self.columns[int(position)] for position in positions])

    @property
    def is_numeric(self) -> bool:
        """Whether all columns are numbers."""
        return all(isinstance(column, NumberColumn) for column in self.columns)

    @property
    def dense(self) -> str:
        """The matrix of all columns, shape (n_rows, n_columns); NotImplementedError if one has no numbers."""
        if self._dense is None:
            self._dense = self._join()
        return self._dense

    def _join(self) -> str:
        parts: list[str] = []
        run: list[NumberColumn] = []
        for column in self.columns:
            if isinstance(column, NumberColumn):
                if run and run[-1].matrix != column.matrix:
                    parts.append(self._taken(run))
                    run = []
                run.append(column)
                continue
            if run:
                parts.append(self._taken(run))
                run = []
            if not isinstance(column, CodeColumn):
                kind = column.kind if isinstance(column, OtherColumn) else "text"
                raise NotImplementedError(f"a column of kind {kind} has no exporter")
            parts.append(look_up(self.build, column, np.array([[_number(value)] for value in column.values])))
        if run:
            parts.append(self._taken(run))
        if not parts:
            raise NotImplementedError("a table without columns has no exporter")
        return self.build.join(parts)

    def _taken(self, run: Sequence[NumberColumn]) -> str:
        positions = [column.index for column in run]
        whole = positions == list(range(run[0].width))
        return run[0].matrix if whole else self.build.gather(run[0].matrix, positions)


def number_table(build: GraphBuilder, matrix: str, width: int) -> Table:
    """Return the table of a matrix of the graph."""
    return Table(build, [NumberColumn(matrix, index, width) for index in range(width)])


def join_tables(build: GraphBuilder, tables: Sequence[Table]) -> Table:
    """Return tables side by side."""
    return Table(build, [column for table in tables for column in table.columns])


def look_up(build: GraphBuilder, column: CodeColumn, table: Any) -> str:
    """Add a look-up of table rows by code, shape (n_rows, n_table_columns)."""
    return build.node("Gather", build.constant(table), column.codes, axis=0)


def as_codes(build: GraphBuilder, matrix: str, index: int) -> str:
    """Add a column of codes as integers, shape (n_rows,)."""
    one = build.node("Gather", matrix, build.constant(index, np.int64), axis=1)
    return build.node("Cast", one, to=TensorProto.INT64)


def is_missing(value: Any) -> bool:
    """Return whether a value of a category is missing."""
    return value is None or (isinstance(value, float) and value != value)


def _number(value: Any) -> float:
    # What is no number has made scikit-learn refuse the row, so it gets no score anyway.
    return float(value) if isinstance(value, bool | int | float) else float("nan")
