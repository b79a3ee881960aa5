"""Split Data: divide the rows in two."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_column
from studio.graph.dataset import Dataset
from studio.graph.palette import UINT32_MAX, Call, Kind, Module, Port, PortType, Property


def run(call: Call) -> tuple[Any, ...]:
    """Put a fraction of the rows into the first dataset and the others into the second."""
    dataset: Dataset = call.inputs["Dataset"]
    fraction = call.properties["Fraction of rows in the first output dataset"]
    rows = np.arange(len(dataset.frame))
    if call.properties["Randomized split"]:
        rows = np.random.default_rng(call.properties["Random seed"]).permutation(rows)
    groups = [rows]
    if call.properties["Stratified split"] == "True":
        key = pick_column(call, dataset, call.properties["Stratification key column"])
        _, codes = np.unique([str(cell) for cell in dataset.cells(key)], return_inverse=True)
        groups = [rows[codes[rows] == code] for code in dict.fromkeys(codes.tolist())]
    counts = [round(len(group) * fraction) for group in groups]
    first = np.sort(np.concatenate([group[:count] for group, count in zip(groups, counts, strict=True)]))
    second = np.sort(np.concatenate([group[count:] for group, count in zip(groups, counts, strict=True)]))
    return dataset.with_rows(first), dataset.with_rows(second)


MODULE = Module(
    name="Split Data",
    family="70530644c97a4ab685f788bf30a8be5f",
    inputs=(Port("Dataset", PortType.DATASET),),
    outputs=(Port("Results dataset1", PortType.DATASET), Port("Results dataset2", PortType.DATASET)),
    properties=(
        Property("Splitting mode", Kind.CHOICE, "Split Rows", choices=("Split Rows",)),
        Property("Fraction of rows in the first output dataset", Kind.NUMBER, 0.5, 0, 1),
        Property("Randomized split", Kind.BOOLEAN, True),
        Property("Random seed", Kind.INTEGER, 0, 0, UINT32_MAX),
        Property("Stratified split", Kind.CHOICE, "False", choices=("True", "False")),
        Property("Stratification key column", Kind.COLUMNS, when=("Stratified split", ("True",))),
    ),
    run=run,
)
