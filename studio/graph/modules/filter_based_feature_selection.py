"""Filter Based Feature Selection: keep the features that best predict the target."""

from collections.abc import Callable
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_label
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn, Role, dataset_from_cells
from studio.graph.training import feature_values, learn_categories
from studio.tables.schema import Column, ColumnType

CHI_SQUARED_BINS = 10


def run(call: Call) -> tuple[Any, ...]:
    """Score every feature against the target and keep the best; columns that are not features stay."""
    dataset: Dataset = call.inputs["Dataset"]
    target = pick_label(call, dataset, call.properties["Target column"])
    only_features = call.properties["Operate on feature columns only"]
    candidates = [
        column
        for column in dataset.columns
        if column.name != target and (column.role is Role.FEATURE or not only_features)
    ]
    if not candidates:
        raise call.error("0047", "the dataset has no feature column other than the target.")
    known = np.flatnonzero(dataset.frame[target].notna().to_numpy())
    if len(known) < 2:
        raise call.error("0134", f"the target '{target}' must have at least two distinct values.")
    rows = dataset.with_rows(known)
    measure = MEASURES[call.properties["Feature scoring method"]]
    truth = as_numbers(rows, rows.column(target))
    scores = {column.name: measure(as_numbers(rows, column), truth) for column in candidates}
    ranked = sorted(scores, key=lambda name: -scores[name])
    best = ranked[: call.properties["Number of desired features"]]
    kept = [name for name in dataset.names if name not in scores or name in best]
    return dataset.select(kept), _table({target: 1.0} | {name: scores[name] for name in ranked})


def as_numbers(dataset: Dataset, column: DatasetColumn) -> Any:
    """Return a column as numbers: category codes, with the mean for missing values."""
    if column.is_category:
        return feature_values(learn_categories(dataset, column), dataset.frame[column.name], column.type)
    values = dataset.frame[column.name].to_numpy(dtype=np.float64)
    missing = np.isnan(values)
    return np.where(missing, values[~missing].mean() if not missing.all() else 0.0, values)


def _pearson(values: Any, truth: Any) -> float:
    if values.std() == 0 or truth.std() == 0:
        return 0.0
    return float(abs(np.corrcoef(values, truth)[0, 1]))


def _spearman(values: Any, truth: Any) -> float:
    from scipy.stats import rankdata

    return _pearson(rankdata(values), rankdata(truth))


def _kendall(values: Any, truth: Any) -> float:
    from scipy.stats import kendalltau

    found = abs(float(kendalltau(values, truth).statistic))
    return 0.0 if np.isnan(found) else found


def _table_of_counts(values: Any, truth: Any) -> Any:
    from pandas import crosstab

    return crosstab(_binned(values), _binned(truth)).to_numpy(dtype=np.float64)


def _chi_squared(values: Any, truth: Any) -> float:
    counts = _table_of_counts(values, truth)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / counts.sum()
    return float(((counts - expected) ** 2 / expected).sum())


def _mutual_information(values: Any, truth: Any) -> float:
    counts = _table_of_counts(values, truth)
    shares = counts / counts.sum()
    apart = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)
    return float((shares * np.log(np.where(shares > 0, shares / apart, 1))).sum())


def _fisher(values: Any, truth: Any) -> float:
    """Return the variance between the target's classes divided by the variance within them."""
    binned = _binned(truth)
    groups = [values[binned == value] for value in np.unique(binned)]
    within = sum(len(group) * group.var() for group in groups)
    between = sum(len(group) * (group.mean() - values.mean()) ** 2 for group in groups)
    # Classes without any variance are told apart best of all.
    return float(between / max(within, 1e-12)) if between else 0.0


def _binned(values: Any) -> Any:
    if len(np.unique(values)) <= CHI_SQUARED_BINS:
        return values
    edges = np.unique(np.quantile(values, np.arange(1, CHI_SQUARED_BINS) / CHI_SQUARED_BINS))
    return np.searchsorted(edges, values).astype(np.float64)


MEASURES: dict[str, Callable[[Any, Any], float]] = {
    "PearsonCorrelation": _pearson,
    "MutualInformation": _mutual_information,
    "KendallCorrelation": _kendall,
    "SpearmanCorrelation": _spearman,
    "ChiSquared": _chi_squared,
    "FisherScore": _fisher,
}


def _table(scores: dict[str, float]) -> Dataset:
    columns = [Column(name, ColumnType.DOUBLE) for name in scores]
    return dataset_from_cells(columns, [[score] for score in scores.values()])


MODULES = (
    Module(
        name="Filter Based Feature Selection",
        family="818b356b045c412baa1294a1d2dad90f",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Filtered dataset", PortType.DATASET), Port("Features", PortType.DATASET)),
        properties=(
            Property("Operate on feature columns only", Kind.BOOLEAN, True),
            Property("Target column", Kind.COLUMNS, optional=True),
            Property("Number of desired features", Kind.INTEGER, 1, 1),
            Property("Feature scoring method", Kind.CHOICE, "PearsonCorrelation", choices=tuple(MEASURES)),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "Categories count as codes; chi squared, mutual information and Fisher score put numbers into ten bins.",
        ),
    ),
)
