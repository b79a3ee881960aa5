"""Proves a trained model file from outside. Runs in a process of its own (see prover.py), which this limits first.

The file is unpacked and held against the positive lists, opened, and made to score its golden rows and as many rows as
scoring takes at once. The process has limits of memory and processor time, ends itself after a while by an alarm, sees
nothing of the app's environment, and opens no file once the model is in it.
"""

import contextlib
import json
import os
import resource
import signal
import socket
from typing import Any

import numpy as np

from studio.errors import BadArgument, InvalidOperation, StudioError
from studio.model.container import GOLDEN, ModelFile, read_model_file, unpacked_size
from studio.model.graph_check import check_graph
from studio.model.loaded import LoadedModel, open_model
from studio.model.manifest import ONNX
from studio.model.parity import TOLERANCE, compare_scores
from studio.model.pipeline_check import check_pipeline, check_tables
from studio.model.precision import graph_tolerance
from studio.model.scores import score_width
from studio.model.session import SkopsScorer, rows_at_once

MEBIBYTE = 1 << 20
# What a model may take beyond the process as it is before: this, and so many times its size unpacked.
MEMORY_FLOOR, MEMORY_FACTOR = 512 * MEBIBYTE, 8
# Seconds of processor time: this, and one more for so many bytes; the clock on the wall may show so many times that.
SECONDS_FLOOR, BYTES_PER_SECOND, WALL_FACTOR = 15, 8 * MEBIBYTE, 3
# Files that an app of an earlier version stored may take this many times as much: they are in use.
STORED_FACTOR = 4
MAX_GOLDEN_ROWS = 1_000


def allowed_seconds(size: int, factor: int) -> int:
    """Return the processor time for a file that has `size` bytes unpacked."""
    return factor * (SECONDS_FLOOR + size // BYTES_PER_SECOND)


def main(descriptor: int) -> None:
    """Prove the one model that comes over a socket, answer with a line of JSON, and end."""
    warm_up()
    with socket.socket(fileno=descriptor) as line:
        with line.makefile("rb") as given:
            head = given.readline(1024)
            if not head:
                return
            request = json.loads(head)
            content = given.read(request["size"])
        line.sendall(json.dumps(answer(content, request["maxBytes"], request["factor"])).encode())
    # The app waits for the answer only; what the model left behind need not be tidied.
    os._exit(0)


def answer(content: bytes, max_bytes: int, factor: int) -> dict[str, Any]:
    """Return an empty answer for a model that is proved, else what is wrong with it."""
    error: StudioError
    try:
        _prove(content, max_bytes, factor)
    except StudioError as found:
        error = found
    except Exception as raised:
        if isinstance(raised, MemoryError) or "alloc" in str(raised).lower():
            error = needs_memory()
        else:
            text = f"The trained model cannot be opened: {type(raised).__name__}. Train it again."
            error = BadArgument("InvalidBlob", text)
    else:
        return {}
    return {"error": type(error).__name__, "code": error.details[0].code, "message": error.message}


def needs_memory() -> StudioError:
    """Return the error for a model that takes more memory than it may."""
    return InvalidOperation(
        "IncompatibleModel",
        f"The trained model needs more memory than {MEMORY_FLOOR // MEBIBYTE} MiB and {MEMORY_FACTOR} times its size "
        "to score the rows that are scored at once. Train a smaller one.",
    )


def warm_up() -> None:
    """Load what every proof needs, and open one session, so that the runtime has read what it reads of the machine."""
    import onnx
    import onnxruntime  # noqa: F401

    from studio.model.session import INPUT, OUTPUT, OnnxScorer

    helper, double = onnx.helper, onnx.TensorProto.DOUBLE
    ends = [helper.make_tensor_value_info(name, double, [None, 1]) for name in (INPUT, OUTPUT)]
    graph = helper.make_graph([helper.make_node("Identity", [INPUT], [OUTPUT])], "warm", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    OnnxScorer(model.SerializeToString()).score(np.zeros((1, 1)))


def _prove(content: bytes, max_bytes: int, factor: int) -> None:
    limit_process(factor * (MEMORY_FLOOR + MEMORY_FACTOR * len(content)), allowed_seconds(max_bytes, factor))
    size = unpacked_size(content, max_bytes)
    limit_process(factor * (MEMORY_FLOOR + MEMORY_FACTOR * size), allowed_seconds(size, factor))
    file = read_model_file(content, max_bytes)
    if file.manifest.runtime != ONNX:
        # scikit-learn takes memory and time itself, which are not the model's.
        limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
        import skops.io  # noqa: F401

        limit_process(factor * (MEMORY_FLOOR + MEMORY_FACTOR * size), allowed_seconds(size, factor))
    if file.manifest.runtime == ONNX:
        check_graph(file.graph, file.encoder.width)
        limit(resource.RLIMIT_NOFILE, 0)
    else:
        check_pipeline(file.pipeline)
    loaded = _open(file, len(content))
    if isinstance(loaded.scorer, SkopsScorer) and file.golden:
        _check_tables(loaded, loaded.scorer)
    _check_golden_rows(loaded)


def limit_process(memory: int, seconds: int, file_bytes: int = 0) -> None:
    """Limit memory beyond what the process has now, processor time beyond what it has used, and what it may write."""
    limit(resource.RLIMIT_AS, _address_space() + memory)
    limit(resource.RLIMIT_FSIZE, file_bytes)
    limit(resource.RLIMIT_CORE, 0)
    limit_time(seconds, WALL_FACTOR * seconds)


def limit_time(seconds: int, wall_seconds: int) -> None:
    """Limit processor time beyond what the process has used, and the time on the wall from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)
    # Not caught: the alarm ends the process, also while C code runs.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(wall_seconds)


def limit(what: int, most: int) -> None:
    """Limit one resource of this process."""
    # macOS does not know all of them.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def _address_space() -> int:
    try:
        with open("/proc/self/statm") as pages:
            return int(pages.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 32


def _open(file: ModelFile, size: int) -> LoadedModel:
    try:
        return open_model(file, size)
    except (MemoryError, StudioError):
        raise
    except Exception as error:
        if "alloc" in str(error).lower():
            raise
        raise BadArgument(
            "InvalidBlob",
            f"The trained model's runtime ({file.manifest.runtime}) cannot open it: {type(error).__name__}. "
            "Train it again.",
        ) from error


def _check_tables(model: LoadedModel, scorer: SkopsScorer) -> None:
    matrix = model.encoder.encode([row.cells for row in model.file.golden])[0]
    check_tables(scorer.pipeline, model.file.encoder.learner_matrix(matrix))


def _check_golden_rows(model: LoadedModel) -> None:
    """Score the golden rows as requests and batches do, and compare the scores with those in the file."""
    golden, manifest = model.file.golden, model.file.manifest
    n_scores = score_width(manifest.task, manifest.labels)
    width = n_scores + len(model.file.encoder.computed)
    if not 0 < len(golden) <= MAX_GOLDEN_ROWS:
        raise BadArgument(
            "InvalidBlob",
            f"The trained model has {len(golden)} golden rows ({GOLDEN}); 1 to {MAX_GOLDEN_ROWS} are needed, each with "
            "the scores that the model gives it. Train it again.",
        )
    expected = np.array([row.scores for row in golden], dtype=np.float64)
    if expected.shape != (len(golden), width) or not np.isfinite(expected[:, :n_scores]).all():
        raise BadArgument(
            "InvalidBlob",
            f"Each golden row ({GOLDEN}) needs {width} scores, the first {n_scores} of them finite numbers. "
            "Train it again.",
        )
    matrix = model.encoder.encode([row.cells for row in golden])[0]
    at_once = rows_at_once(manifest)
    tolerance = graph_tolerance(model.file.graph) if model.file.graph else TOLERANCE
    many = np.tile(matrix, (-(-at_once // len(matrix)), 1))[:at_once]
    for rows in (matrix, matrix[:1], many):
        scores = model.scorer.score(rows)
        if scores.shape != (len(rows), width):
            raise BadArgument(
                "InvalidBlob",
                f"The trained model gives {len(rows)} rows scores of shape {scores.shape} instead of "
                f"({len(rows)}, {width}).",
            )
        wanted = np.resize(expected, (len(rows), width))
        found = compare_scores(wanted, scores, manifest.task, n_scores, tolerance)
        if not found.holds:
            raise BadArgument(
                "InvalidBlob",
                f"The trained model's scores for its golden rows differ from those stored with it, by up to "
                f"{found.max_difference:.2g} on {len(rows):,} rows at once; {tolerance:g} is allowed. The golden rows "
                f"({GOLDEN}) must have the scores that this graph gives them.",
            )
