"""Extract Date Parts: year, month, day of the week, hour and other parts of dates as numbers."""

from typing import Any

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.transformations import free_name, replace_columns
from studio.model.formulas import DATE_PARTS
from studio.model.operations import DateParts
from studio.tables.schema import Column, ColumnType

COLUMNS, KEEP = "Date columns", "Keep the date columns"
USUAL = ("Year", "Month", "Day", "Day of week", "Hour")


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset with the chosen parts after each date column, or in place of it."""
    dataset: Dataset = call.inputs["Dataset"]
    names = _dates(call, dataset)
    parts = tuple(part for part in DATE_PARTS if call.properties[part])
    if not parts:
        raise call.error("0003", f"at least one part must be chosen: {', '.join(DATE_PARTS)}.")
    taken = set(dataset.names)
    changed: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name in names:
        columns = [Column(free_name(f"{name}_{part}", taken), ColumnType.INT32) for part in parts]
        taken |= {column.name for column in columns}
        made, arrays = dataset.computed(DateParts(parts), [name], columns)
        changed[name] = [dataset.column(name), *made] if call.properties[KEEP] else made
        values |= arrays
    return (replace_columns(dataset, changed, values),)


def _dates(call: Call, dataset: Dataset) -> list[str]:
    """Return the selected date columns; a selection by kind skips all others."""
    picker = call.properties[COLUMNS]
    names = pick_columns(call, dataset, picker)
    foreign = [name for name in names if dataset.column(name).type is not ColumnType.DATETIME]
    if foreign and not isinstance(picker, dict):
        raise call.error(
            "0017",
            f"the column '{foreign[0]}' is {dataset.column(foreign[0]).type.value}. Make it DateTime with Edit "
            "Metadata.",
        )
    if len(foreign) == len(names):
        raise call.error("0017", "the dataset has no DateTime column. Make text columns DateTime with Edit Metadata.")
    left_out = set(foreign)
    return [name for name in names if name not in left_out]


MODULES = (
    Module(
        name="Extract Date Parts",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property(COLUMNS, Kind.COLUMNS, {"select": "all"}),
            *(Property(part, Kind.BOOLEAN, part in USUAL) for part in DATE_PARTS),
            Property(KEEP, Kind.BOOLEAN, True),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "The original had no such module: people wrote SQL or scripts, which stay outside the web service.",
            "The default selects every DateTime column. Text columns become dates with Edit Metadata.",
            "Parts are of the time in UTC. The day of the week is 0 for Sunday, as in .NET; the week is that of "
            "ISO 8601.",
        ),
    ),
)
