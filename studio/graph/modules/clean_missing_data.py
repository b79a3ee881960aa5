"""Clean Missing Data: fill, flag or remove missing values."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_columns, pick_numbers
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn, cells_to_array
from studio.graph.transformations import learn_and_apply, replace_columns
from studio.model.computed import ComputedColumn
from studio.model.operations import FillNumbers, IsMissing, Refill, quantum_of
from studio.model.steps import Fill, Indicator
from studio.tables.schema import READERS, Cell, Column, ColumnType, cell_number

CUSTOM, MEAN, MEDIAN, MODE = (
    "Custom substitution value",
    "Replace with mean",
    "Replace with median",
    "Replace with mode",
)
MICE, PPCA = "Replace using MICE", "Replace using Probabilistic PCA"
ROW, COLUMN = "Remove entire row", "Remove entire column"
FILLING = (CUSTOM, MEAN, MEDIAN, MODE, MICE, PPCA)
MAX_TOGETHER = 100
MAX_COMPONENTS = 10


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What was learned: a value for each column, columns to impute from one another, columns to remove."""

    fills: dict[str, Cell]
    together: tuple[str, ...]
    refill: Refill | None
    removed: tuple[str, ...]


def run(call: Call) -> tuple[Any, ...]:
    """Clean the selected columns whose share of missing values lies between the two ratios.

    Rows are removed from training data only: every row sent for scoring gets a score.
    """
    dataset: Dataset = call.inputs["Dataset"]
    affected = _affected(call, dataset)
    learned = Cleaning({}, (), None, ())
    match call.properties["Cleaning mode"]:
        case "Remove entire row":
            learned = replace(learned, together=tuple(affected))
        case "Remove entire column":
            learned = replace(learned, removed=tuple(name for name in affected if _missing(dataset, name).any()))
        case _:
            learned = _learn(call, dataset, affected)
    return learn_and_apply(call, [*learned.fills, *learned.together], apply, learned)


def apply(call: Call, dataset: Dataset, learned: Cleaning) -> Dataset:
    """Return the dataset with the learned cleaning applied."""
    dataset = dataset.select([name for name in dataset.names if name not in learned.removed])
    if call.properties["Cleaning mode"] == ROW:
        gaps = dataset.frame[list(learned.together)].isna().to_numpy().any(axis=1)
        return dataset.with_rows(np.flatnonzero(~gaps))
    changed: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, fill in learned.fills.items():
        changed[name], values[name] = _filled(dataset, dataset.column(name), fill)
    if learned.refill is not None:
        outputs = [Column(name, ColumnType.DOUBLE) for name in learned.together]
        made, arrays = dataset.computed(learned.refill, learned.together, outputs)
        changed |= {column.name: [replace(column, role=dataset.column(column.name).role)] for column in made}
        values |= arrays
    if call.properties.get("Generate missing value indicator column"):
        for name in list(changed):
            flag, array = _indicator(dataset, dataset.column(name))
            changed[name] = [*changed[name], flag]
            values[flag.name] = array
    return replace_columns(dataset, changed, values)


def _learn(call: Call, dataset: Dataset, affected: list[str]) -> Cleaning:
    mode = call.properties["Cleaning mode"]
    empty = [name for name in affected if _missing(dataset, name).all()] if mode != CUSTOM else []
    keep = call.properties.get("Cols with all missing values") == "Propagate"
    removed = () if keep else tuple(empty)
    present = [name for name in affected if name not in empty]
    if mode not in (MICE, PPCA):
        fills = {name: _fill_value(call, dataset, dataset.column(name)) for name in present}
        return Cleaning(fills, (), None, removed)
    if len(present) > MAX_TOGETHER:
        raise call.error(
            "0129", f"'{mode}' imputes at most {MAX_TOGETHER} columns from one another, got {len(present)}."
        )
    if not present:
        return Cleaning({}, (), None, removed)
    numbers = dataset.frame[present].to_numpy(dtype=np.float64)
    if not np.isfinite(np.nanstd(numbers, axis=0)).all():
        raise call.error(
            "0033", f"'{mode}' cannot compute with numbers this large. Add Clip Values before this module."
        )
    learn = _chained_equations if mode == MICE else _probabilistic_pca
    return Cleaning({}, tuple(present), learn(call, numbers), removed)


def _affected(call: Call, dataset: Dataset) -> list[str]:
    low, high = (call.properties[f"{side} missing value ratio"] for side in ("Minimum", "Maximum"))
    if low > high:
        raise call.error("0007", f"Minimum missing value ratio must not exceed the maximum of {high:g}, got {low:g}.")
    pick = pick_numbers if call.properties["Cleaning mode"] in (MICE, PPCA) else pick_columns
    picked = pick(call, dataset, call.properties["Columns to be cleaned"])
    return [name for name in picked if not len(dataset.frame) or low <= _missing(dataset, name).mean() <= high]


def _missing(dataset: Dataset, name: str) -> Any:
    return dataset.frame[name].isna().to_numpy()


def _filled(dataset: Dataset, column: DatasetColumn, fill: Cell) -> tuple[list[DatasetColumn], Any]:
    if isinstance(column.plan, ComputedColumn):
        operation = FillNumbers((cell_number(fill),))
        made, arrays = dataset.computed(operation, [column.name], [column.plan.column])
        return [replace(item, categorical=column.categorical) for item in made], arrays[column.name]
    cells = [fill if cell is None else cell for cell in dataset.cells(column.name)]
    return [column.stepped(Fill(fill))], cells_to_array(cells, column.type)


def _indicator(dataset: Dataset, column: DatasetColumn) -> tuple[DatasetColumn, Any]:
    name = f"{column.name}_IsMissing"
    if isinstance(column.plan, ComputedColumn):
        (made,), arrays = dataset.computed(IsMissing(), [column.name], [Column(name, ColumnType.BOOLEAN)])
        return made, arrays[name]
    made = replace(column.stepped(Indicator(), ColumnType.BOOLEAN, name), categorical=False)
    return made, _missing(dataset, column.name).astype(np.float64)


def _fill_value(call: Call, dataset: Dataset, column: DatasetColumn) -> Cell:
    """Return the value that replaces missing cells, in the column's type."""
    mode = call.properties["Cleaning mode"]
    if mode == CUSTOM:
        return _custom_value(call, column)
    present = dataset.frame[column.name].to_numpy()[~_missing(dataset, column.name)]
    if mode == MODE or column.type is ColumnType.BOOLEAN:
        text = column.type is ColumnType.STRING
        values, counts = np.unique(present.astype(str) if text else present, return_counts=True)
        return dataset.cells(column.name)[int(np.flatnonzero(dataset.frame[column.name] == values[counts.argmax()])[0])]
    if not column.type.is_numeric or column.type is ColumnType.DATETIME:
        raise call.error(
            "0017",
            f"'{mode}' needs a numeric column, but '{column.name}' is {column.type.value}. Use 'Replace with mode'.",
        )
    value = float(np.mean(present) if mode == MEAN else np.median(present))
    return round(value) if column.type.is_integer else value


def _custom_value(call: Call, column: DatasetColumn) -> Cell:
    text = call.properties["Replacement value"]
    try:
        return READERS[column.type](text)
    except ValueError as error:
        raise call.error(
            "0002",
            f"Replacement value must be a {column.type.value} for the column '{column.name}', got {text!r}.",
        ) from error


def _chained_equations(call: Call, values: Any) -> Refill:
    """Return one linear map per column and iteration, each learned with the other columns already filled."""
    import warnings

    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    imputer = IterativeImputer(max_iter=call.properties["Number of Iterations"], tol=0.0, random_state=0)
    with warnings.catch_warnings():
        # It warns when it has not converged after the requested number of iterations.
        warnings.simplefilter("ignore")
        imputer.fit(values)
    maps = []
    for column, others, estimator in (step for step in getattr(imputer, "imputation_sequence_", ())):
        weights = np.zeros(values.shape[1])
        weights[others] = estimator.coef_
        maps.append((int(column), tuple(weights.tolist()), float(estimator.intercept_), float("-inf"), float("inf")))
    return Refill(tuple(imputer.initial_imputer_.statistics_.tolist()), tuple(maps), 1, False, _quanta(values))


def _probabilistic_pca(call: Call, values: Any) -> Refill:
    """Return the maps that fill a row's gaps with its most likely values under a few components and noise.

    References
    ----------
    M. Tipping and C. Bishop, Probabilistic Principal Component Analysis, JRSS B 61 (1999).
    """
    rounds = call.properties["Number of Iterations for PCA Prediction"]
    means, spreads = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    spreads[spreads == 0] = 1.0
    width = values.shape[1]
    kept = min(MAX_COMPONENTS, width - 1)
    missing = np.isnan(values)
    scaled = np.where(missing, 0.0, (values - means) / spreads)
    likely = np.zeros((width, width))
    for _ in range(rounds if kept else 0):
        variances, axes = np.linalg.eigh(np.cov(scaled, rowvar=False, bias=True).reshape(width, width))
        noise = float(variances[: width - kept].mean())
        top, axes = variances[width - kept :], axes[:, width - kept :]
        likely = axes @ np.diag(np.clip(1 - noise / np.maximum(top, 1e-12), 0, 1)) @ axes.T
        scaled = np.where(missing, scaled @ likely, scaled)
    weights = likely * spreads[:, np.newaxis] / spreads[np.newaxis, :]
    maps = tuple(
        (column, tuple(weights[column].tolist()), float(means[column] - weights[column] @ means), -np.inf, np.inf)
        for column in range(width)
    )
    return Refill(tuple(means.tolist()), maps, rounds, True, _quanta(values))


def _quanta(values: Any) -> tuple[float, ...]:
    return tuple(quantum_of(column) for column in values.T)


MODULES = (
    Module(
        name="Clean Missing Data",
        family="d2c5ca2f732341a39b7eda917c99f0c4",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(
            Port("Cleaned dataset", PortType.DATASET),
            Port("Cleaning transformation", PortType.TRANSFORMATION),
        ),
        properties=(
            Property("Columns to be cleaned", Kind.COLUMNS, {"select": "all"}),
            Property("Minimum missing value ratio", Kind.NUMBER, 0.0, 0, 1),
            Property("Maximum missing value ratio", Kind.NUMBER, 1.0, 0, 1),
            Property("Cleaning mode", Kind.CHOICE, CUSTOM, choices=(*FILLING, ROW, COLUMN)),
            Property("Replacement value", Kind.TEXT, "0", when=("Cleaning mode", (CUSTOM,))),
            Property(
                "Cols with all missing values",
                Kind.CHOICE,
                "Remove",
                choices=("Propagate", "Remove"),
                when=("Cleaning mode", (MEAN, MEDIAN, MODE, MICE)),
            ),
            Property("Generate missing value indicator column", Kind.BOOLEAN, False, when=("Cleaning mode", FILLING)),
            Property("Number of Iterations", Kind.INTEGER, 5, 1, 10, when=("Cleaning mode", (MICE,))),
            Property(
                "Number of Iterations for PCA Prediction", Kind.INTEGER, 10, 1, 50, when=("Cleaning mode", (PPCA,))
            ),
        ),
        run=run,
        effect=Effect.COLUMNS,
        library="IterativeImputer (MICE)",
        notes=(
            "MICE predicts each column from the others by Bayesian ridge regression. Both MICE and probabilistic "
            "PCA impute up to 100 numeric columns, which become doubles.",
            "Rows are removed from training data only: every row sent for scoring gets a score.",
        ),
    ),
)
