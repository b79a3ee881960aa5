"""Shapley values of any model, by scoring rows whose columns are partly the row's and partly the typical row's.

The value of a coalition of columns is the margin of the typical row with the row's own cells in those columns. Few
columns are tried in all combinations; of more, random orders are drawn, each together with its reverse, and the
standard error of the mean over the pairs is returned.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from studio.model.operations import Matrix

# Rows that are scored to explain one: all combinations of eleven columns.
BUDGET = 2048
# The least number of pairs from which an error can be told.
MIN_PAIRS = 4
# Numbers in a matrix that is scored at once.
MAX_CELLS = 4_000_000

# Sums may differ from scores by so much, relative to the larger of score and 1, for the order in which they are made.
TOLERANCE = 1e-9

# Returns margins, shape (n_rows, n_margins), of encoded rows.
Margins = Callable[[Matrix], Matrix]


def close(one: Any, other: Any) -> Any:
    """Return where numbers differ by their last digits at most; never where one is NaN."""
    with np.errstate(invalid="ignore"):
        return np.abs(one - other) <= TOLERANCE * np.maximum(1.0, np.abs(other))


class Shares(NamedTuple):
    """What each source adds to a row's margin, shape (n_sources,), to `base`, and the largest standard error."""

    added: Matrix
    base: float
    error: float


class Coalitions:
    """Explains rows by coalitions of their columns.

    Parameters
    ----------
    margins
        Scores encoded rows.
    columns
        The columns of the encoded matrix by source.
    typical : ndarray of shape (1, width), float64
        The row to compare with.
    """

    def __init__(self, margins: Margins, columns: Sequence[Sequence[int]], typical: Matrix) -> None:
        self._margins = margins
        self._n_sources = len(columns)
        self._typical = typical
        # The number of the source of each column of the matrix.
        self._source = np.zeros(typical.shape[1], dtype=np.int64)
        for number, places in enumerate(columns):
            self._source[list(places)] = number

    def explain(self, row: Matrix, margin: int) -> Shares:
        """Return what the sources add to one of the margins of a row, shape (1, width)."""
        differing = self._differing(row)
        if 2 ** len(differing) <= BUDGET:
            return self._try_all(row, margin, differing)
        return self._draw(row, margin, differing)

    def explain_one_by_one(self, row: Matrix) -> tuple[Matrix, Matrix, bool]:
        """Return what each source adds to the margins by itself, and whether this is all there is.

        Returns
        -------
        added : ndarray of shape (n_sources, n_margins)
        base : ndarray of shape (n_margins,)
            The typical row's margins.
        is_whole : bool
            Whether the sum is the row's margins: if columns do not act on each other, these are the Shapley values.
        """
        alone, whole = np.eye(self._n_sources, dtype=bool), np.ones((1, self._n_sources), dtype=bool)
        found = self._score(row, np.concatenate([alone, whole, ~whole]))
        added, base = found[:-2] - found[-1], found[-1]
        return added, base, bool(close(base + added.sum(axis=0), found[-2]).all())

    def _differing(self, row: Matrix) -> list[int]:
        same = (row == self._typical) | (np.isnan(row) & np.isnan(self._typical))
        found: list[int] = np.unique(self._source[~same[0]]).tolist()
        return found

    def _try_all(self, row: Matrix, margin: int, players: list[int]) -> Shares:
        count = len(players)
        masks = np.arange(2**count)
        members = (masks[:, None] >> np.arange(count)) & 1 == 1
        values = self._score(row, self._chosen(members, players))[:, margin]
        sizes = members.sum(axis=1)
        weights = np.array([math.factorial(s) * math.factorial(count - 1 - s) for s in range(count)] or [1])
        weights = weights / math.factorial(count)
        added = np.zeros(self._n_sources)
        for index, player in enumerate(players):
            without = masks[~members[:, index]]
            added[player] = weights[sizes[without]] @ (values[without | (1 << index)] - values[without])
        return Shares(added, float(values[0]), 0.0)

    def _draw(self, row: Matrix, margin: int, players: list[int]) -> Shares:
        count = len(players)
        rng = np.random.default_rng(0)
        pairs = max(MIN_PAIRS, BUDGET // (2 * count))
        orders = np.array([rng.permutation(count) for _ in range(pairs)])
        at_once = max(1, MAX_CELLS // (2 * count * (count + 1)))
        drawn: list[Matrix] = []
        base = 0.0
        for start in range(0, pairs, at_once):
            part = orders[start : start + at_once]
            ways = np.concatenate([part, part[:, ::-1]])
            # The n-th row of an order has its first n columns.
            members = np.argsort(ways, axis=1)[:, None, :] < np.arange(count + 1)[None, :, None]
            values = self._score(row, self._chosen(members.reshape(-1, count), players))[:, margin]
            steps = values.reshape(len(ways), count + 1)
            base = float(steps[0, 0])
            added = np.empty(ways.shape)
            np.put_along_axis(added, ways, np.diff(steps, axis=1), axis=1)
            drawn.append((added[: len(part)] + added[len(part) :]) / 2)
        means = np.concatenate(drawn)
        found = np.zeros(self._n_sources)
        found[players] = means.mean(axis=0)
        return Shares(found, base, float((means.std(axis=0, ddof=1) / math.sqrt(pairs)).max()))

    def _chosen(self, members: Any, players: list[int]) -> Any:
        """Return the coalitions of players as coalitions of all sources."""
        chosen = np.zeros((len(members), self._n_sources), dtype=bool)
        chosen[:, players] = members
        return chosen

    def _score(self, row: Matrix, chosen: Any) -> Matrix:
        """Return the margins of the typical row with the row's cells in the chosen sources."""
        at_once = max(1, MAX_CELLS // max(1, len(self._source)))
        pieces = [chosen[at : at + at_once] for at in range(0, len(chosen), at_once)]
        return np.concatenate([self._margins(np.where(part[:, self._source], row, self._typical)) for part in pieces])
