"""Makes a trained model file of a graph from elsewhere: in the helper process, since the graph is opened for it.

The sample's rows become the golden rows, with the scores that the graph gives them here, singly and together.
"""

import functools
import hashlib
import importlib.metadata
from math import prod
from typing import Any

import numpy as np

from studio.model.container import GoldenRow, ModelFile
from studio.model.encoder import Encoder, Feature, ModelInput, ShownColumn, Slot
from studio.model.foreign.decision import decide
from studio.model.foreign.graph import (
    ForeignGraph,
    choose_output,
    lacking,
    place_inputs,
    read_graph,
    refusal,
    wrap_graph,
)
from studio.model.foreign.request import ImportRequest
from studio.model.graph_check import check_graph
from studio.model.manifest import TWO_CLASS, Manifest
from studio.model.operations import Matrix
from studio.model.packaging import LIBRARIES
from studio.model.parity import compare_scores
from studio.model.precision import graph_precision, graph_tolerance
from studio.model.row_encoder import RowEncoder
from studio.model.scores import score_columns
from studio.model.session import AT_ONCE, ROWS_AT_ONCE, OnnxScorer
from studio.model.steps import PlanColumn
from studio.tables.schema import Column, ColumnType

LEARNER = "Imported model"
# Rows that are scored one by one, and golden rows.
SINGLE_ROWS, GOLDEN_ROWS = 8, 32
# What all values of a graph may take for the rows of a batch that are scored at once.
BATCH_BYTES = 256 << 20


def import_graph(content: bytes, name: str, request: ImportRequest) -> tuple[ModelFile, dict[str, Any]]:
    """Return the model file of a graph, and what was found: task, labels, precision, and the largest difference.

    Raises
    ------
    BadArgument
        If the graph holds what is not accepted, does not fit the sample, or does not predict what it should.
    """
    foreign = read_graph(content)
    missing = lacking(foreign)
    if missing:
        raise refusal(f"this app lacks {'; '.join(missing)}. Export it for an older operator set (opset)")
    encoder = numbers_encoder(request.columns)
    matrix = RowEncoder(encoder).encode(request.rows)[0]
    placed = place_inputs(foreign, [item.name for item in request.columns], request.inputs or {}, request.shapes or {})
    output = choose_output(foreign, request.output)
    raw = run_graph(wrap_graph(foreign, placed, output.name, encoder.width), matrix)
    flat = raw.ndim == 1 or (raw.ndim == 2 and raw.shape[1] == 1)
    if raw.ndim > 2 or len(raw) != len(matrix):
        raise refusal(
            f"its output '{output.name}' gives {len(matrix)} rows numbers of the shape {raw.shape}; one row of numbers "
            "for each is accepted"
        )
    decision = decide(raw.reshape(len(matrix), -1), output, foreign.labels, request)
    finish = ("Column", *decision.finish) if flat else decision.finish
    graph = wrap_graph(foreign, placed, output.name, encoder.width, finish, decision.columns)
    scores = run_graph(graph, matrix)
    label, labels = label_of(request.label, decision.labels)
    tolerance = graph_tolerance(graph)
    difference = compare_expected(request, scores, decision.task, tolerance)
    manifest = Manifest(
        name=name,
        task=decision.task,
        label=label,
        labels=labels,
        learner=LEARNER,
        properties=_properties(foreign, graph, encoder.width),
        inputs=encoder.sources,
        outputs=score_columns(decision.task, label, labels),
        lineage=lineage(content, request),
    )
    file = ModelFile(manifest, encoder, golden_rows(request, scores), {"metrics": {}}, graph=graph)
    return file, facts(manifest, difference)


def numbers_encoder(columns: tuple[Column, ...]) -> Encoder:
    """Return the encoder of columns that are numbers; BadArgument names one that is text."""
    texts = [column.name for column in columns if column.type is ColumnType.STRING]
    if texts:
        raise refusal(
            f"the column '{texts[0]}' of the sample is text, and a graph takes numbers. Encode it before, or give "
            "ColumnTypes if the texts are numbers",
            texts[0],
        )
    features = [Feature(column.name) for column in columns]
    return Encoder(
        plans=tuple(PlanColumn(column, column) for column in columns),
        slots=tuple(Slot(index, feature) for index, feature in enumerate(features)),
        stages=(),
        inputs=tuple(ModelInput(index, feature) for index, feature in enumerate(features)),
        shown=tuple(ShownColumn(column, index) for index, column in enumerate(columns)),
    )


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that score here; read once, while the process may still open files."""
    return {library: importlib.metadata.version(library) for library in LIBRARIES}


def lineage(content: bytes, request: ImportRequest) -> dict[str, Any]:
    """Return where an imported model comes from: the hash of its file, and the libraries on both sides."""
    return {
        "imported": True,
        "file": hashlib.sha256(content).hexdigest(),
        "libraries": library_versions(),
        "trainedWith": dict(request.versions or {}),
    }


def facts(manifest: Manifest, difference: float | None) -> dict[str, Any]:
    """Return what was found out about a model, as the response of an import has it."""
    return {
        "Task": manifest.task,
        "Labels": list(manifest.labels),
        "Runtime": manifest.runtime,
        "RuntimeReason": manifest.runtime_reason,
        "Precision": manifest.properties.get("precision", "double"),
        "LargestDifference": difference,
    }


def run_graph(graph: bytes, matrix: Matrix) -> Matrix:
    """Return what a graph gives for rows, after it was checked; singly it must be the same as together."""
    check_graph(graph, matrix.shape[1])
    try:
        scorer = OnnxScorer(graph)
        together = scorer.score(matrix) if len(matrix) > 1 else scorer.score(np.repeat(matrix, 2, axis=0))[:1]
        singly = np.concatenate([scorer.score(matrix[at : at + 1]) for at in range(min(SINGLE_ROWS, len(matrix)))])
    except MemoryError:
        raise
    except Exception as error:
        if "alloc" in str(error).lower():
            raise
        text = " ".join(str(error).split())[:300]
        raise refusal(f"ONNX Runtime cannot run it on the sample ({type(error).__name__}: {text})") from error
    first = together[: len(singly)]
    scale = max(1.0, float(np.nan_to_num(np.abs(first)).max(initial=0.0)))
    if (
        first.shape != singly.shape
        or np.nan_to_num(np.abs(first - singly)).max(initial=0) > graph_tolerance(graph) * scale
    ):
        raise refusal(
            "it gives a row other scores alone than together with others. Is it exported for inference (in PyTorch: "
            "model.eval()), and does nothing in it mix rows?"
        )
    return together


def label_of(name: str, labels: tuple[Any, ...]) -> tuple[Column, tuple[str, ...]]:
    """Return the label's column and its values as texts."""
    if not labels:
        return Column(name, ColumnType.DOUBLE), ()
    whole = all(isinstance(item, int) for item in labels)
    return Column(name, ColumnType.INT32 if whole else ColumnType.STRING), tuple(map(str, labels))


def expected_scores(request: ImportRequest, task: str, width: int) -> Matrix | None:
    """Return what the library predicted in the form of the scores; None if the request does not have it."""
    if not request.expected:
        return None
    expected = np.array(request.expected, dtype=np.float64)
    if task == TWO_CLASS and expected.shape[1] == 2:
        expected = expected[:, 1:]
    if expected.shape[1] != width:
        raise refusal(f"Expected has {expected.shape[1]} numbers a row; the model has {width} scores", "Expected")
    return expected


def compare_expected(request: ImportRequest, scores: Matrix, task: str, tolerance: float) -> float | None:
    """Return the largest difference from what the library itself predicted."""
    expected = expected_scores(request, task, scores.shape[1])
    if expected is None:
        return None
    allowed = request.tolerance or tolerance
    found = compare_scores(expected, scores, task, scores.shape[1], allowed)
    if not found.holds:
        raise refusal(
            f"it differs by up to {found.max_difference:.2g} from what the library predicted for the sample, with "
            f"{found.other_labels} other labels in {found.rows} rows; {allowed:g} is allowed. If the export rounds to "
            "single precision and you accept that, raise Tolerance",
            "Expected",
        )
    return found.max_difference


def _properties(foreign: ForeignGraph, graph: bytes, width: int) -> dict[str, Any]:
    import onnx

    model = onnx.ModelProto.FromString(graph)
    opsets = {item.domain or "ai.onnx": item.version for item in model.opset_import}
    found = {"exporter": foreign.producer, "opset": opsets, "precision": graph_precision(model)}
    rows = _rows_at_once(model, width)
    return found | ({AT_ONCE: rows} if rows < ROWS_AT_ONCE else {})


def _rows_at_once(model: Any, width: int) -> int:
    """Return how many rows may be scored at once, by what the values of the graph take for one."""
    import onnx

    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    dim = bare.graph.input[0].type.tensor_type.shape.dim[0]
    dim.Clear()
    dim.dim_param = "rows"
    numbers = width
    for value in onnx.shape_inference.infer_shapes(bare).graph.value_info:
        sizes = [item.dim_value for item in value.type.tensor_type.shape.dim[1:]]
        numbers += prod(sizes) if sizes and all(sizes) else 0
    return int(max(1, min(ROWS_AT_ONCE, BATCH_BYTES // (4 * numbers))))


def golden_rows(request: ImportRequest, scores: Matrix) -> tuple[GoldenRow, ...]:
    """Return the sample's rows that have scores, with these."""
    rows = [
        GoldenRow(tuple(cells), tuple(score))
        for cells, score in zip(request.rows, scores.tolist(), strict=True)
        if np.isfinite(score).all()
    ]
    if not rows:
        raise refusal("it gives no row of the sample a score that is a number")
    return tuple(rows[:GOLDEN_ROWS])
