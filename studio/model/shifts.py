"""How far the rows of a window are from those of the training, by measure, and how likely chance alone is to do that.

Every measure is less what chance adds on average, so that equal data measures about 0 with few rows, too.

`PSI`
    Population stability index: the sum of (q - p) ln(q / p) over bins.
`JensenShannon`
    Distance, from 0 (equal) to 1 (nothing in common): the root of the divergence in bits.
`KolmogorovSmirnov`
    The largest difference between the cumulated shares; of numbers only.
`Missing`
    By how much the share of missing cells differs.
`Unseen`
    By how much the share of categories that the model does not know has grown.
`OutOfRange`
    The share of numbers below the least or above the greatest one of the training.

References
----------
The noise of the first two is that of a chi-squared statistic with as many degrees of freedom as bins, less one, times
1/n + 1/m: near equality the index is its quadratic form, and the divergence an eighth of it. The mean of Kolmogorov's
distribution is sqrt(pi / 2) ln 2. The shares are compared as two Poisson rates, given their sum
(Przyborowski and Wilenski 1940), which is exact for rare ones and careful for others.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.baseline import CATEGORY, TEXT, BaselineColumn
from studio.tables.schema import ColumnType

PSI, JS, KS = "PSI", "JensenShannon", "KolmogorovSmirnov"
MISSING, UNSEEN, OUT_OF_RANGE = "Missing", "Unseen", "OutOfRange"
MEASURES = (PSI, JS, KS, MISSING, UNSEEN, OUT_OF_RANGE)
# A bin in which fewer rows are expected is taken together with others (Cochran's rule).
LEAST_EXPECTED = 5
KOLMOGOROV_MEAN = math.sqrt(math.pi / 2) * math.log(2)


@dataclass(frozen=True, slots=True)
class Shift:
    """A measure of a column: its size, and the probability that equal data measures at least as much."""

    value: float
    chance: float


def measures_of(column: BaselineColumn) -> tuple[str, ...]:
    """Return the measures that a column has."""
    if column.kind == CATEGORY:
        return (PSI, JS, MISSING, UNSEEN)
    return (PSI, JS, KS, MISSING) if column.kind == TEXT else (PSI, JS, KS, MISSING, OUT_OF_RANGE)


def moves_by_itself(column: BaselineColumn) -> bool:
    """Whether a column drifts without anything being wrong, as times do."""
    return column.type is ColumnType.DATETIME


def measure_shift(column: BaselineColumn, counts: Any, base: Any = None) -> dict[str, Shift]:
    """Return how far counted cells are from the training's, by measure.

    Parameters
    ----------
    counts : ndarray of shape (column.width,), int64
        The cells of the window.
    base
        What to compare with instead of the training's counts.

    Returns
    -------
    dict of str to Shift
        Empty if either has no cells. Without known cells on both sides only MISSING.
    """
    base = column.vector if base is None else base
    start, end = column.bins.start, column.bins.stop
    before, now = base[start:end], counts[start:end]
    rows, n_rows = int(before.sum() + base[0]), int(now.sum() + counts[0])
    if not rows or not n_rows:
        return {}
    found = {MISSING: _missing(int(base[0]), rows, int(counts[0]), n_rows)}
    if before.sum() and now.sum():
        found |= _distances(before, now, ordered=column.kind != CATEGORY)
        known, n_known = int(before.sum()), int(now.sum())
        if column.kind == CATEGORY:
            found[UNSEEN] = _grown(int(before[-1]), known, int(now[-1]), n_known, expected=column.once)
        elif column.kind != TEXT:
            beyond = int(counts[end] + counts[-1])
            found[OUT_OF_RANGE] = _grown(int(base[end] + base[-1]), known, beyond, n_known, expected=2)
    return {name: found[name] for name in MEASURES if name in found}


def halves_apart(column: BaselineColumn, first: Any, second: Any) -> dict[str, float]:
    """Return the measures between the counts of the two halves of the training rows, those above zero."""
    shifts = measure_shift(column, second, first)
    return {name: round(shift.value, 6) for name, shift in shifts.items() if shift.value > 0}


def _distances(before: Any, now: Any, *, ordered: bool) -> dict[str, Shift]:
    from scipy.special import chdtrc, kolmogorov, rel_entr

    known, n_known = int(before.sum()), int(now.sum())
    noise = 1 / known + 1 / n_known
    one, other = _pooled(before, now)
    # Half a row more in each bin keeps an empty one from being infinitely far away.
    p, q = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (one, other))
    freedom = len(p) - 1
    psi = float((rel_entr(p, q) + rel_entr(q, p)).sum())
    middle = (p + q) / 2
    divergence = float((rel_entr(p, middle) + rel_entr(q, middle)).sum()) / 2
    chance = float(chdtrc(freedom, psi / noise)) if freedom else 1.0
    found = {
        PSI: Shift(max(0.0, psi - freedom * noise), chance),
        JS: Shift(float(np.sqrt(max(0.0, divergence - freedom * noise / 8) / np.log(2))), chance),
    }
    if ordered:
        apart = float(np.abs(np.cumsum(before) / known - np.cumsum(now) / n_known).max())
        found[KS] = Shift(max(0.0, apart - KOLMOGOROV_MEAN * noise**0.5), float(kolmogorov(apart / noise**0.5)))
    return found


def _pooled(before: Any, now: Any) -> tuple[Any, Any]:
    """Return the counts with all bins in which too few rows are expected taken together."""
    expected = (before + 0.5) / (before.sum() + 0.5 * len(before)) * now.sum()
    rare = expected < LEAST_EXPECTED
    if not rare.any():
        return before, now
    one, other = (np.append(counts[~rare], counts[rare].sum()) for counts in (before, now))
    return one, other


def _missing(count: int, rows: int, n_count: int, n_rows: int) -> Shift:
    apart = abs(n_count / n_rows - count / rows)
    # Of two shares near 1, those of what is not missing are the rare ones.
    if count + n_count > (rows + n_rows) / 2:
        count, n_count = rows - count, n_rows - n_count
    more = _tail(count, rows, n_count, n_rows)
    fewer = _tail(n_count, n_rows, count, rows)
    return Shift(apart, min(1.0, 2 * min(more, fewer)))


def _grown(count: int, rows: int, n_count: int, n_rows: int, *, expected: int) -> Shift:
    """Return by how much a share has grown; `expected` are the rows of the training that stand for what it lacks."""
    grown = max(0.0, n_count / n_rows - count / rows)
    return Shift(grown, _tail(count + expected, rows, n_count, n_rows))


def _tail(count: int, rows: int, n_count: int, n_rows: int) -> float:
    """Return the probability of n_count of n_rows or more, if the rate is that of `count` of `rows`."""
    from scipy.special import bdtrc

    return float(bdtrc(n_count - 1, count + n_count, n_rows / (rows + n_rows))) if n_count else 1.0
