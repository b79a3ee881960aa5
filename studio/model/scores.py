"""From a matrix of scores to the cells of the scored columns."""

from collections.abc import Sequence

from studio.model.encoder import Matrix
from studio.model.manifest import TWO_CLASS
from studio.schema import READERS, Cell, Column

THRESHOLD = 0.5


def scored_cells(scores: Matrix, task: str, label: Column, labels: Sequence[str]) -> list[list[Cell]]:
    """Return the scored columns, in the order of `score_columns`, as lists of n_rows cells.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, 1), float64
        Probabilities of the positive class, or predictions.
    labels
        Label texts of a two-class model, the positive one last.
    """
    values = scores[:, 0].tolist()
    if task != TWO_CLASS:
        return [values]
    negative, positive = (READERS[label.type](text) for text in labels)
    return [[positive if value > THRESHOLD else negative for value in values], values]
