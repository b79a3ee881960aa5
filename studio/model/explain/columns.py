"""The columns that say how a row's score comes about, after the scored ones."""

from collections.abc import Sequence

from studio.model.explain.explainer import Explanation
from studio.model.manifest import MULTICLASS, Manifest
from studio.model.operations import Matrix
from studio.model.scores import score_columns, score_width
from studio.tables.schema import Cell, Column, ColumnType

PREFIX = "Contribution: "
BASE, ERROR, MARGIN = f"{PREFIX}(base)", f"{PREFIX}(error)", f"{PREFIX}(to)"


def explanation_columns(sources: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns of an explanation: one for each source, then the base, the error and what they add up to."""
    numbers = [f"{PREFIX}{column.name}" for column in sources]
    found = [Column(name, ColumnType.DOUBLE) for name in (*numbers, BASE, ERROR)]
    return (*found, Column(MARGIN, ColumnType.STRING))


def explanation_cells(explanation: Explanation, manifest: Manifest) -> list[Sequence[Cell]]:
    """Return the cells of `explanation_columns`, each n_rows long; all are missing for a row that has no score."""
    numbers = [*explanation.added.T, explanation.base, explanation.error]
    cells: list[Sequence[Cell]] = [_cells(values) for values in numbers]
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
