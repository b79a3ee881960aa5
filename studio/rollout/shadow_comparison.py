"""What a candidate in the shadow scores beside the models that answer: labels that agree, and differences of scores.

Sums over slices of the log, which the row of the shadow keeps: quantiles come from counts in bins whose edges grow by
5 %, so that they add up and are 2.5 % off at most.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from studio.model.manifest import CLUSTERING, QUANTILES, REGRESSION, Manifest
from studio.model.scores import LABELS
from studio.monitoring.metrics import score_matrix_columns
from studio.monitoring.rows import SCORE, Table
from studio.tables.schema import write_cell

GROWTH = math.log(1.05)
SMALLEST, LARGEST = 1e-9, 1e12
# Pairs of labels that are kept, and shown: of hundreds of classes, those that are met first.
MAX_PAIRS, SHOWN_PAIRS, MAX_LABEL = 400, 20, 100
# What a row of Azure Tables has room for in one column.
MAX_STORED = 63 * 1024
SHOWN_QUANTILES = {"P5": 0.05, "P25": 0.25, "P50": 0.5, "P75": 0.75, "P95": 0.95}


@dataclass(slots=True)
class Compared:
    """The rows of an output that both scored.

    Parameters
    ----------
    rows
        int: how many rows were compared.
    agreeing
        int: how many of them got the same label; of none for regressions.
    pairs
        Numbers of rows by the label that was answered and the candidate's, of those that differ.
    bins
        Numbers of rows by bin of the difference; 0 holds those without one.
    total, absolute
        float: the sum of the differences, and of their sizes.
    labelled
        Whether labels are compared at all.
    """

    rows: int = 0
    agreeing: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    bins: Counter[int] = field(default_factory=Counter)
    total: float = 0.0
    absolute: float = 0.0
    labelled: bool = False

    def add(self, manifest: Manifest, answered: Table, scored: Mapping[str, Any]) -> None:
        """Add rows that both scored.

        Parameters
        ----------
        answered
            The rows of the log as the endpoint answered them.
        scored
            The candidate's columns `score/…` of the same rows.
        """
        self.rows += len(answered)
        name = label_column(manifest)
        if name in scored and name in answered.column_names:
            self.labelled = True
            self._add_labels(answered[name].to_pylist(), scored[name].to_pylist())
        columns = [
            column for column in difference_columns(manifest) if column in scored and column in answered.column_names
        ]
        if columns:
            self._add_differences(answered, scored, columns)

    def _add_labels(self, before: list[Any], after: list[Any]) -> None:
        pairs = Counter(zip(before, after, strict=True))
        for (one, other), rows in pairs.items():
            if one == other:
                self.agreeing += rows
                continue
            key = _label(one), _label(other)
            if key in self.pairs or len(self.pairs) < MAX_PAIRS:
                self.pairs[key] += rows

    def _add_differences(self, answered: Table, scored: Mapping[str, Any], columns: list[str]) -> None:
        pairs = [_numbers(scored[name]) - _numbers(answered[name]) for name in columns]
        stacked = np.nan_to_num(np.column_stack(pairs), nan=0.0, posinf=LARGEST, neginf=-LARGEST)
        # Of several classes, the one whose score changes most says how far the row moved.
        widest = stacked[np.arange(len(stacked)), np.abs(stacked).argmax(axis=1)]
        self.total += float(widest.sum())
        self.absolute += float(np.abs(widest).sum())
        found, counts = np.unique(bins_of(widest), return_counts=True)
        self.bins.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))

    @property
    def agreement(self) -> float | None:
        """The share of rows with the same label; None if there are none, or no labels."""
        return self.agreeing / self.rows if self.labelled and self.rows else None

    def to_object(self) -> dict[str, Any]:
        """Return the comparison as the API shows it."""
        differences = None
        if self.bins:
            known = sum(self.bins.values())
            quantiles = {name: self.quantile(share) for name, share in SHOWN_QUANTILES.items()}
            differences = quantiles | {"Mean": self.total / known, "MeanAbsolute": self.absolute / known}
        return {
            "Compared": self.rows,
            "Agreement": self.agreement,
            "Changed": [
                {"From": one, "To": other, "Rows": rows} for (one, other), rows in self.pairs.most_common(SHOWN_PAIRS)
            ],
            "Differences": differences,
        }

    def quantile(self, share: float) -> float:
        """Return a quantile of the differences, the candidate's score minus the answered one."""
        left = share * sum(self.bins.values())
        for number in sorted(self.bins):
            left -= self.bins[number]
            if left <= 0:
                return value_of(number)
        return value_of(max(self.bins, default=0))


def label_column(manifest: Manifest) -> str:
    """Return the name in the log of the column that holds labels or clusters; empty for regressions."""
    if manifest.task in (REGRESSION, QUANTILES):
        return ""
    return SCORE + ("Assignments" if manifest.task == CLUSTERING else LABELS)


def difference_columns(manifest: Manifest) -> list[str]:
    """Return the names in the log of the columns whose differences are measured; distances to clusters are none."""
    if manifest.task == CLUSTERING:
        return []
    return [name for name in score_matrix_columns(manifest) if name != label_column(manifest)]


def bins_of(values: Any) -> Any:
    """Return the numbers of the bins of differences: 0 around zero, positive and negative ones beside it."""
    sizes = np.clip(np.abs(values), 0, LARGEST)
    numbers = np.ceil(np.log(np.maximum(sizes, SMALLEST) / SMALLEST) / GROWTH).astype(np.int64)
    return np.where(sizes <= SMALLEST, 0, np.sign(values).astype(np.int64) * np.maximum(numbers, 1))


def value_of(number: int) -> float:
    """Return the middle of a bin."""
    if number == 0:
        return 0.0
    edge = SMALLEST * math.exp(abs(number) * GROWTH)
    return math.copysign(edge * 2 / (1 + math.exp(GROWTH)), number)


def _numbers(column: Any) -> Any:
    import pyarrow as pa

    return column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)


def _label(cell: Any) -> str:
    return "" if cell is None else write_cell(cell)[:MAX_LABEL]


def write_compared(found: Mapping[str, Compared]) -> bytes:
    """Return the comparisons of outputs as the row of a shadow holds them; pairs of long labels as far as they fit.

    Those that were met most are kept.
    """
    most = MAX_PAIRS
    while len(content := _packed(found, most)) > MAX_STORED and most:
        most //= 2
    return content


def _packed(found: Mapping[str, Compared], most: int) -> bytes:
    value = {
        name: {
            "rows": item.rows,
            "agreeing": item.agreeing,
            "pairs": [[*pair, rows] for pair, rows in item.pairs.most_common(most)],
            "bins": [[number, rows] for number, rows in item.bins.items()],
            "total": item.total,
            "absolute": item.absolute,
            "labelled": item.labelled,
        }
        for name, item in found.items()
    }
    return zlib.compress(orjson.dumps(value), 6)


def read_compared(content: bytes | None) -> dict[str, Compared]:
    """Read what write_compared wrote."""
    if not content:
        return {}
    return {name: _read(item) for name, item in orjson.loads(zlib.decompress(content)).items()}


def _read(item: dict[str, Any]) -> Compared:
    pairs: Iterable[Any] = item["pairs"]
    return Compared(
        item["rows"],
        item["agreeing"],
        Counter({(one, other): rows for one, other, rows in pairs}),
        Counter(dict(item["bins"])),
        item["total"],
        item["absolute"],
        item["labelled"],
    )
