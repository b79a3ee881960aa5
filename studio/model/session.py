"""Scores an encoded matrix with ONNX Runtime, or with skops if the model file says so.

skops files are loaded with the trusted types listed here, never with the file's own list.
"""

import threading
import time
from typing import Any, Protocol

import numpy as np

from studio.model.container import ModelFile
from studio.model.encoder import Encoder
from studio.model.manifest import ONNX, QUANTILES, Manifest
from studio.model.operations import Matrix
from studio.model.pipeline import score_with_pipeline
from studio.model.pipeline_check import open_archive
from studio.model.scikit.fitted import load_elsewhere

TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "studio.model.estimators.ElasticNetLogistic",
    "studio.model.estimators.ElasticNetPoisson",
    "studio.model.estimators.ExactKMeans",
    "studio.model.estimators.OneClassDetector",
    "studio.model.estimators.PairwiseClassifier",
    "studio.model.estimators.PcaAnomalyDetector",
    "studio.model.estimators.QuantileForest",
    "studio.model.factorization.MatrixFactorization",
    "studio.model.machines.BayesPointMachine",
    "studio.model.machines.LocalDeepMachine",
    "studio.model.machines.OrdinalClassifier",
)
INPUT, OUTPUT = "encoded", "scores"
# A constant of graphs that are made of rows of the training data; no node takes it.
TRAINING_ROWS = "perennial: holds training rows"
# The palette's module for estimators of users; what they are made of is not known before.
USERS_LEARNER = "Scikit-learn Estimator"

# More rows are scored in chunks of this size; quantile forests sort thousands of numbers per row.
ROWS_AT_ONCE, QUANTILE_ROWS_AT_ONCE = 2048, 256
# The property of a manifest that has a smaller number.
AT_ONCE = "rowsAtOnce"
# A model that has not scored yet is taken for a slow one, so that its first call holds up nobody else's.
UNKNOWN_SECONDS = 1.0
# A row alone costs mostly the call, which says nothing of several rows, unless it takes longer than this.
SLOW_SECONDS = 0.001


class Scorer(Protocol):
    """Scores encoded matrices; `seconds_per_row` is about how long one takes, UNKNOWN_SECONDS before the first call."""

    seconds_per_row: float

    def score(self, matrix: Matrix) -> Matrix:
        """Return scores and shown computed columns of a matrix (n_rows, n_slots), float64."""
        ...


class OnnxScorer:
    """Scores with an ONNX graph; safe to share between threads.

    Parameters
    ----------
    graph
        The serialised model.
    threads
        The number of threads per call: one for requests, more for batches.
    rows_at_once
        The maximum number of rows per run of the graph.
    """

    def __init__(self, graph: bytes, threads: int = 1, rows_at_once: int = ROWS_AT_ONCE) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Higher levels turn division by a constant into multiplication by a factor in single precision.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._run = session.run
        self._one_row = _OneRow(session)
        self._rows_at_once = rows_at_once
        self.seconds_per_row = UNKNOWN_SECONDS

    def score(self, matrix: Matrix) -> Matrix:
        """Return scores and shown computed columns of a matrix (n_rows, n_slots), float64."""
        if len(matrix) == 1:
            started = time.perf_counter()
            scores: Matrix = self._one_row.score(matrix)
            seconds = time.perf_counter() - started
            if seconds > SLOW_SECONDS or seconds < self.seconds_per_row:
                self.seconds_per_row = seconds
            return scores
        if len(matrix) <= self._rows_at_once:
            started = time.perf_counter()
            scores = self._run([OUTPUT], {INPUT: matrix})[0]
            self.seconds_per_row = (time.perf_counter() - started) / max(1, len(matrix))
            return scores
        pieces = range(0, len(matrix), self._rows_at_once)
        return np.concatenate([self.score(matrix[at : at + self._rows_at_once]) for at in pieces])


class _OneRow:
    """Memory for one row and its scores, which a session reads and writes in place on every call."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._bound: tuple[Any, Matrix, Matrix] | None = None

    def score(self, row: Matrix) -> Matrix:
        """Return the scores of a matrix of one row."""
        with self._lock:
            # Made on the first single row: sessions that score batches do not need it.
            binding, given, scores = self._bound = self._bound or self._bind(row)
            given[:] = row
            self._session.run_with_iobinding(binding)
            return scores.copy()

    def _bind(self, row: Matrix) -> tuple[Any, Matrix, Matrix]:
        from onnxruntime import OrtValue

        # Use the actual widths: graphs from outside may leave them undeclared.
        given, scores = np.array(row, order="C"), self._session.run([OUTPUT], {INPUT: row})[0]
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(INPUT, OrtValue.ortvalue_from_numpy(given))
        binding.bind_ortvalue_output(OUTPUT, OrtValue.ortvalue_from_numpy(scores))
        return binding, given, scores


class SkopsScorer:
    """Scores with a scikit-learn pipeline from a skops file."""

    def __init__(self, pipeline: bytes, task: str, encoder: Encoder) -> None:
        import skops.io

        open_archive(pipeline).close()
        self.pipeline = skops.io.loads(pipeline, trusted=list(TRUSTED_TYPES))
        self._task = task
        self._encoder = encoder
        self.seconds_per_row = UNKNOWN_SECONDS

    def score(self, matrix: Matrix) -> Matrix:
        """Return scores and shown computed columns of a matrix (n_rows, n_slots), float64."""
        started = time.perf_counter()
        scores = score_with_pipeline(self.pipeline, self._task, self._encoder.learner_matrix(matrix))
        computed = self._encoder.computed_columns(matrix)
        self.seconds_per_row = (time.perf_counter() - started) / max(1, len(matrix))
        return np.hstack([scores, computed]) if computed.shape[1] else scores


class ElsewhereScorer:
    """Scores with a user's pipeline that has no graph, in a process of its own, started again if it ends."""

    def __init__(self, pipeline: bytes, task: str, encoder: Encoder) -> None:
        self._pipeline = pipeline
        self._model = load_elsewhere(pipeline)
        self._task = task
        self._encoder = encoder
        self.seconds_per_row = UNKNOWN_SECONDS

    def score(self, matrix: Matrix) -> Matrix:
        """Return scores and shown computed columns of a matrix (n_rows, n_slots), float64."""
        started = time.perf_counter()
        inputs = self._encoder.learner_matrix(matrix)
        # Rows that end a process, after minutes, would end the next one as well: they are not sent again.
        if not self._model.is_alive():
            self._model = load_elsewhere(self._pipeline)
        scores = score_with_pipeline(self._model, self._task, inputs)
        computed = self._encoder.computed_columns(matrix)
        self.seconds_per_row = (time.perf_counter() - started) / max(1, len(matrix))
        return np.hstack([scores, computed]) if computed.shape[1] else scores


def rows_at_once(manifest: Manifest) -> int:
    """Return how many rows of a batch a model is given at once; a large imported network says how many it bears."""
    if manifest.task == QUANTILES:
        return QUANTILE_ROWS_AT_ONCE
    given = manifest.properties.get(AT_ONCE)
    return min(ROWS_AT_ONCE, max(1, given)) if isinstance(given, int) else ROWS_AT_ONCE


def open_scorer(file: ModelFile, threads: int = 1) -> Scorer:
    """Return the scorer for a model file."""
    manifest = file.manifest
    if manifest.runtime == ONNX:
        return OnnxScorer(file.graph, threads, rows_at_once(manifest))
    if manifest.learner == USERS_LEARNER:
        return ElsewhereScorer(file.pipeline, manifest.task, file.encoder)
    return SkopsScorer(file.pipeline, manifest.task, file.encoder)
