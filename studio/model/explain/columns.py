"""The columns that say how a row's score comes about, after the scored ones."""

from collections.abc import Sequence

import numpy as np

from studio.model.explain.explainer import Explanation
from studio.model.manifest import MULTICLASS, Manifest
from studio.model.operations import Matrix
from studio.model.scores import score_columns, score_width
from studio.tables.schema import Cell, Column, ColumnType

PREFIX = "Contribution: "
BASE, ERROR, MARGIN = f"{PREFIX}(base)", f"{PREFIX}(error)", f"{PREFIX}(to)"


def explanation_columns(sources: Sequence[str]) -> list[Column]:
    """Return the columns of an explanation: one for each source, then the base, the error and what they add up to."""
    numbers = [*(f"{PREFIX}{name}" for name in sources), BASE, ERROR]
    return [*(Column(name, ColumnType.DOUBLE) for name in numbers), Column(MARGIN, ColumnType.STRING)]


def explanation_cells(explanation: Explanation, manifest: Manifest, sources: Sequence[str]) -> list[list[Cell]]:
    """Return the cells of `explanation_columns`, each n_rows long; numbers are missing for a row that has no score.

    What a column adds that the model does not take is 0.
    """
    places = {name: place for place, name in enumerate(explanation.sources)}
    nothing = np.zeros(len(explanation.base))
    added = [explanation.added[:, places[name]] if name in places else nothing for name in sources]
    cells = [_cells(values) for values in (*added, explanation.base, explanation.error)]
    names = _names(manifest)
    return [*cells, [f"{explanation.link.value}{names[output]}" for output in explanation.output.tolist()]]


def _cells(values: Matrix) -> list[Cell]:
    return [value if value == value else None for value in values.tolist()]


def _names(manifest: Manifest) -> list[str]:
    """Return the name of the column of each score."""
    names = [column.name for column in score_columns(manifest.task, manifest.label, manifest.labels)]
    width = score_width(manifest.task, manifest.labels)
    # The label of several classes stands after their scores, that of two and the number of a cluster before.
    return names[:width] if manifest.task == MULTICLASS else names[-width:]
