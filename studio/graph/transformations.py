"""Transformations: what a transform module learned, ready to apply to its own dataset and to others."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from typing import Any

from studio.graph.contract import Call
from studio.graph.dataset import Dataset
from studio.tables.schema import ColumnType


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
