"""The dataset that flows between modules: a data frame, and the provenance of each column.

Cells in the frame are float64 (NaN for missing; Boolean as 0/1, DateTime as POSIX seconds) or text (None for
missing). Every column records its source column and the steps applied to it, or what it was computed from, so that
a trained model can take raw rows. Rows keep their index labels, so `source` holds the raw row of every row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np

from studio.model.computed import Base, Computation, ComputedColumn, Output, Provenance, base_plans, column_values
from studio.model.evaluation import Evaluation
from studio.model.operations import Operation
from studio.model.saved import ModelFacts
from studio.model.steps import PlanColumn, Step
from studio.model.trained import TrainedModel
from studio.tables.schema import Cell, Column, ColumnType, cell_number, number_cell

# The type of text columns in frames: arrow's texts, and no Python object a cell.
TEXTS = "str"


class Role(StrEnum):
    """The role of a column."""

    FEATURE = "Features"
    LABEL = "Labels"
    WEIGHT = "Weights"
    SCORE = "Scores"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class DatasetColumn:
    """A column: its provenance, its role, and whether its values are categories."""

    plan: Provenance
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

    @property
    def as_sent(self) -> Column:
        """The column as rows from outside have it: of its type, and written as in the file it came from."""
        # Of a column that became another type on the way, the file's format says nothing.
        known = isinstance(self.plan, PlanColumn) and self.plan.source.type is self.type
        form = self.plan.source.format if isinstance(self.plan, PlanColumn) and known else None
        return replace(self.plan.column, format=form)

    @property
    def is_category(self) -> bool:
        """Whether learners treat the values as categories: text, or a column made categorical."""
        return self.categorical or self.type is ColumnType.STRING

    def stepped(self, step: Step, type_: ColumnType | None = None, name: str | None = None) -> "DatasetColumn":
        """Return the column with one more step; it must not be a computed column."""
        assert isinstance(self.plan, PlanColumn)
        column = Column(name or self.name, type_ or self.type)
        return replace(self, plan=replace(self.plan, column=column, steps=(*self.plan.steps, step)))

    def renamed(self, name: str) -> "DatasetColumn":
        """Return the column under another name."""
        return replace(self, plan=replace(self.plan, column=Column(name, self.type)))


@dataclass(frozen=True, slots=True)
class Scored:
    """What Score Model keeps besides the columns.

    The model (its facts, if it is from a file), the encoded rows (None if the raw rows are unknown), the learner's
    inputs (None for a model from a file), the scores, and the true labels if there are any.
    """

    model: TrainedModel | ModelFacts
    encoded: Any
    inputs: Any
    scores: Any
    truth: list[Cell] | None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What Evaluate Model keeps besides the metrics: scores, truth, and the rows with a truth (None for clusters).

    `compared` is that of the second scored dataset, if there is one.
    """

    evaluation: Evaluation
    scored: Scored
    truth: Any = None
    known: Any = None
    compared: "Evaluated | None" = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table passed between modules.

    `folds` holds each row's fold from 1, if Partition and Sample assigned them; `scored` is set by Score Model,
    `evaluated` by Evaluate Model.
    """

    columns: tuple[DatasetColumn, ...]
    frame: Any
    source: Any
    folds: Any = None
    scored: Scored | None = None
    evaluated: Evaluated | None = None
    _by_name: dict[str, DatasetColumn] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the columns by name."""
        object.__setattr__(self, "_by_name", {column.name: column for column in self.columns})

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def schema(self) -> tuple[Column, ...]:
        """The names and types of the columns."""
        return tuple(column.plan.column for column in self.columns)

    @property
    def input_schema(self) -> tuple[Column, ...]:
        """The columns as rows from outside are read in their place: written as in the files they came from."""
        return tuple(column.as_sent for column in self.columns)

    def column(self, name: str) -> DatasetColumn:
        """Return the column of this name; KeyError if there is none."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is a column of this name."""
        return isinstance(name, str) and name in self._by_name

    def select(self, names: Sequence[str]) -> "Dataset":
        """Return the dataset with these columns, in this order."""
        return self.with_columns([self.column(name) for name in names], {})

    def with_rows(self, mask: Any) -> "Dataset":
        """Return the dataset with the rows selected by a boolean or positional index."""
        folds = None if self.folds is None else self.folds[mask]
        return Dataset(self.columns, self.frame.iloc[mask], self.source, folds)

    def with_columns(self, columns: Sequence[DatasetColumn], values: dict[str, Any]) -> "Dataset":
        """Return the dataset with these columns; `values` holds the arrays that changed, by name."""
        import pandas as pd

        # The frame's own arrays: text would be turned into Python objects, and back.
        arrays = {
            column.name: values[column.name] if column.name in values else self.frame[column.name].array
            for column in columns
        }
        computed = [column.plan for column in columns if isinstance(column.plan, ComputedColumn)]
        # Columns of one computation have the same base columns.
        for provenance in {plan.output.computation: plan for plan in computed}.values():
            arrays |= {_hidden(plan): self.base_values(plan) for plan in base_plans(provenance)}
        return Dataset(tuple(columns), pd.DataFrame(arrays, index=self.frame.index), self.source, self.folds)

    def base_values(self, plan: PlanColumn) -> Any:
        """Return the array of a plan whose column is shown or only computed from; None if it is neither."""
        if _hidden(plan) in self.frame:
            return self.frame[_hidden(plan)].to_numpy()
        shown = self._by_name.get(plan.column.name)
        return self.frame[shown.name].to_numpy() if shown is not None and shown.plan == plan else None

    def computed(
        self,
        operation: Operation,
        names: Sequence[str],
        outputs: Sequence[Column],
        *,
        inputs: "Sequence[tuple[Base | Output, Any]] | None" = None,
    ) -> tuple[list[DatasetColumn], dict[str, Any]]:
        """Apply an operation to columns; return the new columns, and their arrays by name.

        Parameters
        ----------
        names
            The columns it takes as numbers.
        inputs
            What it takes instead, with the arrays, if columns are not taken as numbers.
        """
        taken = inputs or [
            (column_values(self.column(name).plan), self.frame[name].to_numpy(dtype=np.float64)) for name in names
        ]
        computation = Computation(operation, tuple(value for value, _ in taken))
        result = operation.apply(np.column_stack([array for _, array in taken]))
        columns = [
            DatasetColumn(ComputedColumn(column, Output(computation, index))) for index, column in enumerate(outputs)
        ]
        return columns, {column.name: result[:, index] for index, column in enumerate(outputs)}

    def cells(self, name: str) -> list[Cell]:
        """Return the cells of a column as sent on the wire: None, int, float, bool or text."""
        return frame_cells(self.frame[name], self.column(name).type)

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows as tuples of cells."""
        return zip(*(self.cells(name) for name in self.names), strict=True)


def _hidden(plan: PlanColumn) -> str:
    """Return the frame's column name for a plan that is computed from but not shown; no shown column can have it."""
    return f"\0{plan}"


def make_dataset(columns: Sequence[Column], frame: Any) -> Dataset:
    """Return a dataset that is its own source."""
    return Dataset(tuple(DatasetColumn(PlanColumn(column, column)) for column in columns), frame, frame)


def dataset_from_cells(columns: Sequence[Column], cells: Sequence[Sequence[Cell]]) -> Dataset:
    """Return a dataset from columns and the cells of each."""
    import pandas as pd

    arrays = {column.name: cells_to_array(found, column.type) for column, found in zip(columns, cells, strict=True)}
    return make_dataset(columns, pd.DataFrame(arrays))


def dataset_from_table(table: Any, columns: Sequence[Column]) -> Dataset:
    """Return an arrow table (as studio/tables reads it) as a dataset; columns that were left out have no role."""
    import pandas as pd

    arrays = {}
    for column in columns:
        values = table[column.name]
        if column.type is ColumnType.STRING:
            arrays[column.name] = pd.array(values.combine_chunks(), dtype=TEXTS)
        elif column.type is ColumnType.DATETIME:
            arrays[column.name] = np.array([cell_number(cell) for cell in values.to_pylist()], dtype=np.float64)
        else:
            arrays[column.name] = values.cast("float64").to_numpy()
    dataset = make_dataset(columns, pd.DataFrame(arrays, index=pd.RangeIndex(len(table))))
    if not any(column.format and column.format.left_out for column in columns):
        return dataset
    roles = [Role.NONE if column.format and column.format.left_out else Role.FEATURE for column in columns]
    found = [replace(item, role=role) for item, role in zip(dataset.columns, roles, strict=True)]
    return replace(dataset, columns=tuple(found))


def distinct_cells(values: Any, type_: ColumnType) -> tuple[Any, list[Cell]]:
    """Return a column of a frame by its different cells, in the order in which they first occur.

    Returns
    -------
    ndarray of shape (n_rows,), int64
        The position of each row's cell among the different ones; -1 for a missing one.
    list of Cell
        The different cells, without the missing one.
    """
    import pandas as pd

    codes, cells = pd.factorize(values)
    return codes, frame_cells(cells, type_)


def frame_cells(values: Any, type_: ColumnType) -> list[Cell]:
    """Return a column of a frame as cells."""
    if type_ is ColumnType.STRING:
        return [value if isinstance(value, str) else None for value in values.tolist()]
    if type_ is ColumnType.DOUBLE:
        return [None if value != value else value for value in values.tolist()]
    return [number_cell(value, type_) for value in values.tolist()]


def cells_to_array(cells: Sequence[Cell], type_: ColumnType) -> Any:
    """Return cells as the array a frame keeps."""
    if type_ is ColumnType.STRING:
        array = np.empty(len(cells), dtype=object)
        array[:] = cells
        return array
    return np.array([cell_number(cell) for cell in cells], dtype=np.float64)
