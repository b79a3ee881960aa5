"""Clip Values: replace numbers above or below a threshold."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_numbers
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.transformations import learn_and_apply, replace_columns
from studio.model.operations import Clip, Outside
from studio.tables.schema import Column, ColumnType

THRESHOLDS = "Set of thresholds"
PEAKS, SUBPEAKS, BOTH = "ClipPeaks", "ClipSubpeaks", "ClipPeaksAndSubpeaks"
UPPER, LOWER = "Upper threshold", "Lower threshold"
CONSTANT, PERCENTILE = "Constant", "Percentile"
CUT_OFF, MEAN, MEDIAN, MISSING = "Threshold", "Mean", "Median", "Missing"
HAS_PEAKS, HAS_SUBPEAKS = (THRESHOLDS, (PEAKS, BOTH)), (THRESHOLDS, (SUBPEAKS, BOTH))


def run(call: Call) -> tuple[Any, ...]:
    """Learn each column's thresholds and substitutes, and apply them."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_numbers(call, dataset, call.properties["List of columns"])
    names = [name for name in names if dataset.frame[name].notna().any()]
    learned = {name: _learn(call, dataset.frame[name].to_numpy(dtype=np.float64)) for name in names}
    return learn_and_apply(call, names, apply, learned)


def apply(call: Call, dataset: Dataset, learned: dict[str, tuple[Clip, Outside]]) -> Dataset:
    """Return the dataset with each learned column clipped, next to the original column unless it is overwritten."""
    overwrite, indicators = call.properties.get("Overwrite flag", True), call.properties.get("Add indicator columns")
    changed: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, (clip, outside) in learned.items():
        type_ = dataset.column(name).type if _stays_whole(clip) else ColumnType.DOUBLE
        clipped, arrays = dataset.computed(clip, [name], [Column(name if overwrite else f"{name}_clipped", type_)])
        changed[name] = clipped if overwrite else [dataset.column(name), *clipped]
        values |= arrays
        if indicators:
            flag, arrays = dataset.computed(outside, [name], [Column(f"{name}_clipped_indicator", ColumnType.BOOLEAN)])
            changed[name] = [*changed[name], *flag]
            values |= arrays
    return replace_columns(dataset, changed, values)


def _learn(call: Call, values: Any) -> tuple[Clip, Outside]:
    present = values[~np.isnan(values)]
    high, high_value = _side(call, present, UPPER, "peaks", HAS_PEAKS, float("inf"))
    low, low_value = _side(call, present, LOWER, "subpeaks", HAS_SUBPEAKS, float("-inf"))
    if low > high:
        raise call.error("0007", f"{LOWER} must not exceed the upper threshold of {high:g}, got {low:g}.")
    return Clip((low,), (high,), (low_value,), (high_value,)), Outside((low,), (high,))


def _side(
    call: Call, present: Any, side: str, what: str, applies: tuple[str, tuple[str, ...]], beyond: float
) -> tuple[float, float]:
    """Return a threshold and the value that replaces numbers beyond it."""
    if call.properties[THRESHOLDS] not in applies[1]:
        return beyond, 0.0
    constant = call.properties[f"{side} kind"] == CONSTANT
    threshold = call.properties[f"Constant value of {side.lower()}"] if constant else None
    if threshold is None:
        threshold = float(np.percentile(present, call.properties[f"Percentile value of {side.lower()}"]))
    match call.properties[f"Substitute value for {what}"]:
        case "Mean":
            return threshold, float(present.mean())
        case "Median":
            return threshold, float(np.median(present))
        case "Missing":
            return threshold, float("nan")
    return threshold, threshold


def _stays_whole(clip: Clip) -> bool:
    return all(np.isnan(value) or float(value).is_integer() for value in (*clip.low_value, *clip.high_value))


def _properties(side: str, what: str, applies: tuple[str, tuple[str, ...]], percentile: float) -> tuple[Property, ...]:
    kind = f"{side} kind"
    return (
        Property(kind, Kind.CHOICE, CONSTANT, choices=(CONSTANT, PERCENTILE), when=applies),
        Property(f"Constant value of {side.lower()}", Kind.NUMBER, 0.0, when=(kind, (CONSTANT,))),
        Property(f"Percentile value of {side.lower()}", Kind.NUMBER, percentile, 0, 100, when=(kind, (PERCENTILE,))),
        Property(
            f"Substitute value for {what}",
            Kind.CHOICE,
            CUT_OFF,
            choices=(CUT_OFF, MEAN, MEDIAN, MISSING),
            when=applies,
        ),
    )


MODULES = (
    Module(
        name="Clip Values",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(
            Port("Results dataset", PortType.DATASET),
            Port("Clipping transformation", PortType.TRANSFORMATION),
        ),
        properties=(
            Property(THRESHOLDS, Kind.CHOICE, PEAKS, choices=(PEAKS, SUBPEAKS, BOTH)),
            *_properties(UPPER, "peaks", HAS_PEAKS, 99.0),
            *_properties(LOWER, "subpeaks", HAS_SUBPEAKS, 1.0),
            Property("List of columns", Kind.COLUMNS, {"select": "numeric"}),
            Property("Overwrite flag", Kind.BOOLEAN, True),
            Property("Add indicator columns", Kind.BOOLEAN, False),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=("Upper threshold kind and Lower threshold kind select a constant or a percentile.",),
    ),
)
