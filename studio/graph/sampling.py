"""Selects rows at random, by a seed, optionally stratified by a key column."""

from typing import Any

import numpy as np

from studio.graph.dataset import Dataset


def shuffled_rows(n_rows: int, seed: int) -> Any:
    """Return the positions 0 … n_rows-1 in random order."""
    return np.random.default_rng(seed).permutation(np.arange(n_rows))


def even_folds(n_rows: int, count: int, seed: int, codes: Any = None) -> Any:
    """Return each row's fold from 0; the rows of each code are dealt out in turn, so folds are stratified."""
    rows = shuffled_rows(n_rows, seed)
    if codes is not None:
        rows = rows[np.argsort(codes[rows], kind="stable")]
    folds = np.empty(n_rows, dtype=np.int64)
    folds[rows] = np.arange(n_rows) % min(count, n_rows)
    return folds


def groups_of(dataset: Dataset, key: str, rows: Any) -> list[Any]:
    """Return the positions in groups with equal values in a column, each in the order given."""
    _, codes = np.unique([str(cell) for cell in dataset.cells(key)], return_inverse=True)
    keys = codes[rows]
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    groups = np.split(rows[order], starts[1:]) if len(rows) else []
    # In the order in which the groups first occur.
    return [groups[place] for place in np.argsort(order[starts], kind="stable")]
