"""Path-dependent tree SHAP, computed for all leaves at once.

A row reaches a leaf if it agrees with all comparisons on the way there. For each column on that way let o be 1 if the
row agrees and 0 if not, and z the share of training rows that took the way's branches on that column. A coalition of
columns S then reaches the leaf with the weight Π o (columns in S) · Π z (the others), and the Shapley value of column
i is the leaf's value times

    (o_i - z_i) · ∫ Π_{j≠i} (z_j (1 - t) + o_j t) dt        for t from 0 to 1,

since the integral of t^|S| (1 - t)^(d-1-|S|) is the weight of S among d columns. The product is a polynomial of degree
d - 1, for which the points of Gauss and Legendre give the integral exactly. These are the numbers of Lundberg's
algorithm (https://arxiv.org/abs/1802.03888, algorithm 2), without a walk through each tree: a few operations on arrays.

One column of categories is a column for each category that trees ask for, as in the one-hot encoded data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from studio.model.explain.ensembles import NOT_EQUAL, Ensemble, branches
from studio.model.operations import Matrix

# Leaves with so many columns on their way at most are computed together.
GROUPS = (6, 10, 20, 32, 64, 1 << 20)
# Numbers in the largest array while a row is explained.
MAX_AT_ONCE = 400_000
# If all groups have more, what follows from the shares is computed for each call instead of kept.
MAX_KEPT = 2_000_000


class _Factors(NamedTuple):
    """What follows from the shares at each point, in arrays of shape (n_points, depth, n_leaves).

    An entry's factor in its leaf's product is `other`, plus `at` if the row agrees. Times the product, `own` is what
    the entry contributes if the row agrees, and `lost` what each one contributes with which it does not.
    """

    at: Matrix
    other: Matrix
    own: Matrix
    lost: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Leaves whose ways have about as many columns, in arrays of shape (depth, n_leaves): an entry for each column.

    `column` is the position among the compared values, which must lie above `low` and not above `high`, or may be
    missing; `source` the number of the source column. Leaves with fewer columns have entries at the end with which
    every row agrees, and of which all training rows took the branch. `values` are what leaves add to the margins, of
    which `margin` is the only one that is not zero, None if there are more.
    """

    column: Any
    low: Matrix
    high: Matrix
    missing: npt.NDArray[np.bool_]
    share: Matrix
    source: Any
    values: Matrix
    margin: int | None

    @property
    def points(self) -> int:
        """How many points give the integrals."""
        return -(-len(self.column) // 2)

    def factors(self) -> _Factors:
        """Return what follows from the shares of training rows."""
        at, weight = np.polynomial.legendre.leggauss(self.points)
        t, w, z = ((at + 1) / 2).reshape(-1, 1, 1), (weight / 2).reshape(-1, 1, 1), self.share[None]
        other = z * (1 - t)
        return _Factors(t, other, (1 - z) * w / (other + t), -(w / (1 - t)).reshape(-1))

    def agrees(self, compared: Matrix) -> Any:
        """Return whether a row agrees with each entry."""
        found = compared.take(self.column)
        within = (found > self.low) & (found <= self.high)
        return within | (np.isnan(found) & self.missing) if np.isnan(compared).any() else within

    def contributions(self, agrees: Any, factors: _Factors, margin: int, n_sources: int, room: Matrix) -> Any:
        """Return what each source column adds to a margin through these leaves; `room` is for `factors.other`."""
        np.multiply(factors.at, agrees.astype(np.float64), out=room)
        np.add(room, factors.other, out=room)
        product = np.multiply.reduce(room, axis=1) * self.values[:, margin]
        own = np.einsum("qdl,ql->dl", factors.own, product)
        added = np.where(agrees, own, factors.lost @ product)
        return np.bincount(self.source.reshape(-1), added.reshape(-1), minlength=n_sources)

    def reached(self, agrees: Any, margin: int) -> float:
        """Return what the leaves that a row comes to add to a margin."""
        return float(self.values[agrees.all(axis=0), margin].sum())


class TreeExplainer:
    """Explains rows by the trees of a graph.

    Parameters
    ----------
    sources : sequence of int
        For each column of the trees' input, the number of the source column that it is made of.
    n_sources
        The number of source columns.

    Raises
    ------
    ValueError
        If the trees are too large to be explained in this way.
    """

    def __init__(self, ensemble: Ensemble, sources: Sequence[int], n_sources: int) -> None:
        self._ensemble = ensemble
        self._n_sources = n_sources
        self._features, self._codes, entries = _entries(ensemble)
        self._groups = list(_grouped(ensemble, entries, np.asarray(sources)[self._features]))
        kept = sum(group.points * group.column.size for group in self._groups) <= MAX_KEPT
        self._kept = [group.factors() if kept else None for group in self._groups]
        self.base: Matrix = ensemble.start + _reaching(ensemble, entries) @ ensemble.values

    def explain(self, columns: Matrix, margin: Any) -> tuple[Matrix, Matrix]:
        """Return what source columns add to a margin of each row, and that margin as its leaves add up to it.

        Parameters
        ----------
        columns : ndarray of shape (n_rows, n_columns), float64
            The input of the trees.
        margin : ndarray of shape (n_rows,), int
            Which margin to explain.

        Returns
        -------
        contributions : ndarray of shape (n_rows, n_sources)
        reached : ndarray of shape (n_rows,)
        """
        compared = self._compared(columns)
        added = np.zeros((len(columns), self._n_sources))
        reached = self._lone[margin]
        for group, kept in zip(self._groups, self._kept, strict=True):
            rows = np.flatnonzero(margin == group.margin) if group.margin is not None else np.arange(len(columns))
            if not len(rows):
                continue
            factors = kept or group.factors()
            room = np.empty_like(factors.other)
            for row in rows.tolist():
                agrees, wanted = group.agrees(compared[row]), int(margin[row])
                reached[row] += group.reached(agrees, wanted)
                added[row] += group.contributions(agrees, factors, wanted, self._n_sources, room)
        return added, reached

    @property
    def memory_bytes(self) -> int:
        """About how much memory it takes."""
        numbers = sum(int(group.column.size) for group in self._groups)
        kept = sum(factors.other.size + factors.own.size for factors in self._kept if factors is not None)
        nodes, leaves = len(self._ensemble.feature), int(self._ensemble.values.size)
        return 48 * numbers + 8 * kept + 80 * nodes + 16 * leaves

    @property
    def _lone(self) -> Matrix:
        """The margins without the leaves that rows decide about."""
        lone: Matrix = self._ensemble.start + self._ensemble.values[self._ensemble.leaf_parent < 0].sum(axis=0)
        return lone

    def _compared(self, columns: Matrix) -> Matrix:
        """Return the numbers that entries look at: those of columns, and 1 for a category if the row has it, else 0."""
        if self._ensemble.single_precision:
            with np.errstate(over="ignore"):
                columns = columns.astype(np.float32).astype(np.float64)
        found = columns[:, self._features]
        compared = np.where(self._codes >= 0, found == self._codes, found)
        # What entries look at with which every row agrees.
        return np.pad(compared, ((0, 0), (0, 1)))


class _Entries(NamedTuple):
    """One entry for each leaf and column, ordered by leaf; the parts are those of `_Group`."""

    leaf: Any
    column: Any
    low: Matrix
    high: Matrix
    missing: Any
    share: Any


def _entries(ensemble: Ensemble) -> tuple[Any, Any, _Entries]:
    """Return the column and the category (else -1) of each compared number, and the entries."""
    found = branches(ensemble)
    if found is None:
        raise ValueError("the trees have too many branches")
    leaf, node, holds, share = cast(tuple[Any, Any, Any, Any], found)
    equal = ensemble.mode[node] == NOT_EQUAL
    code = np.where(equal, ensemble.split[node], -1.0)
    keys, column = np.unique(np.column_stack([ensemble.feature[node], code]), axis=0, return_inverse=True)
    order = np.lexsort((column.reshape(-1), leaf))
    leaf, column, node, holds, share = (part[order] for part in (leaf, column.reshape(-1), node, holds, share))
    equal = equal[order]
    # Not to be a category means that the number which is 1 for it lies below a half.
    split = np.where(equal, 0.5, ensemble.split[node])
    first = np.flatnonzero((np.diff(leaf, prepend=-1) != 0) | (np.diff(column, prepend=-1) != 0))
    missing = ~equal & (ensemble.missing_true[node] == holds)
    entries = _Entries(
        leaf=leaf[first],
        column=column[first],
        low=np.maximum.reduceat(np.where(holds, -np.inf, split), first) if len(first) else split,
        high=np.minimum.reduceat(np.where(holds, split, np.inf), first) if len(first) else split,
        missing=np.logical_and.reduceat(missing, first) if len(first) else missing,
        share=np.multiply.reduceat(share, first) if len(first) else share,
    )
    return keys[:, 0].astype(np.int64), keys[:, 1], entries


def _reaching(ensemble: Ensemble, entries: _Entries) -> Matrix:
    """Return the share of training rows that come to each leaf."""
    shares = np.ones(len(ensemble.values))
    np.multiply.at(shares, entries.leaf, entries.share)
    return shares


def _grouped(ensemble: Ensemble, entries: _Entries, source: Any) -> Iterator[_Group]:
    sizes = np.bincount(entries.leaf, minlength=len(ensemble.values))
    used = ensemble.values != 0
    # Leaves of one margin only are not looked at for the others.
    owner = np.where(used.sum(axis=1) > 1, -1, used.argmax(axis=1))
    smallest = 1
    for largest in GROUPS:
        for margin in np.unique(owner):
            chosen = np.flatnonzero((sizes >= smallest) & (sizes <= largest) & (owner == margin))
            depth = int(sizes[chosen].max(initial=0))
            at_once = max(1, MAX_AT_ONCE // max(1, depth * (depth + 1) // 2))
            for start in range(0, len(chosen), at_once):
                leaves = chosen[start : start + at_once]
                yield _group(ensemble, entries, source, leaves, None if margin < 0 else int(margin))
        smallest = largest + 1


def _group(ensemble: Ensemble, entries: _Entries, source: Any, leaves: Any, margin: int | None) -> _Group:
    number = np.full(len(ensemble.values), -1)
    number[leaves] = np.arange(len(leaves))
    leaf = number[entries.leaf]
    leaf, column, low, high, missing, share = (part[leaf >= 0] for part in (leaf, *entries[1:]))
    place = np.arange(len(leaf)) - np.searchsorted(leaf, leaf)
    shape = (int(place.max()) + 1, len(leaves))

    def filled(rest: float, part: Any) -> Any:
        found = np.full(shape, rest, dtype=part.dtype)
        found[place, leaf] = part
        return found

    return _Group(
        column=filled(len(source), column),
        low=filled(-np.inf, low),
        high=filled(np.inf, high),
        missing=filled(False, missing),
        share=filled(1.0, share),
        source=filled(0, source[column]),
        values=ensemble.values[leaves],
        margin=margin,
    )
