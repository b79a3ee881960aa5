"""Evaluate Model: metrics of one or two scored datasets, one row each; for clusters, one row per cluster."""

from dataclasses import replace
from typing import Any

import numpy as np

from studio.graph.contract import Call, Effect, Module, Port, PortType
from studio.graph.dataset import Dataset, Evaluated, Scored, dataset_from_cells
from studio.graph.scoring import evaluate_scored
from studio.model.evaluation import Evaluation
from studio.model.manifest import CLUSTERING
from studio.tables.schema import Cell, Column, ColumnType

PORTS = ("Scored dataset", "Scored dataset to compare")
CLUSTER_COLUMNS = (
    Column("Result Description", ColumnType.STRING),
    Column("Average Distance to Other Center", ColumnType.DOUBLE),
    Column("Average Distance to Cluster Center", ColumnType.DOUBLE),
    Column("Number of Points", ColumnType.INT32),
    Column("Maximal Distance to Cluster Center", ColumnType.DOUBLE),
)


def run(call: Call) -> tuple[Any, ...]:
    """Compare the scores with the label column."""
    scored = [_scored(call, call.inputs[port]) for port in PORTS if port in call.inputs]
    if scored[0].model.task == CLUSTERING:
        return (_describe_clusters(scored[0]),)
    evaluated = [evaluate_scored(call, item) for item in scored]
    evaluations = [item.evaluation for item in evaluated]
    names = list(evaluations[0].metrics)
    if any(list(item.metrics) != names for item in evaluations):
        raise call.error("0062", "the two datasets were scored by models for different tasks.")
    columns = [
        Column(name, ColumnType.INT32 if isinstance(evaluations[0].metrics[name], int) else ColumnType.DOUBLE)
        for name in names
    ]
    cells = [[item.metrics[name] for item in evaluations] for name in names]
    compared = evaluated[1] if len(evaluated) > 1 else None
    return (replace(dataset_from_cells(columns, cells), evaluated=replace(evaluated[0], compared=compared)),)


def _scored(call: Call, dataset: Dataset) -> Scored:
    if dataset.scored is None:
        raise call.error("0025", "the dataset has no score columns. Connect the output of Score Model.")
    return dataset.scored


def _describe_clusters(scored: Scored) -> Dataset:
    """Return one row per cluster and one for all, with the distances to its own and to the next nearest centre."""
    nearest, others = np.sort(scored.scores, axis=1)[:, :2].T
    assigned = scored.scores.argmin(axis=1)
    rows: list[list[Cell]] = []
    for cluster in (*range(scored.scores.shape[1]), None):
        mine = np.ones(len(assigned), dtype=bool) if cluster is None else assigned == cluster
        name = "Combined Evaluation" if cluster is None else f"Evaluation For Cluster No.{cluster}"
        found = [float(others[mine].mean()), float(nearest[mine].mean())] if mine.any() else [None, None]
        rows.append([name, *found, int(mine.sum()), float(nearest[mine].max()) if mine.any() else None])
    combined = {"Average Distance to Cluster Center": float(nearest.mean()), "Number of Points": len(assigned)}
    return replace(
        dataset_from_cells(CLUSTER_COLUMNS, list(zip(*rows, strict=True))),
        evaluated=Evaluated(Evaluation(combined), scored),
    )


MODULES = (
    Module(
        name="Evaluate Model",
        family="927d65ac3b504694990320f6c1672089",
        inputs=(Port(PORTS[0], PortType.DATASET), Port(PORTS[1], PortType.DATASET, optional=True)),
        outputs=(Port("Evaluation results", PortType.DATASET),),
        run=run,
        effect=Effect.TABLE,
        notes=(
            "Multiclass evaluation adds Top_3_Accuracy to the original's metrics. The confusion matrix and all "
            "curves are in evaluation.json of the trained model.",
            "Quantile regressions are evaluated on the quantile nearest to the median.",
        ),
    ),
)
