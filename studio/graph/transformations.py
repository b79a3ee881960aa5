"""Transformations: what a transform module learned, ready to be applied to its own and to other datasets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from studio.graph.dataset import Dataset
from studio.graph.palette import Call


@dataclass(frozen=True, slots=True)
class Transformation:
    """A learned change of a dataset's columns.

    `apply` takes a call with the properties it was learned under, the dataset and what was learned; it is a function
    of a module file.
    """

    module: str
    columns: tuple[str, ...]
    apply: Callable[[Call, Dataset, Any], Dataset]
    learned: Any
    properties: Mapping[str, Any]

    def __call__(self, call: Call, dataset: Dataset) -> Dataset:
        """Return the changed dataset; ModuleExecutionError 0001 if it lacks a column."""
        lacking = [name for name in self.columns if name not in dataset.names]
        if lacking:
            raise call.error("0001", f"the column '{lacking[0]}', which {self.module} learned from, was not found.")
        return self.apply(replace(call, properties=self.properties), dataset, self.learned)


def learn_and_apply(call: Call, columns: list[str], apply: Any, learned: Any) -> tuple[Dataset, Transformation]:
    """Return the two outputs of a transform module: its dataset changed, and the transformation."""
    transformation = Transformation(call.module.name, tuple(columns), apply, learned, call.properties)
    return transformation(call, call.inputs["Dataset"]), transformation


def replace_columns(dataset: Dataset, changed: dict[str, Any], values: dict[str, Any]) -> Dataset:
    """Return the dataset with each column of `changed` replaced by the columns listed for it, roles kept."""
    columns = []
    for column in dataset.columns:
        if column.name not in changed:
            columns.append(column)
            continue
        columns += [replace(item, role=column.role) for item in changed[column.name]]
    return dataset.with_columns(columns, values)
