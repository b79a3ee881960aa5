"""Select Columns in Dataset: keep the selected columns, in the order selected."""

from typing import Any

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property


def run(call: Call) -> tuple[Any, ...]:
    """Keep the selected columns."""
    dataset = call.inputs["Dataset"]
    names = pick_columns(call, dataset, call.properties["Select Columns"])
    if not names:
        raise call.error("0020", "no column is selected.")
    return (dataset.select(list(dict.fromkeys(names))),)


MODULES = (
    Module(
        name="Select Columns in Dataset",
        family="1ec722fab6234e26a44ea50c6d726223",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(Property("Select Columns", Kind.COLUMNS),),
        run=run,
        effect=Effect.COLUMNS,
    ),
)
