"""Partition and Sample: assign rows to folds, pick a fold, take a sample or the first rows."""

from dataclasses import replace
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_column
from studio.graph.contract import UINT32_MAX, Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.sampling import groups_of, shuffled_rows

MAX_FOLDS = 1000
MODE = "Partition or sample mode"
FOLDS, PICK, SAMPLING, HEAD = "Assign to Folds", "Pick Fold", "Sampling", "Head"
METHOD, EVENLY, CUSTOMIZED = (
    "Specify the partitioner method",
    "Partition evenly",
    "Partition with customized proportions",
)
COUNT = "Specify how many folds do you want to split evenly into"
PROPORTIONS = "Proportion list of customized folds separated by comma"
YES_NO = ("True", "False")


def run(call: Call) -> tuple[Any, ...]:
    """Return the selected rows, or all rows with a fold assigned to each."""
    dataset: Dataset = call.inputs["Dataset"]
    match call.properties[MODE]:
        case "Assign to Folds":
            return (_assign(call, dataset),)
        case "Pick Fold":
            return (_pick(call, dataset),)
        case "Head":
            return (dataset.with_rows(np.arange(min(call.properties["Number of rows to select"], len(dataset.frame)))),)
    return (_sample(call, dataset),)


def _assign(call: Call, dataset: Dataset) -> Dataset:
    properties, n_rows = call.properties, len(dataset.frame)
    shares = _shares(call)
    if properties["Use replacement in the partitioning"]:
        chosen = np.random.default_rng(properties["Random seed"]).integers(0, n_rows, n_rows)
        dataset = dataset.with_rows(chosen)
    rows = shuffled_rows(n_rows, properties["Random seed"]) if properties["Randomized Split"] else np.arange(n_rows)
    folds = np.zeros(n_rows, dtype=np.int64)
    even = properties[METHOD] == EVENLY
    stratified = "Stratified split" if even else "Stratified split for customized fold assignment"
    key = "Stratification key column" + ("" if even else " for customized fold assignment")
    groups = [rows]
    if properties[stratified] == "True":
        groups = groups_of(dataset, pick_column(call, dataset, properties[key]), rows)
    for group in groups:
        ends = np.round(np.cumsum(shares) * len(group)).astype(int)
        folds[group] = np.searchsorted(ends, np.arange(len(group)), side="right").clip(0, len(shares) - 1)
    return replace(dataset, folds=folds + 1)


def _shares(call: Call) -> Any:
    if call.properties[METHOD] == EVENLY:
        return np.full(call.properties[COUNT], 1 / call.properties[COUNT])
    text = call.properties[PROPORTIONS]
    try:
        shares = np.array([float(part) for part in text.split(",")])
    except ValueError as error:
        raise call.error("0002", f"{PROPORTIONS} must be numbers separated by commas, got {text!r}.") from error
    if (shares <= 0).any() or shares.sum() > 1 + 1e-9:
        raise call.error("0008", f"{PROPORTIONS} must be greater than 0 and add up to at most 1, got {text!r}.")
    rest = 1 - shares.sum()
    return np.append(shares, rest) if rest > 1e-9 else shares


def _pick(call: Call, dataset: Dataset) -> Dataset:
    fold = call.properties["Specify which fold to be sampled from"]
    if dataset.folds is None:
        raise call.error(
            "0018", f"the dataset has no folds. Add Partition and Sample with '{FOLDS}' before this module."
        )
    if fold > dataset.folds.max():
        raise call.error("0008", f"the fold must be between 1 and {dataset.folds.max()}, got {fold}.")
    chosen = dataset.folds == fold
    return dataset.with_rows(
        np.flatnonzero(~chosen if call.properties["Pick complement of the selected fold"] else chosen)
    )


def _sample(call: Call, dataset: Dataset) -> Dataset:
    rate = call.properties["Rate of sampling"]
    groups = [shuffled_rows(len(dataset.frame), call.properties["Random seed for sampling"])]
    if call.properties["Stratified split for sampling"] == "True":
        key = pick_column(call, dataset, call.properties["Stratification key column for sampling"])
        groups = groups_of(dataset, key, groups[0])
    chosen = [group[: round(len(group) * rate)] for group in groups]
    return dataset.with_rows(np.sort(np.concatenate(chosen)))


BY_FOLDS, BY_SAMPLING = (MODE, (FOLDS,)), (MODE, (SAMPLING,))
MODULES = (
    Module(
        name="Partition and Sample",
        family="a8726e341b3e4515b59a3e4a475654b8",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("oDataset", PortType.DATASET),),
        properties=(
            Property(MODE, Kind.CHOICE, SAMPLING, choices=(FOLDS, PICK, SAMPLING, HEAD)),
            Property("Use replacement in the partitioning", Kind.BOOLEAN, False, when=BY_FOLDS),
            Property("Randomized Split", Kind.BOOLEAN, True, when=BY_FOLDS),
            Property("Random seed", Kind.INTEGER, 0, 0, UINT32_MAX, when=BY_FOLDS),
            Property(METHOD, Kind.CHOICE, EVENLY, choices=(EVENLY, CUSTOMIZED), when=BY_FOLDS),
            Property(COUNT, Kind.INTEGER, 5, 1, MAX_FOLDS, when=(METHOD, (EVENLY,))),
            Property("Stratified split", Kind.CHOICE, "False", choices=YES_NO, when=(METHOD, (EVENLY,))),
            Property("Stratification key column", Kind.COLUMNS, when=("Stratified split", ("True",))),
            Property(PROPORTIONS, Kind.TEXT, when=(METHOD, (CUSTOMIZED,))),
            Property(
                "Stratified split for customized fold assignment",
                Kind.CHOICE,
                "False",
                choices=YES_NO,
                when=(METHOD, (CUSTOMIZED,)),
            ),
            Property(
                "Stratification key column for customized fold assignment",
                Kind.COLUMNS,
                when=("Stratified split for customized fold assignment", ("True",)),
            ),
            Property("Specify which fold to be sampled from", Kind.INTEGER, 1, 1, when=(MODE, (PICK,))),
            Property("Pick complement of the selected fold", Kind.BOOLEAN, False, when=(MODE, (PICK,))),
            Property("Rate of sampling", Kind.NUMBER, 0.01, 0, 1, when=BY_SAMPLING),
            Property("Random seed for sampling", Kind.INTEGER, 0, 0, UINT32_MAX, when=BY_SAMPLING),
            Property("Stratified split for sampling", Kind.CHOICE, "False", choices=YES_NO, when=BY_SAMPLING),
            Property(
                "Stratification key column for sampling",
                Kind.COLUMNS,
                when=("Stratified split for sampling", ("True",)),
            ),
            Property("Number of rows to select", Kind.INTEGER, 10, 0, when=(MODE, (HEAD,))),
        ),
        run=run,
        effect=Effect.ROWS,
        notes=(
            "Modules that only change columns keep the folds, for Pick Fold and Cross Validate Model.",
            "If proportions add up to less than 1, a last fold holds the remaining rows.",
        ),
    ),
)
