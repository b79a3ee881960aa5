"""Evaluate Model: metrics of one or two scored datasets, a row each."""

from dataclasses import replace
from typing import Any

import numpy as np

from studio.graph.dataset import Dataset, cells_to_array, make_dataset
from studio.graph.palette import Call, Module, Port, PortType
from studio.model.evaluation import Evaluation, evaluate_regression, evaluate_two_class
from studio.model.manifest import TWO_CLASS
from studio.schema import Column, ColumnType, write_cell

PORTS = ("Scored dataset", "Scored dataset to compare")


def run(call: Call) -> tuple[Any, ...]:
    """Compare scores with the label column of the same rows."""
    import pandas as pd

    evaluations = [_evaluate(call, call.inputs[port]) for port in PORTS if port in call.inputs]
    names = list(evaluations[0].metrics)
    if any(list(item.metrics) != names for item in evaluations):
        raise call.error("0062", "the two datasets were scored by models of different tasks.")
    columns = [
        Column(name, ColumnType.INT32 if isinstance(evaluations[0].metrics[name], int) else ColumnType.DOUBLE)
        for name in names
    ]
    arrays = {
        column.name: cells_to_array([item.metrics[column.name] for item in evaluations], column.type)
        for column in columns
    }
    result = make_dataset(columns, pd.DataFrame(arrays))
    first = call.inputs[PORTS[0]].scored.model
    return (replace(result, evaluation=evaluations[0], evaluated=first),)


def _evaluate(call: Call, dataset: Dataset) -> Evaluation:
    scored = dataset.scored
    if scored is None:
        raise call.error("0025", "the dataset has no score columns. Connect the output of Score Model.")
    if scored.truth is None:
        raise call.error("0024", f"the dataset has no label column '{scored.model.label.name}'.")
    known = np.array([cell is not None for cell in scored.truth], dtype=bool)
    if not known.any():
        raise call.error("0134", f"the label column '{scored.model.label.name}' is empty.")
    scores = scored.scores[known, 0]
    truth = [cell for cell in scored.truth if cell is not None]
    if scored.model.task == TWO_CLASS:
        negative, positive = scored.model.labels
        texts = [write_cell(cell) for cell in truth]
        foreign = sorted(set(texts) - {negative, positive})
        if foreign:
            raise call.error("0058", f"the label '{foreign[0]}' is not one the model was trained on.")
        return evaluate_two_class(np.array([text == positive for text in texts], dtype=int), scores)
    return evaluate_regression(cells_to_array(truth, scored.model.label.type), scores)


MODULE = Module(
    name="Evaluate Model",
    family="927d65ac3b504694990320f6c1672089",
    inputs=(Port(PORTS[0], PortType.DATASET), Port(PORTS[1], PortType.DATASET, optional=True)),
    outputs=(Port("Evaluation results", PortType.DATASET),),
    run=run,
)
