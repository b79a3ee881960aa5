"""Transformations: what a transform module learned, ready to apply to its own dataset and to others."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call
from studio.graph.dataset import Dataset, DatasetColumn
from studio.graph.training import feature_values
from studio.model.computed import Base, Computation, ComputedColumn, Output
from studio.model.encoder import Feature
from studio.model.operations import Codes
from studio.model.steps import PlanColumn
from studio.model.texts import TextOperation
from studio.tables.schema import READERS, Column, ColumnType, cell_number

MAX_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class Transformation:
    """A learned change of a dataset's columns.

    `columns` lists the columns it needs, each with whether it is text. `apply` is a function of a module file; it takes
    a call with the properties used for learning, the dataset, and what was learned.
    """

    module: str
    columns: tuple[tuple[str, bool], ...]
    apply: Callable[[Call, Dataset, Any], Dataset]
    learned: Any
    properties: Mapping[str, Any]

    def __call__(self, call: Call, dataset: Dataset) -> Dataset:
        """Return the changed dataset; ModuleExecutionError 0001 if it lacks a column."""
        for name, was_text in self.columns:
            if name not in dataset:
                raise call.error("0001", f"the column '{name}', which {self.module} learned from, is missing.")
            if was_text != (dataset.column(name).type is ColumnType.STRING):
                raise call.error(
                    "0017",
                    f"the column '{name}' was {'text' if was_text else 'numeric'} when {self.module} learned from "
                    f"it, but is {dataset.column(name).type.value} here.",
                )
        return self.apply(replace(call, properties=self.properties), dataset, self.learned)


def learn_and_apply(call: Call, columns: list[str], apply: Any, learned: Any) -> tuple[Dataset, Transformation]:
    """Return a transform module's two outputs: the changed dataset, and the transformation."""
    dataset: Dataset = call.inputs["Dataset"]
    needed = tuple((name, dataset.column(name).type is ColumnType.STRING) for name in columns)
    transformation = Transformation(call.module.name, needed, apply, learned, call.properties)
    return transformation(call, dataset), transformation


def text_columns(
    call: Call, dataset: Dataset, operation: TextOperation, name: str, outputs: Sequence[Column]
) -> tuple[list[DatasetColumn], dict[str, Any]]:
    """Return the columns that are counted in a column of texts, and their arrays by name.

    Raises
    ------
    ModuleExecutionError
        0007 if rows times columns are more than memory should hold.
    """
    check_size(call, len(dataset.frame), len(outputs))
    plan = dataset.column(name).plan
    assert isinstance(plan, PlanColumn)
    computation = Computation(operation, (Base(plan, Feature(name)),))
    result = operation.vectors(dataset.cells(name))
    columns = [
        DatasetColumn(ComputedColumn(column, Output(computation, index))) for index, column in enumerate(outputs)
    ]
    return columns, {column.name: result[:, index] for index, column in enumerate(outputs)}


def check_size(call: Call, rows: int, columns: int) -> None:
    """Raise ModuleExecutionError 0007 if rows times new columns are more than memory should hold."""
    if rows * columns > MAX_CELLS:
        raise call.error(
            "0007",
            f"{columns:,} new columns for {rows:,} rows are more than {MAX_CELLS:,} cells. Use fewer rows, or fewer "
            "bits or n-grams.",
        )


def pick_texts(call: Call, dataset: Dataset, picker: Any) -> list[str]:
    """Return the selected text columns; ModuleExecutionError 0017 or 0020 if there are others, or none."""
    names = pick_columns(call, dataset, picker)
    foreign = [name for name in names if dataset.column(name).type is not ColumnType.STRING]
    if foreign and not isinstance(picker, dict):
        raise call.error("0017", f"the column '{foreign[0]}' is not text.")
    left_out = set(foreign)
    found = [name for name in names if name not in left_out]
    if not found:
        raise call.error("0020", "no text column is selected.")
    return found


def value_codes(dataset: Dataset, name: str, feature: Feature) -> tuple[Base | Output, Any]:
    """Return a column as codes of the learned categories, with the array of codes."""
    column = dataset.column(name)
    codes = feature_values(feature, dataset.frame[name], column.type)
    if not isinstance(column.plan, ComputedColumn):
        return Base(column.plan, feature), codes
    read = READERS[column.type]
    operation = Codes(tuple(cell_number(read(category)) for category in feature.categories or ()))
    return Output(Computation(operation, (column.plan.output,)), 0), codes


def free_name(name: str, taken: Container[str]) -> str:
    """Return the name, with a number after it if it is taken."""
    found, number = name, 0
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def replace_columns(dataset: Dataset, changed: dict[str, Any], values: dict[str, Any]) -> Dataset:
    """Return the dataset with each column in `changed` replaced by the columns listed for it, keeping its role."""
    columns = []
    for column in dataset.columns:
        if column.name not in changed:
            columns.append(column)
            continue
        columns += [replace(item, role=column.role) for item in changed[column.name]]
    return dataset.with_columns(columns, values)
