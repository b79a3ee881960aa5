"""What a training run delivered, made into files: trained models with their evaluation, datasets as tables."""

from dataclasses import replace
from typing import Any

import numpy as np

from studio.graph.dataset import Dataset, Evaluated, frame_cells
from studio.graph.document import Experiment, PortRef
from studio.graph.runner import RunResult
from studio.graph.training import source_columns
from studio.model.container import ModelFile
from studio.model.evaluation import Evaluation
from studio.model.exact_evaluation import exact_details
from studio.model.importances import column_importances, sample_rows
from studio.model.packaging import package_model
from studio.model.resampling import MAX_ROWS, SEED
from studio.model.trained import TrainedModel
from studio.tables.files import write_table


def package_trained(result: RunResult, model: TrainedModel, name: str, *, lineage: dict[str, Any]) -> ModelFile:
    """Pack a model of the run, proved on every row the run scored with it, with the evaluation of those scores.

    The run's warnings are in its lineage: who gets the file of a job has no run to look at.
    """
    datasets = [value for value in result.values.values() if isinstance(value, Dataset)]
    encoded = [item.scored.encoded for item in datasets if item.scored and item.scored.model.id == model.id]
    evaluated = [item.evaluated for item in datasets if item.evaluated and item.evaluated.scored.model.id == model.id]
    return package_model(
        model,
        name,
        evaluated=[matrix for matrix in encoded if matrix is not None],
        evaluation=_whole_evaluation(evaluated[0]) if evaluated else None,
        importances=_importances(model, evaluated[0]) if evaluated else None,
        lineage=lineage | {"warnings": [f"{item['title']}: {item['message']}" for item in result.journal.warnings()]},
    )


def evaluation_rows(experiment: Experiment, result: RunResult, model: TrainedModel) -> bytes | None:
    """Return the raw rows that the run evaluated a model on, with their labels, as CSV: a sample if there are many.

    None if the run did not evaluate the model, or the raw rows are unknown because modules have replaced them.
    """
    dataset = _evaluated_dataset(experiment, result, model)
    if dataset is None or not model.label.name or model.label.name not in dataset:
        return None
    names = [column.name for column in model.encoder.sources]
    if model.label.name in names or not set(names) <= set(dataset.source.columns):
        return None
    labels = dataset.cells(model.label.name)
    places = [place for place, index in enumerate(dataset.frame.index) if labels[place] is not None]
    if len(places) > MAX_ROWS:
        places = sorted(np.random.default_rng(SEED).choice(places, MAX_ROWS, replace=False))
    index = dataset.frame.index[places]
    if not places or not dataset.source.index.is_unique or not index.isin(dataset.source.index).all():
        return None
    raw = dataset.source.loc[index]
    columns = source_columns(raw, model.encoder.sources)
    # Each cell as text that the model's own columns read: their files may have had other decimal marks.
    texts = [
        [None if cell is None else source.write(cell) for cell in frame_cells(raw[column.name], column.type)]
        for column, source in zip(columns, model.encoder.sources, strict=True)
    ]
    truth = [model.label.write(labels[place]) for place in places]
    return write_table((*columns, model.label), zip(*texts, truth, strict=True), ".csv")


def _evaluated_dataset(experiment: Experiment, result: RunResult, model: TrainedModel) -> Dataset | None:
    """Return the dataset that the run scored with the model and then evaluated."""
    for port, value in result.values.items():
        if not isinstance(value, Dataset) or not value.evaluated or value.evaluated.scored.model.id != model.id:
            continue
        for target, source in experiment.connections.items():
            scored = result.values.get(source)
            if target.node != port.node or not isinstance(scored, Dataset) or not scored.scored:
                continue
            given = result.values.get(experiment.connections.get(PortRef(source.node, "Dataset"), source))
            if scored.scored.model.id == model.id and isinstance(given, Dataset) and given.scored is None:
                return given
    return None


def _importances(model: TrainedModel, evaluated: Evaluated) -> dict[str, float] | None:
    """Return what the model's metric loses by column on the evaluated rows; None for clusters, which have no metric."""
    if evaluated.truth is None:
        return None
    inputs = evaluated.scored.inputs[evaluated.known]
    rows = sample_rows(*inputs.shape)
    return column_importances(model, inputs[rows], evaluated.truth[rows])


def evaluation_of(value: Any) -> Evaluation | None:
    """Return the evaluation that a port's value carries, or None."""
    return value.evaluated.evaluation if isinstance(value, Dataset) and value.evaluated else None


def exact_details_of(evaluated: Evaluated) -> dict[str, Any]:
    """Return what an evaluation has to show beside its metrics (exact_evaluation.py)."""
    model, scores = evaluated.scored.model, evaluated.scored.scores
    known = scores if evaluated.known is None else scores[evaluated.known]
    return exact_details(model.task, evaluated.truth, known, model.labels)


def _whole_evaluation(evaluated: Evaluated) -> Evaluation:
    evaluation = evaluated.evaluation
    return replace(evaluation, details=evaluation.details | exact_details_of(evaluated))


def write_dataset(dataset: Dataset, extension: str) -> bytes:
    """Return a dataset as the bytes of a CSV, TSV or ARFF file."""
    return write_table(dataset.schema, iter(dataset.rows()), extension)
