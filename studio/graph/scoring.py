"""Scoring inside an experiment: append a model's scores to a dataset, and compare them with the labels.

A model that the experiment trained takes columns as the modules before it left them. A model from a file takes raw
columns and transforms them itself, as in training. So a column that the experiment's modules have transformed in just
that way is taken as it was before them, and any other as it arrives.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from studio.graph.contract import Call, Kind, Property
from studio.graph.dataset import Dataset, DatasetColumn, Evaluated, Role, Scored, cells_to_array, frame_cells
from studio.graph.training import encoded_matrix, learner_matrix
from studio.model.computed import base_plans
from studio.model.evaluation import evaluate_scores
from studio.model.manifest import ANOMALY, MULTICLASS, TWO_CLASS
from studio.model.saved import SavedModel, trace_of
from studio.model.scores import scored_cells
from studio.model.steps import PlanColumn
from studio.model.trained import TrainedModel
from studio.tables.schema import Cell, CellError, ColumnType, write_cell

AS_TRAINED = Property("Append columns as in training", Kind.BOOLEAN, False)
AS_TRAINED_NOTE = (
    "Append columns as in training: before the scores of a Trained Model stand the columns as its training left them, "
    "made by the model's own graph, instead of those that arrive. A derived predictive experiment whose scripts run "
    "when scoring sets it. It changes nothing for a model that the experiment trains."
)


def score_dataset(call: Call, model: TrainedModel | SavedModel, dataset: Dataset, *, append: bool) -> Dataset:
    """Return a dataset with the model's score columns, after the dataset's own columns if `append`."""
    import pandas as pd

    if append and isinstance(model, SavedModel) and call.properties.get(AS_TRAINED.name):
        return _score_as_trained(call, model, dataset)
    scored = score_rows(call, model, dataset)
    columns, arrays = [], {}
    if append:
        columns = [column for column in dataset.columns if column.name not in {item.name for item in model.outputs}]
        arrays = {column.name: dataset.frame[column.name].array for column in columns}
    for column, cells in zip(model.outputs, _scored_cells(model, scored), strict=True):
        columns.append(DatasetColumn(PlanColumn(column, column), Role.SCORE))
        arrays[column.name] = cells_to_array(cells, column.type)
    frame = pd.DataFrame(arrays, index=dataset.frame.index)
    return Dataset(tuple(columns), frame, frame, scored=scored)


def _scored_cells(model: TrainedModel | SavedModel, scored: Scored) -> Any:
    return scored_cells(scored.scores, model.task, model.label, model.labels)


def _score_as_trained(call: Call, model: SavedModel, dataset: Dataset) -> Dataset:
    """Return the columns as the model's training left them, and its scores."""
    import pandas as pd

    scores, cells = _taken(call, model, dataset, model.score_shown)
    scored = Scored(model.facts, None, None, scores, _truth(model, dataset))
    shown = model.loaded.file.encoder.columns
    found = [*zip(*cells, strict=True)] if cells else [()] * len(shown)
    pairs = [*zip(shown, found, strict=True), *zip(model.outputs, _scored_cells(model, scored), strict=True)]
    columns = [DatasetColumn(PlanColumn(column, column)) for column in shown]
    columns += [DatasetColumn(PlanColumn(column, column), Role.SCORE) for column in model.outputs]
    arrays = {column.name: cells_to_array(values, column.type) for column, values in pairs}
    frame = pd.DataFrame(arrays, index=dataset.frame.index)
    return Dataset(tuple(columns), frame, frame, scored=scored)


def score_rows(call: Call, model: TrainedModel | SavedModel, dataset: Dataset) -> Scored:
    """Return the scores of a dataset's rows, with the inputs they were computed from and the true labels."""
    if isinstance(model, SavedModel):
        return Scored(model.facts, None, None, _score_raw(call, model, dataset), _truth(model, dataset))
    inputs = learner_matrix(call, model.encoder, dataset)
    encoded = encoded_matrix(model.encoder, dataset, inputs)
    return Scored(model, encoded, inputs, model.score_inputs(inputs), _truth(model, dataset))


def evaluate_scored(call: Call, scored: Scored) -> Evaluated:
    """Return the metrics of scored rows whose label is known.

    Raises
    ------
    ModuleExecutionError
        0024 if there is no label column, 0134 if it is empty, 0058 if it holds a label not seen in training.
    """
    truth, known = known_truth(call, scored)
    evaluation = evaluate_scores(scored.model.task, truth, scored.scores[known], scored.model.labels)
    return Evaluated(evaluation, scored, truth, known)


def known_truth(call: Call, scored: Scored) -> tuple[Any, Any]:
    """Return the true labels as `evaluate_scores` takes them, and the positions of the rows that have one."""
    model = scored.model
    if scored.truth is None:
        named = f" '{model.label.name}'" if model.label.name else ""
        raise call.error("0024", f"the dataset has no label column{named}.")
    has_score = np.isfinite(scored.scores).all(axis=1)
    known = np.flatnonzero([cell is not None and has for cell, has in zip(scored.truth, has_score, strict=True)])
    if not len(known):
        raise call.error("0134", "the label column is empty, or no row has a score.")
    cells = [scored.truth[place] for place in known.tolist()]
    if model.task not in (TWO_CLASS, MULTICLASS, ANOMALY):
        return cells_to_array(cells, model.label.type), known
    texts = [write_cell(cell) for cell in cells]
    labels = list(model.labels) or _anomaly_labels(call, cells)
    foreign = sorted(set(texts) - set(labels))
    if foreign:
        raise call.error("0058", f"the label '{foreign[0]}' was not seen in training.")
    return np.array([labels.index(text) for text in texts], dtype=np.int64), known


def _score_raw(call: Call, model: SavedModel, dataset: Dataset) -> Any:
    return _taken(call, model, dataset, model.score_cells)


def _taken[Result](
    call: Call, model: SavedModel, dataset: Dataset, score: Callable[[list[tuple[Cell, ...]]], Result]
) -> Result:
    """Return what a model makes of its columns of a dataset; an error counts the rows as they were sent."""
    columns = _raw_cells(call, model, dataset)
    try:
        return score(list(zip(*columns, strict=True)))
    except CellError as error:
        before = int(dataset.frame.index[error.row]) - error.row
        raise call.error("0017", f"the trained model cannot take the data: {error.describe(before)}") from error


def _raw_cells(call: Call, model: SavedModel, dataset: Dataset) -> list[list[Cell]]:
    """Return the cells of each of the model's columns."""
    index, source = dataset.frame.index, dataset.source
    is_known = source.index.is_unique and bool(index.isin(source.index).all())
    traces = model.traces()
    repeated = [column.plan for column in dataset.columns if trace_of(column.plan) in traces]
    # The raw columns behind those that the model transforms alike, with the types they were read as.
    types = {plan.source.name: plan.source.type for item in repeated for plan in base_plans(item)} if is_known else {}
    found = []
    for column in model.sources:
        name = column.name
        if name in dataset and trace_of(dataset.column(name).plan) not in traces:
            found.append(dataset.cells(name))
        elif name in types and name in source:
            values = source.loc[index, name]
            found.append(frame_cells(values, types[name] if values.dtype.kind == "f" else ColumnType.STRING))
        elif name in dataset:
            found.append(dataset.cells(name))
        else:
            raise call.error("0001", f"the column '{name}', which the model was trained on, is missing.")
    return found


def _truth(model: TrainedModel | SavedModel, dataset: Dataset) -> list[Any] | None:
    """Return the label cells: of the column the model was trained on or, for anomalies, of the one marked as label."""
    if model.label.name:
        return dataset.cells(model.label.name) if model.label.name in dataset else None
    marked = [column.name for column in dataset.columns if column.role is Role.LABEL]
    return dataset.cells(marked[0]) if len(marked) == 1 else None


def _anomaly_labels(call: Call, cells: list[Any]) -> list[str]:
    """Return the label texts of normal and anomalous rows; the greater value is the anomaly."""
    found = sorted(set(cells), key=lambda cell: (str(type(cell)), cell))
    if len(found) > 2:
        raise call.error("0058", f"the label must have at most two values, normal and anomaly, got {len(found)}.")
    texts = [write_cell(cell) for cell in found]
    if len(texts) == 2:
        return texts
    # A single value is the anomaly, except 0.
    return ["0", "1"] if texts == ["0"] else ["0", *texts]
