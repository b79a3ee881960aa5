"""Parts of a request that several deployments answer: encoded together if that is the same, and put back in order."""

import threading
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from studio.model.loaded import LoadedModel
from studio.model.operations import Matrix
from studio.tables.schema import Cell

# Comparing encoders with thousands of categories takes longer than a request.
_ALIKE: WeakKeyDictionary[LoadedModel, WeakKeyDictionary[LoadedModel, bool]] = WeakKeyDictionary()
# Requests are scored in several threads, and a model that is dropped takes its entry away in whichever runs then.
_LOCK = threading.RLock()


def encodes_alike(one: LoadedModel, other: LoadedModel) -> bool:
    """Return whether two models turn any row into the same matrix, as those of one experiment often do."""
    if one is other:
        return True
    with _LOCK:
        known = _ALIKE.setdefault(one, WeakKeyDictionary())
        found = known.get(other)
    if found is None:
        # Outside the lock: what two threads compare at once comes out the same.
        found = one.file.encoder == other.file.encoder
        with _LOCK:
            known[other] = found
    return found


def answers_alike(one: LoadedModel, other: LoadedModel) -> bool:
    """Return whether the scores of two models become the same columns, so that one matrix can hold both."""
    first, second = one.file.manifest, other.file.manifest
    return (
        (first.task, first.label, first.labels, first.outputs)
        == (second.task, second.label, second.labels, second.outputs)
    ) and one.file.encoder.shown == other.file.encoder.shown


def scores_in_order(parts: Sequence[tuple[Any, Matrix]]) -> Matrix:
    """Return the scores of several parts of a request as those of the whole.

    Parameters
    ----------
    parts
        The positions of the rows of each part in the request, and their scores.
    """
    whole = np.empty((sum(len(positions) for positions, _ in parts), parts[0][1].shape[1]))
    for positions, scores in parts:
        whole[positions] = scores
    return whole


def rows_in_order(parts: Sequence[tuple[Any, Sequence[Any]]]) -> list[Any]:
    """Return the rows of several parts of a request as those of the whole."""
    whole: list[Any] = [None] * sum(len(rows) for _, rows in parts)
    for positions, rows in parts:
        for position, row in zip(positions.tolist(), rows, strict=True):
            whole[position] = row
    return whole


def in_order(parts: Sequence[tuple[Any, Sequence[Sequence[Cell]]]]) -> list[Sequence[Cell]]:
    """Return the columns of several parts of a request as those of the whole.

    Parameters
    ----------
    parts
        The positions of the rows of each part in the request, and the cells of each column.
    """
    count = sum(len(positions) for positions, _ in parts)
    whole: list[list[Cell]] = [[None] * count for _ in parts[0][1]]
    for positions, cells in parts:
        for column, part in zip(whole, cells, strict=True):
            for position, cell in zip(positions, part, strict=True):
                column[position] = cell
    return [*whole]
