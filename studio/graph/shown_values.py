"""What there is to show of the value of a port: of a dataset columns, statistics and rows, of a model what it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.graph.dataset import Dataset, Evaluated
from studio.graph.results import exact_details_of
from studio.graph.transformations import Transformation
from studio.model.exact_evaluation import MAX_MATRIX
from studio.model.saved import SavedModel
from studio.model.summary import summarise_model
from studio.model.trained import TrainedModel, UntrainedModel
from studio.tables.column_summary import Summary, summarise_column
from studio.tables.row_pages import MAX_COLUMNS, shown_cells, write_pages
from studio.tables.schema import Column, ColumnType

PREVIEW_ROWS, MIN_PREVIEW_ROWS, PREVIEW_CELLS, PREVIEW_TEXT = 100, 10, 20_000, 300
MAX_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What is kept to show of a value: a summary, the rows of a dataset as row_pages.py keeps them, an evaluation."""

    summary: Summary
    rows: bytes = b""
    evaluation: Summary | None = None


def show_value(value: Any) -> Shown:
    """Return what there is to show of the value of any port."""
    if isinstance(value, Dataset):
        frame, shown = value.frame, value.schema[:MAX_COLUMNS]
        table = show_table(value.schema, len(frame), [_array(frame[column.name], column.type) for column in shown])
        return replace(table, evaluation=_evaluation(value.evaluated)) if value.evaluated else table
    if isinstance(value, TrainedModel):
        untrained, sources = value.untrained, value.encoder.sources
        found = {"summary": summarise_model(_estimator(value.pipeline)), "properties": _plain(untrained.properties)}
        return Shown(_model(value, untrained.learner, sources) | found)
    if isinstance(value, SavedModel):
        manifest = value.loaded.file.manifest
        found = {"summary": manifest.lineage.get("summary", {}), "properties": _plain(manifest.properties)}
        return Shown(_model(value, manifest.learner, manifest.inputs) | found)
    if isinstance(value, UntrainedModel):
        kind = {"kind": "untrained model", "task": value.task, "learner": value.learner}
        return Shown(kind | {"properties": _plain(value.properties), "grid": _plain(value.grid)})
    if isinstance(value, Transformation):
        columns = [{"name": name, "text": text} for name, text in value.columns[:MAX_NAMES]]
        properties = _plain(value.properties)
        return Shown({"kind": "transformation", "module": value.module, "columns": columns, "properties": properties})
    return Shown({"kind": "other"})


def show_table(columns: Sequence[Column], rows: int, arrays: Sequence[Any]) -> Shown:
    """Return what there is to show of a table.

    Parameters
    ----------
    columns
        All columns.
    arrays
        The cells of the first MAX_COLUMNS of them: arrow arrays of text or of float64, as row_pages.py describes.
    """
    known = list(zip(columns, arrays, strict=False))
    content, streams = write_pages(arrays, rows)
    shown = max(MIN_PREVIEW_ROWS, min(PREVIEW_ROWS, PREVIEW_CELLS // max(1, len(known))))
    cells = [shown_cells(array.slice(0, shown), column.type, PREVIEW_TEXT) for column, array in known]
    summary = {
        "kind": "dataset",
        "rows": rows,
        "columnCount": len(columns),
        "columns": [_summarised(column, array) for column, array in known]
        + [{"name": column.name, "type": column.type.value} for column in columns[len(known) : MAX_NAMES]],
        "preview": [list(row) for row in zip(*cells, strict=True)],
        "rowsKept": streams.rows[-1],
        "columnsKept": len(known),
        "streams": streams.to_json(),
    }
    return Shown(summary, content)


def _summarised(column: Column, array: Any) -> Summary:
    values = array if column.type is ColumnType.STRING else array.to_numpy(zero_copy_only=False)
    return summarise_column(column.name, column.type, values)


def _array(values: Any, type_: ColumnType) -> Any:
    import pyarrow as pa

    if type_ is ColumnType.STRING:
        return pa.array(values, pa.large_string(), from_pandas=True)
    # Not from_pandas: NaN stays a number, and the array is not copied.
    return pa.array(values.to_numpy(dtype="float64"))


def _model(value: TrainedModel | SavedModel, learner: str, inputs: Sequence[Column]) -> Summary:
    return {
        "kind": "trained model",
        "task": value.task,
        "learner": learner,
        "label": {"name": value.label.name, "type": value.label.type.value},
        "labels": list(value.labels[:MAX_NAMES]),
        "inputs": _columns(inputs),
        "outputs": _columns(value.outputs),
    }


def _evaluation(evaluated: Evaluated) -> Summary:
    each = [evaluated] if evaluated.compared is None else [evaluated, evaluated.compared]
    return {"models": [_evaluated(item) for item in each]}


def _evaluated(evaluated: Evaluated) -> Summary:
    model, evaluation = evaluated.scored.model, evaluated.evaluation
    details = evaluation.details | exact_details_of(evaluated)
    if len(model.labels) > MAX_MATRIX:
        # Its largest cells are among the classes.
        details.pop("confusionMatrix", None)
    return {
        "task": model.task,
        "label": {"name": model.label.name, "type": model.label.type.value},
        "labels": list(model.labels[:MAX_NAMES]),
        "metrics": evaluation.metrics,
        "details": details,
    }


def _columns(columns: Sequence[Column]) -> list[Summary]:
    return [{"name": column.name, "type": column.type.value} for column in columns[:MAX_NAMES]]


def _estimator(pipeline: Any) -> Any:
    steps = getattr(pipeline, "named_steps", {})
    return steps.get("estimator", pipeline)


def _plain(properties: Any) -> dict[str, Any]:
    """Return properties as JSON has them, each value no longer than a line."""
    plain = (type(None), bool, int, float, str)
    return {str(name): value if isinstance(value, plain) else str(value)[:200] for name, value in properties.items()}
