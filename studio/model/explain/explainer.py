"""Explains the rows that a model scores, in the way that fits it: prepared once for each loaded model.

Trees by the shares of training rows in their leaves (trees.py), linear models by each column alone, compared with its
mean over the training rows, all others by coalitions of columns (coalitions.py). Every explanation is held against the
score: a row whose sum differs from it is explained by coalitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from studio.model.explain.coalitions import Coalitions, Margins, Shares, close
from studio.model.explain.ensembles import find_ensemble
from studio.model.explain.links import Graph, Link, read_graph, with_margins
from studio.model.explain.sources import columns_of_sources, sources_of_columns
from studio.model.explain.trees import TreeExplainer
from studio.model.explain.typical import typical_row
from studio.model.loaded import MEMORY_FACTOR, MEMORY_FLOOR, LoadedModel
from studio.model.manifest import CLUSTERING, MULTICLASS, ONNX, QUANTILES, Manifest
from studio.model.operations import Matrix
from studio.model.profile import sample_places
from studio.model.scores import score_width, scored_codes
from studio.model.session import USERS_LEARNER, OnnxScorer, rows_at_once

LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explained rows.

    Parameters
    ----------
    sources
        The names of the source columns.
    added : ndarray of shape (n_rows, n_sources), float64
        What each source column adds to the margin.
    base : ndarray of shape (n_rows,), float64
        The margin before any column: with all of `added` it is the margin of the row.
    error : ndarray of shape (n_rows,), float64
        The largest standard error of the row's contributions; 0 if they are exact.
    output : ndarray of shape (n_rows,), int
        Which score is explained: of several classes or clusters the row's own, of quantiles the middle one.
    link
        What makes the score of the margin.
    """

    sources: tuple[str, ...]
    added: Matrix
    base: Matrix
    error: Matrix
    output: Any
    link: Link


class Explainer:
    """Explains rows of one model; safe to share between threads. `margins` scores encoded rows without the link."""

    def __init__(self, model: LoadedModel) -> None:
        self._manifest = model.file.manifest
        self._encoder = model.file.encoder
        self._sources = tuple(column.name for column in model.encoder.sources)
        self._width = score_width(self._manifest.task, self._manifest.labels)
        graph = read_graph(model.file.graph, self._width) if self._manifest.runtime == ONNX else None
        self._link = graph.link if graph is not None else Link.IDENTITY
        self._trees, self._from_matrix = _tree_explainer(model, graph)
        self.margins = _margins(model, graph, self._width)
        self._coalitions = Coalitions(self.margins, columns_of_sources(self._encoder), typical_row(model))
        self._is_linear = self._manifest.lineage.get("summary", {}).get("kind") == LINEAR
        self._means = _means(self._manifest, self._sources)
        graph_bytes = MEMORY_FACTOR * len(model.file.graph) if self._link is not Link.IDENTITY else 0
        self.memory_bytes = MEMORY_FLOOR + graph_bytes + (self._trees.memory_bytes if self._trees is not None else 0)

    def explain(self, matrix: Matrix, scores: Matrix) -> Explanation:
        """Return how the scores of encoded rows come about.

        Parameters
        ----------
        matrix : ndarray of shape (n_rows, encoder.width), float64
        scores : ndarray of shape (n_rows, at least n_scores), float64
            What the model's scorer gave the rows.
        """
        scores = scores[:, : self._width]
        output = explained_output(self._manifest, scores)
        found = Explanation(
            sources=self._sources,
            added=np.zeros((len(matrix), len(self._sources))),
            base=np.zeros(len(matrix)),
            error=np.zeros(len(matrix)),
            output=output,
            link=self._link,
        )
        rest = self._explain_by_trees(matrix, scores, found) if self._trees is not None else np.arange(len(matrix))
        for row in rest:
            shares = self._explain_row(matrix[row : row + 1], int(output[row]))
            found.added[row], found.base[row], found.error[row] = shares
        return found

    def _explain_by_trees(self, matrix: Matrix, scores: Matrix, found: Explanation) -> Any:
        """Explain the rows by trees and return the positions of those whose sums differ from their scores."""
        assert self._trees is not None
        columns = matrix if self._from_matrix else self._encoder.learner_matrix(matrix)
        found.added[:], reached = self._trees.explain(columns, found.output)
        found.base[:] = self._trees.base[found.output]
        agree = close(found.base + found.added.sum(axis=1), reached)
        margins = self._all_margins(matrix, scores, reached)
        agree &= close(margins[np.arange(len(matrix)), found.output], reached)
        return np.flatnonzero(~(agree & close(self._link.scores(margins), scores).all(axis=1)))

    def _all_margins(self, matrix: Matrix, scores: Matrix, reached: Matrix) -> Matrix:
        """Return all margins of rows, of which `reached` are those that are explained."""
        if self._link is Link.IDENTITY:
            return scores
        # Trees of other classes are added up by the graph, in a tenth of the time that it would take here.
        return reached[:, None] if self._width == 1 else self.margins(matrix)

    def _explain_row(self, row: Matrix, output: int) -> Shares:
        if self._is_linear:
            added, base, is_whole = self._coalitions.explain_one_by_one(row)
            if is_whole:
                means = self._means if self._means.shape == added.shape else np.zeros(added.shape)
                return Shares((added - means)[:, output], float((base + means.sum(axis=0))[output]), 0.0)
        return self._coalitions.explain(row, output)


def explained_output(manifest: Manifest, scores: Matrix) -> Any:
    """Return which score of each row is explained, shape (n_rows,), int."""
    if manifest.task in (MULTICLASS, CLUSTERING):
        return np.asarray(scored_codes(scores, manifest.task), dtype=np.int64)
    middle = 0
    if manifest.task == QUANTILES:
        middle = int(np.abs(np.array([float(label) for label in manifest.labels]) - 0.5).argmin())
    return np.full(len(scores), middle, dtype=np.int64)


def mean_contributions(model: LoadedModel, matrix: Matrix) -> dict[str, list[float]]:
    """Return what each source of a linear model adds to the margins on average, compared with the typical row.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, encoder.width), float64
        The training rows.

    Returns
    -------
    dict
        A list with a number for each margin, by source; empty if the model is not linear.
    """
    manifest = model.file.manifest
    if manifest.runtime != ONNX or manifest.lineage.get("summary", {}).get("kind") != LINEAR or not len(matrix):
        return {}
    graph = read_graph(model.file.graph, score_width(manifest.task, manifest.labels))
    margins = _margins(model, graph, score_width(manifest.task, manifest.labels))
    return _mean_contributions(model, margins, matrix)


def _mean_contributions(model: LoadedModel, margins: Margins, matrix: Matrix) -> dict[str, list[float]]:
    typical = typical_row(model)
    base = margins(typical)[0]
    columns = columns_of_sources(model.file.encoder)
    if len(columns) * len(base) > MAX_MEANS or not _is_additive(Coalitions(margins, columns, typical), matrix):
        return {}
    count = min(MAX_MEAN_ROWS, max(100, MAX_MEAN_CELLS // (len(columns) * matrix.shape[1])))
    rows = matrix[sample_places(len(matrix), count)]
    means = {}
    for source, places in zip(model.encoder.sources, columns, strict=True):
        cells, counts = np.unique(rows[:, places], axis=0, return_counts=True)
        given = np.repeat(typical, len(cells), axis=0)
        given[:, places] = cells
        means[source.name] = (counts @ (margins(given) - base) / counts.sum()).tolist()
    return means if np.isfinite(list(means.values())).all() else {}


def _is_additive(coalitions: Coalitions, matrix: Matrix) -> bool:
    """Return whether the columns of some rows do not act on each other, as they do in pairs of linear models."""
    return all(coalitions.explain_one_by_one(row)[2] for row in matrix[:ADDITIVE_ROWS, None])


ADDITIVE_ROWS = 20
# Training rows, and numbers of their matrices, that means are made of; numbers that a manifest holds.
MAX_MEAN_ROWS, MAX_MEAN_CELLS, MAX_MEANS = 10_000, 10_000_000, 20_000


def _means(manifest: Manifest, sources: Sequence[str]) -> Matrix:
    """Return the manifest's mean contributions, shape (n_sources, n_margins), of no size if there are none."""
    found = [manifest.mean_contributions.get(name, []) for name in sources]
    if len(set(map(len, found))) != 1:
        return np.empty((0, 0))
    return np.array(found, dtype=np.float64)


def _margins(model: LoadedModel, graph: Graph | None, width: int) -> Margins:
    """Return what gives the margins of encoded rows; trees seldom need it, so a graph is opened on its first use."""
    if graph is None or graph.link is Link.IDENTITY:
        whole = model.scorer
        return lambda rows: whole.score(np.ascontiguousarray(rows))[:, :width]
    content, at_once = model.file.graph, rows_at_once(model.file.manifest)

    @cache
    def scorer() -> OnnxScorer:
        return OnnxScorer(with_margins(content, graph), rows_at_once=at_once)

    return lambda rows: scorer().score(np.ascontiguousarray(rows))[:, :width]


def _tree_explainer(model: LoadedModel, graph: Graph | None) -> tuple[TreeExplainer | None, bool]:
    """Return what explains a model by its trees, and whether they take the encoded matrix; None if nothing does."""
    ensemble = find_ensemble(graph) if graph is not None else None
    if ensemble is None:
        return None, False
    encoder, made = model.file.encoder, sources_of_columns(model.file.encoder)
    if not ensemble.from_matrix:
        if model.file.manifest.learner == USERS_LEARNER:
            # Their trees take what transformers of the pipeline make, not the encoder's inputs.
            return None, False
        made = [made[item.position] for item in encoder.inputs]
    used = set(ensemble.feature.tolist())
    if any(column >= len(made) or len(made[column]) != 1 for column in used):
        return None, False
    sources = [next(iter(item), 0) for item in made]
    try:
        return TreeExplainer(ensemble, sources, len(encoder.sources)), ensemble.from_matrix
    except ValueError:
        return None, False
