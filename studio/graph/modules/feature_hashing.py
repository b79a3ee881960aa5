"""Feature Hashing: count the n-grams of texts in a fixed number of columns."""

from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn
from studio.graph.transformations import pick_texts, text_columns
from studio.model.texts import MAX_BITS, HashedText
from studio.model.tokens import MAX_GRAM
from studio.tables.schema import Column, ColumnType

COLUMN, BITS, GRAMS = "Target column", "Hashing bitsize", "N-grams"


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset with the counts of each text column after its columns."""
    dataset: Dataset = call.inputs["Dataset"]
    operation = HashedText(call.properties[BITS], call.properties[GRAMS])
    made: list[DatasetColumn] = []
    values: dict[str, Any] = {}
    for name in pick_texts(call, dataset, call.properties[COLUMN]):
        outputs = [Column(f"{name}_HashingFeature_{index}", ColumnType.INT32) for index in range(operation.width(1))]
        columns, arrays = text_columns(call, dataset, operation, name, outputs)
        made += columns
        values |= arrays
    return (dataset.with_columns([*dataset.columns, *made], values),)


MODULES = (
    Module(
        name="Feature Hashing",
        family="c9a826602d9c411d81224d9e0b3ce92a",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Transformed dataset", PortType.DATASET),),
        properties=(
            Property(COLUMN, Kind.COLUMNS, {"select": "string"}),
            Property(BITS, Kind.INTEGER, 10, 1, MAX_BITS),
            Property(GRAMS, Kind.INTEGER, 2, 0, MAX_GRAM),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "Columns are counted by the encoder, before the graph: a graph takes numbers only.",
            "An n-gram's column is the CRC-32 of its UTF-8 text; the original used Vowpal Wabbit's hash, so columns "
            f"are others than there. The bit size is at most {MAX_BITS}; the original allowed 31.",
            "The text columns stay. Leave them out with Select Columns in Dataset before training, or learners take "
            "each text as a category.",
        ),
    ),
)
