"""SMOTE: add synthetic rows of the minority class."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_label
from studio.graph.contract import UINT32_MAX, Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, Role

# Categories are compared as one indicator each.
MAX_CELLS = 100_000_000


def run(call: Call) -> tuple[Any, ...]:
    """Add the given percentage of synthetic rows, each between a minority row and one of its neighbours.

    References
    ----------
    N. Chawla and others, SMOTE: Synthetic Minority Over-sampling Technique, JAIR 16 (2002).
    """
    dataset: Dataset = call.inputs["Samples"]
    label = pick_label(call, dataset, call.properties["Label column"])
    rows = _rarest(call, dataset, label)
    wanted = round(len(rows) * call.properties["SMOTE percentage"] / 100)
    if not wanted:
        return (dataset,)
    neighbours = call.properties["Number of nearest neighbors"]
    if len(rows) <= neighbours:
        raise call.error(
            "0021",
            f"{neighbours} nearest neighbors need at least {neighbours + 1} rows of the rarest label, got {len(rows)}.",
        )
    rng = np.random.default_rng(call.properties["Random seed"])
    first = np.resize(rows, wanted)
    near = _neighbours(call, dataset, label, rows, neighbours)
    second = np.array([rng.choice(near[row]) for row in first.tolist()])
    return (_with_made_up_rows(dataset, first, second, rng.random(wanted)),)


def _rarest(call: Call, dataset: Dataset, label: str) -> Any:
    counts = dataset.frame[label].dropna().astype(object).value_counts()
    if len(counts) < 2:
        raise call.error("0083", f"the label '{label}' must have at least two distinct values, got {len(counts)}.")
    return np.flatnonzero((dataset.frame[label] == counts.index[-1]).to_numpy())


def _neighbours(call: Call, dataset: Dataset, label: str, rows: Any, count: int) -> dict[int, Any]:
    """Return each row's nearest rows of the same label, by standardised numbers and unequal texts."""
    from sklearn.neighbors import NearestNeighbors

    parts = []
    for column in dataset.columns:
        if column.name == label or column.role is not Role.FEATURE:
            continue
        values = dataset.frame[column.name].iloc[rows]
        if column.is_category:
            codes = np.unique([str(value) for value in values], return_inverse=True)[1]
            distinct = int(codes.max()) + 1
            if len(rows) * distinct > MAX_CELLS:
                raise call.error(
                    "0138",
                    f"the column '{column.name}' has {distinct:,} different values in {len(rows):,} rows, too many to "
                    "compare. Remove the column, or clear its Feature field with Edit Metadata.",
                )
            parts.append(np.eye(distinct)[codes] / np.sqrt(2))
        else:
            numbers = values.to_numpy(dtype=np.float64)
            spread = np.nanstd(numbers) if not np.isnan(numbers).all() else 0.0
            centred = np.nan_to_num(numbers - np.nanmean(numbers)) if spread else np.zeros(len(numbers))
            parts.append((centred / (spread or 1)).reshape(-1, 1))
    points = np.hstack(parts)
    found = NearestNeighbors(n_neighbors=count + 1).fit(points).kneighbors(points, return_distance=False)
    return {
        int(row): rows[[place for place in near if place != own][:count]]
        for own, (row, near) in enumerate(zip(rows, found, strict=True))
    }


def _with_made_up_rows(dataset: Dataset, first: Any, second: Any, way: Any) -> Dataset:
    """Return the dataset with rows appended that lie between two rows; texts and gaps are those of the first."""
    import pandas as pd

    upper, lower = dataset.frame.iloc[first], dataset.frame.iloc[second]
    arrays = {}
    for name in dataset.frame.columns:
        values = upper[name].to_numpy()
        if values.dtype.kind == "f":
            step = (lower[name].to_numpy() - values) * way
            values = np.where(np.isnan(step), values, values + step)
            known = next((column for column in dataset.columns if column.name == name), None)
            if known is not None and (known.is_category or known.type.is_integer or known.role is not Role.FEATURE):
                values = upper[name].to_numpy() if known.is_category else np.round(values)
        arrays[name] = values
    # Negative index labels do not occur in the source: nobody sent these rows.
    made_up = pd.DataFrame(arrays, index=-1 - np.arange(len(first)))
    return Dataset(dataset.columns, pd.concat([dataset.frame, made_up]), dataset.source)


MODULES = (
    Module(
        name="SMOTE",
        family="9f3fe1c4520e49aca1522e104169912a",
        inputs=(Port("Samples", PortType.DATASET),),
        outputs=(Port("Table", PortType.DATASET),),
        properties=(
            Property("Label column", Kind.COLUMNS, optional=True),
            Property("SMOTE percentage", Kind.INTEGER, 100, 0, 10_000),
            Property("Number of nearest neighbors", Kind.INTEGER, 1, 1, 1000),
            Property("Random seed", Kind.INTEGER, 0, 0, UINT32_MAX),
        ),
        run=run,
        effect=Effect.ROWS,
        library="NearestNeighbors",
        notes=("Whole numbers stay whole; texts, categories and gaps are those of the original minority row.",),
    ),
)
