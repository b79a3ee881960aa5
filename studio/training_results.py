"""What a training run delivered, made into files: trained models with their evaluation, datasets as tables."""

from typing import Any

from studio.graph.dataset import Dataset
from studio.graph.runner import RunResult
from studio.model.container import ModelFile
from studio.model.evaluation import Evaluation
from studio.model.packaging import package_model
from studio.model.trained import TrainedModel
from studio.table_files import write_table


def package_trained(result: RunResult, model: TrainedModel, name: str, *, lineage: dict[str, Any]) -> ModelFile:
    """Pack a model of the run, proved on every row the run scored with it, with the evaluation of those scores."""
    datasets = [value for value in result.values.values() if isinstance(value, Dataset)]
    scored = [dataset.scored for dataset in datasets if dataset.scored and dataset.scored.model is model]
    evaluations = [dataset.evaluation for dataset in datasets if dataset.evaluation and dataset.evaluated is model]
    return package_model(
        model,
        name,
        evaluated=[item.encoded for item in scored],
        evaluation=evaluations[0] if evaluations else None,
        lineage=lineage,
    )


def evaluation_of(value: Any) -> Evaluation | None:
    """Return the evaluation that a port's value carries, or None."""
    return value.evaluation if isinstance(value, Dataset) else None


def write_dataset(dataset: Dataset, extension: str) -> bytes:
    """Return a dataset as the bytes of a CSV, TSV or ARFF file."""
    return write_table(dataset.schema, iter(dataset.rows()), extension)
