"""Fits estimators of users, and scores with them, in a process of its own (helper_process.py), which this limits first.

It sees nothing of the app's environment, and has limits of memory and processor time. It holds fitted
models by number until the app drops them or closes the socket.
"""

import importlib
import os
import socket
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from studio.model.encoder import Encoder
from studio.model.proof import limit_process, limit_time
from studio.model.scikit.codec import EstimatorError, make_estimator
from studio.model.scikit.frame import FrameModel
from studio.model.scikit.messages import Closed, receive_message, send_message
from studio.model.scikit.rules import FUNCTIONS

# Beyond what the process has when its libraries are loaded.
MEMORY_BYTES = 4 << 30
# joblib makes semaphores, which are small files in memory.
FILE_BYTES = 1 << 16
# Types in stored pipelines must come from here, and be data: no functions, nothing that opens files.
PREFIXES = (
    *("sklearn.", "numpy.", "scipy.sparse.", "scipy.stats.", "scipy.interpolate._bsplines.", "builtins."),
    "collections.",
)
OWN_TYPES = ("studio.model.scikit.frame.FrameModel", "studio.model.scikit.counted.CountedTexts")
FORBIDDEN = (
    *("sklearn.datasets.", "sklearn.utils._testing", "sklearn.conftest"),
    *("numpy.memmap", "numpy.lib.", "numpy.testing", "numpy.f2py"),
)
# Functions of these score; those of other modules are listed in rules.py.
COMPUTING = ("sklearn.metrics.", "sklearn.feature_selection.", "sklearn.cluster._kmeans.")
MAX_MESSAGE = 600

Answer = tuple[dict[str, Any], Sequence[Any]]


def main(descriptor: int) -> None:
    """Answer requests that come over a socket until it is closed."""
    import pandas  # noqa: F401
    import sklearn.pipeline  # noqa: F401
    import skops.io  # noqa: F401

    limit_process(MEMORY_BYTES, 60, FILE_BYTES)
    models: dict[int, FrameModel] = {}
    with socket.socket(fileno=descriptor) as line:
        while True:
            limit_time(1 << 20, 0)
            try:
                head, parts = receive_message(line)
            except Closed:
                break
            limit_time(int(head["seconds"]) * (os.cpu_count() or 1), int(head["seconds"]) + 5)
            send_message(line, *_answer(models, head, parts))
    os._exit(0)


def _answer(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return COMMANDS[head["do"]](models, head, parts)
    except NotImplementedError as error:
        return {"error": "NotImplementedError", "message": str(error)[:MAX_MESSAGE]}, ()
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)[:MAX_MESSAGE]}, ()


def fit(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    """Fit an estimator to a matrix, and a target if there is one; answer with the number of scores it gives a row."""
    # Estimators without a seed draw from NumPy's own numbers: the same training gives the same model.
    np.random.seed(0)
    estimator = make_estimator(head["estimator"], head["others"])
    model = FrameModel(estimator, head["columns"], head["task"], head["classes"])
    matrix = _matrix(parts[0], head["columns_in"])
    model.fit(matrix, _target(head, parts))
    _check_cut_columns(model, matrix, head["cut"])
    models[head["id"]] = model
    return {"width": model.width_, "how": model.how_}, ()


def _target(head: dict[str, Any], parts: Sequence[Any]) -> Any:
    if len(parts) < 2:
        return None
    return np.frombuffer(parts[1], dtype=np.int64 if head["classes"] else np.float64).copy()


def _matrix(part: Any, columns: int) -> Any:
    return np.frombuffer(part, dtype=np.float64).reshape(-1, columns)


def _check_cut_columns(model: FrameModel, matrix: Any, cut: Sequence[int]) -> None:
    """Raise EstimatorError if the estimator uses a column of which not every text could be kept."""
    rows = matrix[:50]
    before = model.scores(rows)
    if model.reads_row_numbers(rows):
        raise EstimatorError(
            "a column that a vectorizer reads is also read by another part of the pipeline, which has no texts in the "
            "app. Give that part a copy of the column under another name."
        )
    by_slot = {column.slot: column for column in model.frame_columns}
    for slot in cut:
        column = by_slot[slot]
        changed = rows.copy()
        changed[:, slot] = len(column.values or ()) + 1
        if not np.array_equal(before, model.scores(changed), equal_nan=True):
            raise EstimatorError(
                f"the column '{column.name}' has more than {len(column.values or ()):,} different texts. Leave it out, "
                "or make groups of its texts before it is sent."
            )


def score(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    """Score a matrix."""
    scores = models[head["id"]].scores(_matrix(parts[0], head["columns_in"]))
    return {"width": scores.shape[1]}, [np.ascontiguousarray(scores, dtype=np.float64)]


def export(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    """Answer with the ONNX graph from the encoded matrix to the scores."""
    from studio.model.export.frames import export_frame_model

    encoder = Encoder.from_json(head["encoder"])
    return {}, [export_frame_model(models[head["id"]], encoder, head["n_scores"])]


def dump(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    """Answer with a model in skops format, which was read again and gives the same scores."""
    import skops.io

    model = models[head["id"]]
    content = skops.io.dumps(model)
    again = load_pipeline(content)
    rows = _matrix(parts[0], head["columns_in"])
    if not np.array_equal(again.scores(rows), model.scores(rows), equal_nan=True):
        raise NotImplementedError("its stored form does not score alike")
    return {}, [content]


def load(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    """Read a model that `dump` wrote."""
    model = models[head["id"]] = load_pipeline(bytes(parts[0]))
    return {"width": model.width_}, ()


def load_pipeline(content: bytes) -> FrameModel:
    """Return a stored pipeline; NotImplementedError if it holds what is no data."""
    import skops.io

    from studio.model.pipeline_check import open_archive

    open_archive(content).close()
    found = skops.io.get_untrusted_types(data=content)
    foreign = [name for name in found if name not in OWN_TYPES and not _is_data(name)]
    if foreign:
        raise NotImplementedError(f"it holds a {foreign[0][:120]}")
    model: FrameModel = skops.io.loads(content, trusted=found)
    return model


def _is_data(name: str) -> bool:
    """Return whether what a stored pipeline names is a class that holds data, or a function that only computes."""
    if not name.startswith(PREFIXES) or name.startswith(FORBIDDEN):
        return False
    module, _, short = name.rpartition(".")
    if name in FUNCTIONS or name.startswith(COMPUTING):
        return True
    try:
        part = getattr(importlib.import_module(module), short, None)
    except ImportError:
        return False
    # A module's attribute may be something that it has imported, such as joblib's Memory.
    return isinstance(part, type) and (part.__module__, part.__qualname__) == (module, short)


def curve(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    """Answer with the loss after each pass over the rows or each tree, if the estimator has kept it."""
    from studio.model.scikit.frame import last_step

    last = last_step(models[head["id"]].estimator_)
    for name, unit, sign in (("loss_curve_", "epoch", 1.0), ("train_score_", "tree", 1.0)):
        losses = getattr(last, name, None)
        if losses is not None and np.ndim(losses) == 1 and len(losses):
            return {"curve": {"unit": unit, "loss": [sign * float(loss) for loss in losses]}}, ()
    return {"curve": None}, ()


def drop(models: dict[int, FrameModel], head: dict[str, Any], parts: Sequence[Any]) -> Answer:
    """Forget a model."""
    models.pop(head["id"], None)
    return {}, ()


COMMANDS: dict[str, Callable[[dict[int, FrameModel], dict[str, Any], Sequence[Any]], Answer]] = {
    command.__name__: command for command in (fit, score, export, dump, load, curve, drop)
}
