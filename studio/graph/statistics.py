"""Statistics of a column of numbers, each missing (NaN) where it is undefined or no finite number."""

from collections.abc import Callable
from typing import Any

import numpy as np

Statistic = Callable[[Any], float]


def _mode(values: Any) -> float:
    """Return the most frequent value, the smallest of several."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


def _moment(order: int) -> Statistic:
    return lambda values: float(((values - values.mean()) ** order).mean())


def _skewness(values: Any) -> float:
    n = len(values)
    spread = values.std(ddof=1) if n > 2 else 0.0
    if not spread:
        return float("nan")
    return float(n / ((n - 1) * (n - 2)) * (((values - values.mean()) / spread) ** 3).sum())


def _kurtosis(values: Any) -> float:
    n = len(values)
    spread = values.std(ddof=1) if n > 3 else 0.0
    if not spread:
        return float("nan")
    fourth = (((values - values.mean()) / spread) ** 4).sum()
    return float(n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))


def _geometric(values: Any) -> float:
    return float(np.exp(np.log(values).mean())) if (values > 0).all() else float("nan")


def _harmonic(values: Any) -> float:
    return float(len(values) / (1 / values).sum()) if (values > 0).all() else float("nan")


def _sample(ddof_of: Callable[..., Any]) -> Statistic:
    return lambda values: float(ddof_of(values, ddof=1)) if len(values) > 1 else float("nan")


def percentile(percent: float) -> Statistic:
    """Return the statistic that is a percentile, interpolated between neighbours."""
    return lambda values: float(np.percentile(values, percent))


STATISTICS: dict[str, Statistic] = {
    "Count": lambda values: float(len(values)),
    "DeviationSquared": lambda values: float(((values - values.mean()) ** 2).sum()),
    "GeometricMean": _geometric,
    "HarmonicMean": _harmonic,
    "InterquartileDistance": lambda values: float(np.percentile(values, 75) - np.percentile(values, 25)),
    "Max": lambda values: float(values.max()),
    "Mean": lambda values: float(values.mean()),
    "MeanDeviation": lambda values: float(np.abs(values - values.mean()).mean()),
    "Median": lambda values: float(np.median(values)),
    "MedianDeviation": lambda values: float(np.median(np.abs(values - np.median(values)))),
    "Min": lambda values: float(values.min()),
    "Mode": _mode,
    "PopulationStandardDeviation": lambda values: float(values.std()),
    "PopulationVariance": lambda values: float(values.var()),
    "Product": lambda values: float(values.prod()),
    "Range": lambda values: float(values.max() - values.min()),
    "SampleKurtosis": _kurtosis,
    "SampleSkewness": _skewness,
    "SampleStandardDeviation": _sample(np.std),
    "SampleVariance": _sample(np.var),
    "Sum": lambda values: float(values.sum()),
}
CENTRAL_MOMENT = "KthCentralMoment"


def measure(statistic: Statistic, values: Any) -> float:
    """Return a statistic of the numbers in an array that may hold missing ones.

    Parameters
    ----------
    values : ndarray of shape (n_rows,), float64
    """
    present = values[~np.isnan(values)]
    if not len(present):
        return float("nan")
    with np.errstate(all="ignore"):
        found = statistic(present)
    return found if np.isfinite(found) else float("nan")


def statistic_of(name: str, order: int) -> Statistic:
    """Return a statistic by name; `order` is that of the central moment."""
    return _moment(order) if name == CENTRAL_MOMENT else STATISTICS[name]
