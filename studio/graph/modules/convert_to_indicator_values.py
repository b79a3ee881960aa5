"""Convert to Indicator Values: one 0/1 column for each category."""

from typing import Any

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.training import learn_categories
from studio.graph.transformations import learn_and_apply, replace_columns, value_codes
from studio.model.encoder import Feature
from studio.model.operations import Indicators
from studio.tables.schema import Column, ColumnType

OVERWRITE = "Overwrite categorical columns"


def run(call: Call) -> tuple[Any, ...]:
    """Learn the 255 most frequent categories of each selected column and add an indicator column for each."""
    dataset: Dataset = call.inputs["Dataset"]
    picker = call.properties["Categorical columns to convert"]
    names = pick_columns(call, dataset, picker)
    plain = [name for name in names if not dataset.column(name).is_category]
    if plain:
        raise call.error(
            "0056",
            f"the column '{plain[0]}' is not categorical. Make it categorical with Edit Metadata, or do not select it.",
        )
    learned = {name: learn_categories(dataset, dataset.column(name)) for name in names}
    return learn_and_apply(call, names, apply, {name: item for name, item in learned.items() if item.categories})


def apply(call: Call, dataset: Dataset, learned: dict[str, Feature]) -> Dataset:
    """Return the dataset with indicator columns after each learned column, or in place of it."""
    changed: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, feature in learned.items():
        columns = [Column(f"{name}-{category}", ColumnType.INT32) for category in feature.categories or ()]
        indicators = Indicators(len(columns))
        made, arrays = dataset.computed(indicators, [], columns, inputs=[value_codes(dataset, name, feature)])
        changed[name] = made if call.properties.get(OVERWRITE) else [dataset.column(name), *made]
        values |= arrays
    return replace_columns(dataset, changed, values)


MODULES = (
    Module(
        name="Convert to Indicator Values",
        family="6ea59c36f283410eb34cedfabfac39b0",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(
            Port("Results dataset", PortType.DATASET),
            Port("Indicator values transformation", PortType.TRANSFORMATION),
        ),
        properties=(
            Property("Categorical columns to convert", Kind.COLUMNS, {"select": "categorical"}),
            Property(OVERWRITE, Kind.BOOLEAN, False),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=("Missing and unseen categories give zeros in every indicator. Text columns count as categorical.",),
    ),
)
