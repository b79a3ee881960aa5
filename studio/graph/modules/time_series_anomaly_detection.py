"""Time Series Anomaly Detection: rows at which a series changes its level, spread or trend."""

from typing import Any

import numpy as np

from studio.graph.column_selection import pick_column, pick_numbers
from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.modules.add_columns import keep_flags
from studio.graph.transformations import free_name
from studio.tables.schema import Column, ColumnType

DATA, TIME = "Data Column", "Time Column"
MARTINGALE, STRANGENESS = "Martingale Type", "Strangeness Function Type"
HISTORY, LOOKBACK = (
    "Length of martingale and strangeness values history",
    "Length of strangeness values history",
)
THRESHOLD = "Alert Threshold"
POWER, RANDOMIZED = "PowerMartingale", "RandomizedPowerMartingale"
RANGE, UP, DOWN = "RangePercentile", "SlowPosTrend", "SlowNegTrend"
EPSILONS = np.arange(0.05, 1.0, 0.05)
MAX_HISTORY = 10_000


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset, in the order of time, with an anomaly score and an alert for each row."""
    dataset: Dataset = call.inputs["Time series"]
    data = pick_numbers(call, dataset, [pick_column(call, dataset, call.properties[DATA])])[0]
    time = pick_column(call, dataset, call.properties[TIME])
    if dataset.column(time).type is ColumnType.STRING:
        raise call.error("0017", f"the time column '{time}' is text. Make it DateTime or numeric with Edit Metadata.")
    moments = dataset.frame[time].to_numpy(dtype=np.float64)
    kept = np.flatnonzero(~np.isnan(moments))
    ordered = dataset.with_rows(kept[np.argsort(moments[kept], kind="stable")])
    scores = _scores(call, ordered.frame[data].to_numpy(dtype=np.float64))
    return (_with_scores(ordered, scores, call.properties[THRESHOLD]),)


def _with_scores(dataset: Dataset, scores: Any, threshold: float) -> Dataset:
    import pandas as pd

    from studio.graph.dataset import make_dataset

    taken = set(dataset.names)
    added = {
        Column(free_name("Anomaly Score", taken), ColumnType.DOUBLE): scores,
        Column(free_name("Alert indicator", taken), ColumnType.INT32): (scores > threshold).astype(np.float64),
    }
    arrays = {name: dataset.frame[name].to_numpy() for name in dataset.names}
    arrays |= {column.name: values for column, values in added.items()}
    made = make_dataset([*dataset.schema, *added], pd.DataFrame(arrays))
    return keep_flags(made, [*dataset.columns, *made.columns[len(dataset.columns) :]])


def _scores(call: Call, series: Any) -> Any:
    """Return the score of each moment: how much the series has surprised, as a martingale's logarithm.

    Each value's strangeness is compared with those before it; the smaller its share of larger ones, the more the
    martingale grows. A change shows as the martingale's difference to its value one history before.

    References
    ----------
    V. Fedorova et al., Plug-in Martingales for Testing Exchangeability on-line, ICML 2012.
    """
    history, lookback = call.properties[HISTORY], call.properties[LOOKBACK]
    randomized = call.properties[MARTINGALE] == RANDOMIZED
    rng = np.random.default_rng(0)
    strange = _strangeness(call.properties[STRANGENESS], series, lookback)
    # The logarithm of each bet's growth, shape (n_rows, n_bets).
    growth = np.zeros((len(series), len(EPSILONS)))
    for row in range(1, len(series)):
        past = strange[max(0, row - history) : row]
        past = past[~np.isnan(past)]
        if np.isnan(strange[row]) or not len(past):
            continue
        ties = rng.random() if randomized else 0.5
        share = ((past > strange[row]).sum() + ties * ((past == strange[row]).sum() + 1)) / (len(past) + 1)
        growth[row] = np.log(EPSILONS) + (EPSILONS - 1) * np.log(max(share, 1e-12))
    total = np.cumsum(growth, axis=0)
    before = np.vstack([np.zeros((min(history, len(total)), len(EPSILONS))), total[:-history]])[: len(total)]
    return np.maximum((total - before).max(axis=1), 0.0) if len(total) else np.zeros(0)


def _strangeness(kind: str, series: Any, lookback: int) -> Any:
    """Return how unlike the values before it each value is; NaN where that is unknown."""
    found = np.full(len(series), np.nan)
    for row in range(1, len(series)):
        past = series[max(0, row - lookback) : row]
        past = past[np.isfinite(past)]
        if not np.isfinite(series[row]) or len(past) < 2:
            continue
        with np.errstate(all="ignore"):
            found[row] = _strangeness_of(kind, past, series[row])
    return found


def _strangeness_of(kind: str, past: Any, value: float) -> float:
    if kind == RANGE:
        low, middle, high = np.percentile(past, (5, 50, 95))
        return float(abs(value - middle) / max(high - low, 1e-12))
    window = np.append(past, value)
    places = np.arange(len(window)) - (len(window) - 1) / 2
    slope = float((places @ (window - window.mean())) / (places @ places))
    return slope if kind == UP else -slope


MODULES = (
    Module(
        name="Time Series Anomaly Detection",
        family="",
        inputs=(Port("Time series", PortType.DATASET),),
        outputs=(Port("Time series with anomaly scores", PortType.DATASET),),
        properties=(
            Property(DATA, Kind.COLUMNS),
            Property(TIME, Kind.COLUMNS),
            Property(MARTINGALE, Kind.CHOICE, POWER, choices=(POWER, RANDOMIZED)),
            Property(STRANGENESS, Kind.CHOICE, RANGE, choices=(RANGE, UP, DOWN)),
            Property(HISTORY, Kind.INTEGER, 50, 10, MAX_HISTORY),
            Property(LOOKBACK, Kind.INTEGER, 50, 10, MAX_HISTORY),
            Property(THRESHOLD, Kind.NUMBER, 3.5, above=0),
        ),
        run=run,
        notes=(
            "The score is the natural logarithm of the best of several power martingales over the history; scores "
            "differ from the original's, whose algorithm was not published in full.",
            "Rows without a time are left out; the others are sorted by time. A row's score depends on the rows "
            "before it, so the module runs in training and batch experiments and not row by row in a web service.",
        ),
    ),
)
