"""Transformations: what a transform module learned, ready to be applied to its own and to other datasets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from studio.graph.contract import Call
from studio.graph.dataset import Dataset
from studio.tables.schema import ColumnType


@dataclass(frozen=True, slots=True)
class Transformation:
    """A learned change of a dataset's columns.

    `columns` are those it needs, each with whether it is text. `apply` takes a call with the properties it was learned
    under, the dataset and what was learned; it is a function of a module file.
    """

    module: str
    columns: tuple[tuple[str, bool], ...]
    apply: Callable[[Call, Dataset, Any], Dataset]
    learned: Any
    properties: Mapping[str, Any]

    def __call__(self, call: Call, dataset: Dataset) -> Dataset:
        """Return the changed dataset; ModuleExecutionError 0001 if it lacks a column."""
        for name, was_text in self.columns:
            if name not in dataset.names:
                raise call.error("0001", f"the column '{name}', which {self.module} learned from, was not found.")
            if was_text != (dataset.column(name).type is ColumnType.STRING):
                raise call.error(
                    "0017",
                    f"the column '{name}' was {'text' if was_text else 'of numbers'} where {self.module} learned from "
                    f"it, and is {dataset.column(name).type.value} here.",
                )
        return self.apply(replace(call, properties=self.properties), dataset, self.learned)


def learn_and_apply(call: Call, columns: list[str], apply: Any, learned: Any) -> tuple[Dataset, Transformation]:
    """Return the two outputs of a transform module: its dataset changed, and the transformation."""
    dataset: Dataset = call.inputs["Dataset"]
    needed = tuple((name, dataset.column(name).type is ColumnType.STRING) for name in columns)
    transformation = Transformation(call.module.name, needed, apply, learned, call.properties)
    return transformation(call, dataset), transformation


def replace_columns(dataset: Dataset, changed: dict[str, Any], values: dict[str, Any]) -> Dataset:
    """Return the dataset with each column of `changed` replaced by the columns listed for it, roles kept."""
    columns = []
    for column in dataset.columns:
        if column.name not in changed:
            columns.append(column)
            continue
        columns += [replace(item, role=column.role) for item in changed[column.name]]
    return dataset.with_columns(columns, values)
