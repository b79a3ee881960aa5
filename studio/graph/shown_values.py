"""What there is to show of the value of a port: of a dataset columns, statistics and rows, of a model what it is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from studio.graph.dataset import Dataset, Evaluated
from studio.graph.results import exact_details_of
from studio.graph.transformations import Transformation
from studio.model.exact_evaluation import MAX_MATRIX
from studio.model.saved import SavedModel
from studio.model.summary import summarise_model
from studio.model.trained import TrainedModel, UntrainedModel
from studio.tables.column_summary import Summary
from studio.tables.row_pages import MAX_COLUMNS
from studio.tables.schema import Column, ColumnType
from studio.tables.shown_table import MAX_NAMES, Shown, show_table


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
