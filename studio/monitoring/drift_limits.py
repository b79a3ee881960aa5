"""When a shift is drift: it is larger than a threshold, larger than within the training rows, and not chance.

One rule for all windows, so that few rows need a large shift and many rows a shift that matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.model.baseline import BaselineColumn
from studio.model.shifts import (
    JS,
    KS,
    MEASURES,
    MISSING,
    OUT_OF_RANGE,
    PSI,
    UNSEEN,
    Shift,
    measure_shift,
    moves_by_itself,
)

HOUR, DAY = "hour", "day"
# From these sizes on a shift matters. For a bell curve, the first three are a move of the mean by 0.45, 0.47 and 0.38
# of its standard deviation.
THRESHOLDS = {PSI: 0.2, JS: 0.2, KS: 0.15, MISSING: 0.05, UNSEEN: 0.05, OUT_OF_RANGE: 0.05}
# Halves of the training rows that are further apart say that the file is in order of the column, not that it drifts.
LARGEST_HALVES = {PSI: 1.0, JS: 0.4, KS: 0.4, MISSING: 0.3, UNSEEN: 0.3, OUT_OF_RANGE: 0.3}
MINIMUM_ROWS = 200
# How likely equal data may raise an alarm within a day, over all columns and measures.
CHANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Found:
    """A measure of a column in a window, what it is compared with, and whether it is drift."""

    value: float
    chance: float
    threshold: float
    fires: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges windows of one length.

    Parameters
    ----------
    by
        HOUR or DAY.
    columns
        int: how many columns are judged at once; the more there are, the less chance each is granted.
    thresholds
        Thresholds of measures in place of THRESHOLDS.
    named
        Whether somebody asked for these columns; otherwise columns that move by themselves do not fire.
    """

    by: str
    columns: int
    thresholds: Mapping[str, float] | None = None
    named: bool = False

    @property
    def chance(self) -> float:
        """The probability of chance below which a shift is not taken for it."""
        return CHANCE / (24 if self.by == HOUR else 1) / (max(1, self.columns) * len(MEASURES))

    def judge(self, column: BaselineColumn, counts: Any) -> dict[str, Found]:
        """Return the measures of a column's counts (ndarray of shape (column.width,)) in a window."""
        rows = rows_of(column, counts)
        shifts = measure_shift(column, counts)
        return {name: self.judge_shift(column, name, shift, rows) for name, shift in shifts.items()}

    def judge_shift(self, column: BaselineColumn, measure: str, shift: Shift, rows: int) -> Found:
        """Return what a shift of so many rows amounts to."""
        threshold = self.threshold(column, measure)
        free = moves_by_itself(column) and not self.named
        fires = not free and rows >= MINIMUM_ROWS and shift.value >= threshold and shift.chance < self.chance
        return Found(shift.value, shift.chance, threshold, fires)

    def threshold(self, column: BaselineColumn, measure: str) -> float:
        """Return the threshold of a column: no less than the halves of its training rows are apart."""
        halves = column.halves.get(measure, 0.0)
        least = (self.thresholds or {}).get(measure, THRESHOLDS[measure])
        return max(least, halves) if halves <= LARGEST_HALVES[measure] else least


def rows_of(column: BaselineColumn, counts: Any) -> int:
    """Return how many cells a column's counts are of."""
    return int(counts[0] + counts[column.bins.start : column.bins.stop].sum())
