"""What a training run delivered, made into files: trained models with their evaluation, datasets as tables."""

from typing import Any

from studio.graph.dataset import Dataset, Evaluated
from studio.graph.runner import RunResult
from studio.model.container import ModelFile
from studio.model.evaluation import Evaluation
from studio.model.importances import column_importances, sample_rows
from studio.model.packaging import package_model
from studio.model.trained import TrainedModel
from studio.tables.files import write_table


def package_trained(result: RunResult, model: TrainedModel, name: str, *, lineage: dict[str, Any]) -> ModelFile:
    """Pack a model of the run, proved on every row the run scored with it, with the evaluation of those scores."""
    datasets = [value for value in result.values.values() if isinstance(value, Dataset)]
    encoded = [item.scored.encoded for item in datasets if item.scored and item.scored.model.id == model.id]
    evaluated = [item.evaluated for item in datasets if item.evaluated and item.evaluated.scored.model.id == model.id]
    return package_model(
        model,
        name,
        evaluated=[matrix for matrix in encoded if matrix is not None],
        evaluation=evaluated[0].evaluation if evaluated else None,
        importances=_importances(evaluated[0]) if evaluated else None,
        lineage=lineage,
    )


def _importances(evaluated: Evaluated) -> dict[str, float] | None:
    """Return what the model's metric loses by column on the evaluated rows; None for clusters, which have no metric."""
    if evaluated.truth is None:
        return None
    inputs = evaluated.scored.inputs[evaluated.known]
    rows = sample_rows(*inputs.shape)
    return column_importances(evaluated.scored.model, inputs[rows], evaluated.truth[rows])


def evaluation_of(value: Any) -> Evaluation | None:
    """Return the evaluation that a port's value carries, or None."""
    return value.evaluated.evaluation if isinstance(value, Dataset) and value.evaluated else None


def write_dataset(dataset: Dataset, extension: str) -> bytes:
    """Return a dataset as the bytes of a CSV, TSV or ARFF file."""
    return write_table(dataset.schema, iter(dataset.rows()), extension)
