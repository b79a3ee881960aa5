"""Edit Metadata: change the type, role, category flag or name of columns."""

from dataclasses import replace
from typing import Any

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, DatasetColumn, Role, cells_to_array
from studio.model.computed import ComputedColumn
from studio.model.steps import Cast
from studio.tables.schema import READERS, ColumnType

TYPES = {
    "String": ColumnType.STRING,
    "Integer": ColumnType.INT64,
    "Double": ColumnType.DOUBLE,
    "Boolean": ColumnType.BOOLEAN,
    "DateTime": ColumnType.DATETIME,
}
ROLES = {
    "Features": Role.FEATURE,
    "Labels": Role.LABEL,
    "Weights": Role.WEIGHT,
    "ClearFeatures": Role.NONE,
    "ClearLabels": Role.FEATURE,
    "ClearScores": Role.FEATURE,
    "ClearWeights": Role.FEATURE,
}


def run(call: Call) -> tuple[Any, ...]:
    """Apply the changes to the selected columns."""
    dataset: Dataset = call.inputs["Dataset"]
    picked = pick_columns(call, dataset, call.properties["Column"])
    new_names = _new_names(call, picked)
    columns, values = [], {}
    for column in dataset.columns:
        changed = column
        array = dataset.frame[column.name].to_numpy()
        if column.name in new_names:
            changed, array = _retype(call, dataset, column, array)
            changed = _reflag(call, changed).renamed(new_names[column.name])
        columns.append(changed)
        values[changed.name] = array
    if len(values) < len(columns):
        raise call.error("0028", "two columns would have the same name.")
    return (dataset.with_columns(columns, values),)


def _new_names(call: Call, picked: list[str]) -> dict[str, str]:
    text = call.properties["New Column Name"]
    names = [name.strip() for name in text.split(",")] if text else picked
    if len(names) != len(picked) or not all(names):
        raise call.error(
            "0067", f"'New Column Name' must list one name for each of the {len(picked)} selected columns."
        )
    return dict(zip(picked, names, strict=True))


def _retype(call: Call, dataset: Dataset, column: DatasetColumn, array: Any) -> tuple[DatasetColumn, Any]:
    wanted = TYPES.get(call.properties["Data Type"], column.type)
    if wanted is column.type or (wanted.is_integer and column.type.is_integer):
        return column, array
    if isinstance(column.plan, ComputedColumn):
        raise call.error(
            "0017",
            f"'{column.name}' was computed by an earlier module. Change its type before that module, or make it "
            "categorical if its numbers are categories.",
        )
    read = READERS[wanted]
    try:
        cells = [read(cell) for cell in dataset.cells(column.name)]
    except ValueError as error:
        raise call.error(
            "0042",
            f"the column '{column.name}' cannot be converted to {call.properties['Data Type']}: {error} is not one.",
        ) from error
    return column.stepped(Cast(wanted), wanted), cells_to_array(cells, wanted)


def _reflag(call: Call, column: DatasetColumn) -> DatasetColumn:
    categorical = {"Categorical": True, "NonCategorical": False}.get(call.properties["Categorical"], column.categorical)
    role = ROLES.get(call.properties["Fields"], column.role)
    return replace(column, categorical=categorical, role=role)


MODULES = (
    Module(
        name="Edit Metadata",
        family="370b6676c11c486fbf7335349f842a66",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property("Column", Kind.COLUMNS),
            Property("Data Type", Kind.CHOICE, "Unchanged", choices=("Unchanged", *TYPES)),
            Property("Categorical", Kind.CHOICE, "Unchanged", choices=("Unchanged", "Categorical", "NonCategorical")),
            Property("Fields", Kind.CHOICE, "Unchanged", choices=("Unchanged", *ROLES)),
            Property("New Column Name", Kind.TEXT, optional=True),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=("TimeSpan and custom date formats are not supported: dates are read as ISO 8601.",),
    ),
)
