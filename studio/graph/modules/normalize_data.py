"""Normalize Data: scale numeric columns to a common range."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_numbers
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.transformations import learn_and_apply, replace_columns
from studio.model.operations import Affine, Logistic, LogNormal, Operation, Tanh
from studio.tables.schema import Column, ColumnType

METHODS = ("ZScore", "MinMax", "Logistic", "LogNormal", "Tanh")
ZERO_FOR_CONSTANT = "Use 0 for constant columns when checked"


def run(call: Call) -> tuple[Any, ...]:
    """Learn each column's scale and apply it; columns without any value stay unchanged."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_numbers(call, dataset, call.properties["Columns to transform"])
    names = [name for name in names if dataset.frame[name].notna().any()]
    learned = {name: _learn(call, name, dataset.frame[name].to_numpy(dtype=np.float64)) for name in names}
    return learn_and_apply(call, names, apply, learned)


def apply(call: Call, dataset: Dataset, learned: dict[str, Operation]) -> Dataset:
    """Return the dataset with each learned column scaled."""
    changed: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, operation in learned.items():
        changed[name], arrays = dataset.computed(operation, [name], [Column(name, ColumnType.DOUBLE)])
        values |= arrays
    return replace_columns(dataset, changed, values)


def _learn(call: Call, name: str, values: Any) -> Operation:
    present = values[~np.isnan(values)]
    zero = call.properties.get(ZERO_FOR_CONSTANT, True)
    match call.properties["Transformation method"]:
        case "ZScore":
            return _affine(float(present.mean()), float(present.std()), zero)
        case "MinMax":
            return _affine(float(present.min()), float(np.ptp(present)), zero)
        case "Logistic":
            return Logistic()
        case "Tanh":
            return Tanh()
    positive = np.log(present[present > 0])
    if len(positive) < len(present):
        raise call.error("0017", f"LogNormal needs numbers above 0, but '{name}' has others. Use another method.")
    spread = float(positive.std())
    return LogNormal((float(positive.mean()),), (spread,)) if spread else _affine(float(present[0]), 0.0, zero)


def _affine(shift: float, scale: float, zero: bool) -> Affine:
    """Return the scale, such that a constant column becomes 0 or, if so set, missing (0 divided by 0)."""
    if scale == 0:
        return Affine((shift,), (1.0 if zero else float("nan"),))
    return Affine((shift,), (scale,))


MODULES = (
    Module(
        name="Normalize Data",
        family="986df33367484b85923d871df70d6aaf",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(
            Port("Transformed dataset", PortType.DATASET),
            Port("Transformation function", PortType.TRANSFORMATION),
        ),
        properties=(
            Property("Transformation method", Kind.CHOICE, "ZScore", choices=METHODS),
            Property("Columns to transform", Kind.COLUMNS, {"select": "numeric"}),
            Property(
                ZERO_FOR_CONSTANT, Kind.BOOLEAN, True, when=("Transformation method", ("ZScore", "MinMax", "LogNormal"))
            ),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=("LogNormal is the cumulative distribution fitted to the logarithms; it needs numbers above 0.",),
    ),
)
