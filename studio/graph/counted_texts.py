"""Columns that the vectorizers of a user's pipeline read: counted by the encoder, as inputs of the learner.

The dataset keeps its text columns. The counts are columns of the learner's matrix only, in whose graph they belong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.graph.contract import Call
from studio.graph.dataset import Dataset, DatasetColumn
from studio.model.computed import Base, Computation, ComputedColumn, Output
from studio.model.encoder import MAX_TEXT_COLUMNS, Encoder, Feature
from studio.model.operations import Matrix
from studio.model.scikit.codec import EstimatorError
from studio.model.scikit.fitted import EstimatorDocument
from studio.model.scikit.vectorizers import COUNTED_TEXTS, TextReading, find_readings, replace_vectorizers
from studio.model.steps import PlanColumn
from studio.model.tokens import TokenText
from studio.model.trained import TrainingShape, UntrainedModel
from studio.tables.schema import Column, ColumnType

# 240 MB; the process that fits has as much again.
MAX_CELLS = 30_000_000


@dataclass(frozen=True, slots=True)
class CountedColumn:
    """What one vectorizer counts: its reading, and the computed columns of the counts, in order."""

    reading: TextReading
    plans: tuple[ComputedColumn, ...]


def count_texts(
    call: Call, untrained: UntrainedModel, dataset: Dataset, features: Sequence[DatasetColumn]
) -> tuple[CountedColumn, ...]:
    """Return what the vectorizers of a user's estimator count; nothing for other learners.

    Raises
    ------
    ModuleExecutionError
        1000 if a vectorizer cannot be used, 0017 if its column is not text, 0007 if there are too many counts.
    """
    if not untrained.elsewhere:
        return ()
    estimator = untrained.build(untrained.properties, TrainingShape(0, 0))
    try:
        readings = find_readings(estimator.document, [column.name for column in features])
        found = tuple(_counted(call, dataset, reading) for reading in readings)
    except EstimatorError as error:
        raise call.error("1000", str(error)) from error
    total, rows = sum(len(item.plans) for item in found), len(dataset.frame)
    most = min(MAX_TEXT_COLUMNS, MAX_CELLS // max(1, rows))
    if total > most:
        raise call.error(
            "0007",
            f"the vectorizers count {total:,} tokens in {rows:,} rows; {most:,} are possible. Set max_features (or "
            "n_features), or raise min_df.",
        )
    return found


def _counted(call: Call, dataset: Dataset, reading: TextReading) -> CountedColumn:
    column = dataset.column(reading.column)
    if column.type is not ColumnType.STRING or not isinstance(column.plan, PlanColumn):
        raise call.error(
            "0017", f"the column '{column.name}', which a vectorizer reads, holds {column.type.value}, not texts."
        )
    operation = reading.learned(dataset.cells(column.name))
    computation = Computation(operation, (Base(column.plan, Feature(column.name)),))
    taken, plans = set(dataset.names), []
    for place in range(operation.width(1)):
        name = f"{column.name}.[{operation.grams[place] if operation.grams else place}]"
        while name in taken:
            name += "'"
        taken.add(name)
        plans.append(ComputedColumn(Column(name, ColumnType.DOUBLE), Output(computation, place)))
    return CountedColumn(reading, tuple(plans))


def without_vectorizers(
    estimator: EstimatorDocument,
    columns: Sequence[str],
    counted: Sequence[CountedColumn],
    slots: Mapping[str, int],
) -> EstimatorDocument:
    """Return an estimator that takes the counts from the learner's matrix, whose columns have these places.

    Raises
    ------
    EstimatorError
        If it counts otherwise than the data was counted: what is counted cannot be tuned.
    """
    places = {item.reading: (slots[item.plans[0].column.name], len(item.plans)) for item in counted}

    def place(reading: TextReading) -> tuple[int, int]:
        if reading not in places:
            raise EstimatorError(
                f"what the vectorizer of '{reading.column}' counts cannot be tuned: texts are counted once, before "
                "the search. Give it one value."
            )
        return places[reading]

    document = replace_vectorizers(estimator.document, columns, place)
    return replace(estimator, document=document, others=(*estimator.others, COUNTED_TEXTS))


def fill_counts(encoder: Encoder, dataset: Dataset, matrix: Matrix) -> frozenset[int]:
    """Write the counts of a user's vectorizers into the learner's matrix; return the places of their columns."""
    positions = {item.position: slot for slot, item in enumerate(encoder.inputs)}
    start, filled = len(encoder.slots), set[int]()
    for item in encoder.texts:
        width = item.operation.width(1)
        texts = _texts(dataset, encoder.plans[item.plan]) if isinstance(item.operation, TokenText) else None
        if texts is not None:
            counts = item.operation.vectors(texts)
            slots = [positions[position] for position in range(start, start + width)]
            matrix[:, slots] = counts
            filled.update(slots)
        start += width
    return frozenset(filled)


def _texts(dataset: Dataset, plan: PlanColumn) -> Any:
    name = plan.column.name
    return dataset.cells(name) if name in dataset and dataset.column(name).type is ColumnType.STRING else None
