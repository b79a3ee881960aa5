"""Build Counting Transform: learn how often each value of a column occurs with each class."""

from collections import Counter
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_column, pick_columns
from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.count_tables import MAX_VALUES, PARAMETERS, Table, features
from studio.graph.dataset import Dataset
from studio.graph.transformations import Transformation, check_size, free_name, value_codes
from studio.model.encoder import Feature
from studio.model.steps import category_key
from studio.tables.schema import Column, ColumnType

CLASSES, LABEL, COLUMNS = "Number of classes", "Label column index or name", "Select columns to count"
MAX_CLASSES = 100


def run(call: Call) -> tuple[Any, ...]:
    """Return the transformation that adds the counts, with the original's default parameters."""
    dataset: Dataset = call.inputs["Dataset"]
    label = pick_column(call, dataset, call.properties[LABEL])
    picker = call.properties[COLUMNS]
    names = [name for name in pick_columns(call, dataset, picker) if name != label]
    if not names:
        raise call.error("0020", "no column besides the label is selected.")
    known = dataset.with_rows(np.flatnonzero(dataset.frame[label].notna().to_numpy()))
    cells = known.cells(label)
    classes = sorted(set(cells), key=lambda cell: (str(type(cell)), cell))
    if not 2 <= len(classes) <= call.properties[CLASSES]:
        raise call.error(
            "0083",
            f"the label '{label}' must have from 2 to {call.properties[CLASSES]} values ({CLASSES}), got "
            f"{len(classes)}.",
        )
    codes = {cell: code for code, cell in enumerate(classes)}
    truth = [codes[cell] for cell in cells]
    learned = {"tables": [_count(known, name, truth, len(classes)) for name in names], "parameters": dict(PARAMETERS)}
    needed = tuple((name, dataset.column(name).type is ColumnType.STRING) for name in names)
    return (Transformation(call.module.name, needed, apply, learned, call.properties),)


def apply(call: Call, dataset: Dataset, learned: dict[str, Any]) -> Dataset:
    """Return the dataset with the features of each counted column after its columns.

    Parameters
    ----------
    learned
        `tables`, and `parameters` by name.
    """
    taken = set(dataset.names)
    made: list[Any] = []
    values: dict[str, Any] = {}
    for name, feature, counts in learned["tables"]:
        lookup, endings = features(counts, learned["parameters"])
        check_size(call, len(dataset.frame), len(endings))
        outputs = []
        for ending in endings:
            type_ = ColumnType.DOUBLE if ending.endswith("LogOdds") else ColumnType.INT32
            outputs.append(Column(free_name(f"{name}_{ending}", taken), type_))
            taken.add(outputs[-1].name)
        columns, arrays = dataset.computed(lookup, [], outputs, inputs=[value_codes(dataset, name, feature)])
        made += columns
        values |= arrays
    return dataset.with_columns([*dataset.columns, *made], values)


def _count(dataset: Dataset, name: str, truth: list[int], n_classes: int) -> Table:
    """Return the counts of the most frequent values, in the alphabetical order of the values, then of missing ones."""
    keys = [category_key(cell) for cell in dataset.cells(name)]
    totals = Counter(key for key in keys if key is not None)
    frequent = sorted(totals, key=lambda key: (-totals[key], key))[:MAX_VALUES]
    feature = Feature(name, tuple(sorted(frequent)), missing_seen=True)
    places: dict[str | None, int] = {key: place for place, key in enumerate(feature.categories or ())}
    places[None] = len(places)
    counts = np.zeros((len(places), n_classes))
    for key, code in zip(keys, truth, strict=True):
        if key in places:
            counts[places[key], code] += 1
    return name, feature, tuple(map(tuple, counts.tolist()))


MODULES = (
    Module(
        name="Build Counting Transform",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Counting transform", PortType.TRANSFORMATION),),
        properties=(
            Property(CLASSES, Kind.INTEGER, 2, 2, MAX_CLASSES),
            Property("The bits of hash function", Kind.INTEGER, 20, 12, 31),
            Property("The seed of hash function", Kind.INTEGER, 1),
            Property("Module type", Kind.CHOICE, "Dataset", choices=("Dataset",)),
            Property(LABEL, Kind.COLUMNS),
            Property(COLUMNS, Kind.COLUMNS, {"select": "categorical"}),
            Property("Count table type", Kind.CHOICE, "Dictionary", choices=("Dictionary", "CMSketch")),
        ),
        run=run,
        notes=(
            "Learning with Counts: Apply Transformation adds, for each column, the counts and log odds of each class "
            "(`column_Class000_Count`, `column_Class000_LogOdds`) and whether the value is rare (`column_IsBackoff`). "
            "Classes are numbered in the order of their values. The features are in the model's graph.",
            f"Values are counted as they are, at most {MAX_VALUES:,} of a column; there is no hash, so its bits, its "
            "seed and the type of the table have no effect. Counting in blobs and by MapReduce is not supported: use "
            "Import Data.",
        ),
    ),
)
