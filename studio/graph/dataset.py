"""The dataset that flows between modules: a frame, and where each of its columns comes from.

Cells in the frame are float64 (NaN for missing; Boolean as 0/1, DateTime as POSIX seconds) or text (None for
missing). Every column remembers its source column and the steps from it, which is what lets a trained model take raw
rows. Rows keep their index labels, so `source` holds the raw row of every row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import numpy as np

from studio.model.evaluation import Evaluation
from studio.model.steps import PlanColumn, Step
from studio.model.trained import TrainedModel
from studio.schema import Cell, Column, ColumnType, cell_number


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "Features"
    LABEL = "Labels"
    WEIGHT = "Weights"
    SCORE = "Scores"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class DatasetColumn:
    """A column: its plan from the source, what it is for, and whether its values are categories."""

    plan: PlanColumn
    role: Role = Role.FEATURE
    categorical: bool = False

    @property
    def name(self) -> str:
        """The column's name."""
        return self.plan.column.name

    @property
    def type(self) -> ColumnType:
        """The column's type."""
        return self.plan.column.type

    def stepped(self, step: Step, type_: ColumnType | None = None, name: str | None = None) -> "DatasetColumn":
        """Return the column after one more step."""
        column = Column(name or self.name, type_ or self.type)
        return replace(self, plan=replace(self.plan, column=column, steps=(*self.plan.steps, step)))

    def renamed(self, name: str) -> "DatasetColumn":
        """Return the column under another name."""
        return replace(self, plan=replace(self.plan, column=Column(name, self.type)))


@dataclass(frozen=True, slots=True)
class Scored:
    """What Score Model knows beyond the columns: the model, encoded rows, their scores, the true labels if known."""

    model: TrainedModel
    encoded: Any
    scores: Any
    truth: list[Cell] | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table between two modules.

    `scored` is set by Score Model; `evaluation` by Evaluate Model, with the model it is about in `evaluated`.
    """

    columns: tuple[DatasetColumn, ...]
    frame: Any
    source: Any
    scored: Scored | None = None
    evaluation: Evaluation | None = None
    evaluated: TrainedModel | None = None

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def schema(self) -> tuple[Column, ...]:
        """The names and types of the columns."""
        return tuple(column.plan.column for column in self.columns)

    def column(self, name: str) -> DatasetColumn:
        """Return the column of this name; KeyError if there is none."""
        return next((column for column in self.columns if column.name == name), None) or _no_column(name)

    def select(self, names: Sequence[str]) -> "Dataset":
        """Return the dataset with these columns, in this order."""
        chosen = tuple(self.column(name) for name in names)
        return Dataset(chosen, self.frame[list(names)], self.source)

    def with_rows(self, mask: Any) -> "Dataset":
        """Return the dataset with the rows that the boolean or positional index picks."""
        return Dataset(self.columns, self.frame.iloc[mask], self.source)

    def with_columns(self, columns: Sequence[DatasetColumn], values: dict[str, Any]) -> "Dataset":
        """Return the dataset with these columns; `values` holds the arrays that changed, by name."""
        import pandas as pd

        arrays = {
            column.name: values[column.name] if column.name in values else self.frame[column.name].to_numpy()
            for column in columns
        }
        return Dataset(tuple(columns), pd.DataFrame(arrays, index=self.frame.index), self.source)

    def cells(self, name: str) -> list[Cell]:
        """Return the cells of a column as the wire has them: None, int, float, bool or text."""
        return frame_cells(self.frame[name], self.column(name).type)

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows as tuples of cells."""
        return zip(*(self.cells(name) for name in self.names), strict=True)


def _no_column(name: str) -> DatasetColumn:
    raise KeyError(name)


def make_dataset(columns: Sequence[Column], frame: Any) -> Dataset:
    """Return a dataset that is its own source."""
    return Dataset(tuple(DatasetColumn(PlanColumn(column, column)) for column in columns), frame, frame)


def dataset_from_table(table: Any, columns: Sequence[Column]) -> Dataset:
    """Return an arrow table (as table_files.py reads it) as a dataset."""
    import pandas as pd

    arrays = {}
    for column in columns:
        values = table[column.name]
        if column.type is ColumnType.STRING:
            arrays[column.name] = np.array(values.to_pylist(), dtype=object)
        elif column.type is ColumnType.DATETIME:
            arrays[column.name] = np.array([cell_number(cell) for cell in values.to_pylist()], dtype=np.float64)
        else:
            arrays[column.name] = values.cast("float64").to_numpy()
    return make_dataset(columns, pd.DataFrame(arrays, index=pd.RangeIndex(len(table))))


def frame_cells(values: Any, type_: ColumnType) -> list[Cell]:
    """Return a column of a frame as cells."""
    if type_ is ColumnType.STRING:
        return [value if isinstance(value, str) else None for value in values]
    numbers = [None if np.isnan(value) else float(value) for value in values]
    if type_ is ColumnType.DOUBLE:
        return list(numbers)
    if type_ is ColumnType.BOOLEAN:
        return [None if value is None else bool(value) for value in numbers]
    if type_ is ColumnType.DATETIME:
        return [None if value is None else _isoformat(value) for value in numbers]
    return [None if value is None else int(value) for value in numbers]


def cells_to_array(cells: Sequence[Cell], type_: ColumnType) -> Any:
    """Return cells as the array a frame keeps."""
    if type_ is ColumnType.STRING:
        array = np.empty(len(cells), dtype=object)
        array[:] = cells
        return array
    return np.array([cell_number(cell) for cell in cells], dtype=np.float64)


def _isoformat(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()
