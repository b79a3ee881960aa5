"""Enter Data Manually: use a small table typed into the experiment."""

from typing import Any

from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.dataset import dataset_from_table
from studio.tables.files import read_table, table_columns


def run(call: Call) -> tuple[Any, ...]:
    """Parse the text as CSV, TSV or ARFF."""
    extension = f".{call.properties['DataFormat'].lower()}"
    content = call.properties["Data"].encode()
    table = read_table(content, extension, header=call.properties.get("HasHeader", True))
    return (dataset_from_table(table, table_columns(table)),)


MODULES = (
    Module(
        name="Enter Data Manually",
        family="4fbef0ab2c8e4a25b5c47be76eac33d6",
        inputs=(),
        outputs=(Port("dataset", PortType.DATASET),),
        properties=(
            Property("DataFormat", Kind.CHOICE, "CSV", choices=("ARFF", "CSV", "TSV")),
            Property("Data", Kind.TEXT),
            Property("HasHeader", Kind.BOOLEAN, True, when=("DataFormat", ("TSV", "CSV"))),
        ),
        run=run,
        notes=("SvmLight is not supported.",),
    ),
)
