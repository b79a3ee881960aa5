"""Estimators of users on the app's side: unfitted as a document, fitted in a process of their own (fitting.py).

`FittedElsewhere` stands where other trained models have a scikit-learn pipeline: it scores, exports and stores by
asking its process. A process serves one model after another, and ends when it has had nothing to do for a minute.
"""

import contextlib
import itertools
import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.errors import TooLarge
from studio.model.encoder import Encoder
from studio.model.helper_process import HelperProcess, helper_command
from studio.model.operations import Matrix
from studio.model.scikit.codec import EstimatorError
from studio.model.scikit.messages import Closed, receive_message, send_message

IDLE_SECONDS = 60.0
MAX_IDLE = 2
# Longer than any run may take; runs have a time budget of their own.
LONGEST_SECONDS, SCORING_SECONDS = 6 * 3600, 600
# A request has few rows, and its caller does not wait for ten minutes; a block of a file has many.
REQUEST_SECONDS, ROWS_PER_SECOND = 60, 100
# With as many threads as there are processors, up to so many.
MAX_THREADS = 4
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class EstimatorDocument:
    """An unfitted estimator as data, and the classes besides scikit-learn's that it may name."""

    document: Mapping[str, Any]
    others: tuple[str, ...] = ()


class _Processes:
    """The processes that are free; safe to share between threads."""

    def __init__(self) -> None:
        # Python may drop a model, which gives its process back, anywhere: also while this thread is in here.
        self._lock = threading.RLock()
        self._idle: list[tuple[HelperProcess, threading.Timer]] = []

    def take(self) -> HelperProcess:
        """Return a free process, or start one."""
        while True:
            with self._lock:
                found = self._idle.pop() if self._idle else None
            if found is None:
                return _start()
            process, timer = found
            timer.cancel()
            if process.is_alive():
                return process
            process.close()

    def prepare(self) -> None:
        """Have a process start, if none is free; returns at once."""
        with self._lock:
            found = bool(self._idle)
        if not found:
            with contextlib.suppress(OSError):
                self.give_back(_start())

    def give_back(self, process: HelperProcess) -> None:
        """Let others use a process, or end it if enough are free."""
        with self._lock:
            if len(self._idle) < MAX_IDLE and process.is_alive():
                timer = threading.Timer(IDLE_SECONDS, self._end, (process,))
                timer.daemon = True
                timer.start()
                self._idle.append((process, timer))
                return
        process.close()

    def close(self) -> None:
        """End the processes that are free."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process, timer in idle:
            timer.cancel()
            process.close()

    def _end(self, process: HelperProcess) -> None:
        with self._lock:
            before, self._idle = self._idle, [item for item in self._idle if item[0] is not process]
        # Its time may be up just when it is taken.
        if any(item[0] is process for item in before):
            process.close()


def _start() -> HelperProcess:
    return HelperProcess(helper_command("studio.model.scikit.fitting"), min(MAX_THREADS, os.cpu_count() or 1))


PROCESSES = _Processes()


class FittedElsewhere:
    """A fitted model that lives in a process of its own; `width` is the number of scores of a row.

    Made by `fit_elsewhere` or `load_elsewhere`. Closed when nothing refers to it any more.
    """

    def __init__(self) -> None:
        self._process = PROCESSES.take()
        self._id = next(_numbers)
        self._lock = threading.Lock()
        self._dumped = b""
        self.sample: Matrix = np.empty((0, 0))
        self.width = 0
        self._finish = weakref.finalize(self, _release, self._process, self._id)
        self._finish.atexit = False

    def is_alive(self) -> bool:
        """Return whether its process still runs."""
        return self._process.is_alive()

    def scores(self, inputs: Matrix) -> Matrix:
        """Return the scores of the learner's inputs, NaN for rows that the estimator refuses."""
        seconds = min(SCORING_SECONDS, REQUEST_SECONDS + len(inputs) / ROWS_PER_SECOND)
        head, parts = self.ask({"do": "score", "columns_in": inputs.shape[1]}, [_bytes(inputs)], seconds)
        return np.frombuffer(parts[0], dtype=np.float64).reshape(len(inputs), head["width"])

    def predict_proba(self, inputs: Matrix) -> Matrix:
        """Return the probabilities of the classes, shape (n_rows, n_classes)."""
        return self.scores(inputs)

    def predict(self, inputs: Matrix) -> Matrix:
        """Return predictions or anomaly scores, shape (n_rows,)."""
        return self.scores(inputs)[:, 0]

    def transform(self, inputs: Matrix) -> Matrix:
        """Return the distances to the clusters, shape (n_rows, n_clusters)."""
        return self.scores(inputs)

    def export(self, encoder: Encoder, n_scores: int) -> bytes:
        """Return the ONNX graph from the encoded matrix; NotImplementedError if some part has no exporter."""
        return bytes(self.ask({"do": "export", "encoder": encoder.to_json(), "n_scores": n_scores})[1][0])

    def dump(self) -> bytes:
        """Return the model in skops format; NotImplementedError if it cannot be stored as data."""
        if not self._dumped:
            head = {"do": "dump", "columns_in": self.sample.shape[1]}
            self._dumped = bytes(self.ask(head, [_bytes(self.sample)])[1][0])
        return self._dumped

    def curve(self) -> dict[str, Any] | None:
        """Return the loss by iteration, if the estimator keeps it."""
        found: dict[str, Any] | None = self.ask({"do": "curve"})[0]["curve"]
        return found

    def ask(
        self, head: dict[str, Any], parts: Sequence[Any] = (), seconds: float = LONGEST_SECONDS
    ) -> tuple[dict[str, Any], list[bytearray]]:
        """Send a request and return the answer.

        Raises
        ------
        EstimatorError
            If the estimator raises an error.
        NotImplementedError
            If something cannot be exported or stored.
        TooLarge
            If the process ended: it takes too much memory or time.
        """
        with self._lock:
            try:
                send_message(self._process.line, head | {"id": self._id, "seconds": int(seconds)}, parts)
                answer, found = receive_message(self._process.line)
            except Closed:
                raise TooLarge(
                    "NoMoreResources",
                    "the estimator's process ended: it takes more memory or time than it may. Use fewer rows, columns "
                    "or categories, or a smaller estimator.",
                ) from None
            except BaseException:
                # The run has used up its time, or is cancelled: the answer would be taken for another question's.
                self._process.close()
                raise
        if "error" in answer:
            if answer["error"] == "NotImplementedError":
                raise NotImplementedError(answer["message"])
            if answer["error"] == "MemoryError":
                raise TooLarge("NoMoreResources", "the estimator takes more memory than it may. Use fewer rows.")
            own = answer["error"] == EstimatorError.__name__
            raise EstimatorError(
                answer["message"] if own else f"the estimator raised {answer['error']}: {answer['message']}"
            )
        return answer, found


def fit_elsewhere(
    unfitted: EstimatorDocument,
    *,
    columns: Sequence[Any],
    cut: Sequence[int],
    task: str,
    classes: Sequence[Any],
    inputs: Matrix,
    target: Any,
) -> FittedElsewhere:
    """Fit an estimator in a process of its own.

    Parameters
    ----------
    columns
        The columns of the data frame that it is fitted to (FrameColumn).
    cut
        The slots of columns of which not every text could be kept.
    classes
        The labels by code; empty if the target is no class.
    inputs : ndarray of shape (n_rows, n_inputs), float64
    target : ndarray of shape (n_rows,), int64 or float64; None without a label
    """
    model = FittedElsewhere()
    head = {
        "do": "fit",
        "estimator": dict(unfitted.document),
        "others": list(unfitted.others),
        "columns": [column.to_json() for column in columns],
        "cut": list(cut),
        "task": task,
        "classes": list(classes),
        "columns_in": inputs.shape[1],
    }
    kind = np.int64 if len(classes) else np.float64
    parts = [_bytes(inputs)] + ([] if target is None else [np.ascontiguousarray(target, dtype=kind)])
    model.width = model.ask(head, parts)[0]["width"]
    model.sample = np.array(inputs[:200])
    return model


def load_elsewhere(content: bytes, sample: Matrix | None = None) -> FittedElsewhere:
    """Read a model that `FittedElsewhere.dump` wrote, in a process of its own; `sample` are rows to dump it with."""
    model = FittedElsewhere()
    model.width = model.ask({"do": "load"}, [content])[0]["width"]
    model.sample, model._dumped = np.empty((0, 0)) if sample is None else sample, content
    return model


def _bytes(matrix: Matrix) -> Any:
    return np.ascontiguousarray(matrix, dtype=np.float64)


def _release(process: HelperProcess, id_: int) -> None:
    if not process.is_alive():
        process.close()
        return
    try:
        send_message(process.line, {"do": "drop", "id": id_, "seconds": 10})
        receive_message(process.line)
    except (Closed, OSError, ValueError):
        process.close()
        return
    PROCESSES.give_back(process)
