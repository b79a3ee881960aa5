"""Convert to TSV: pass a dataset through; the output's file extension decides its format."""

from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset unchanged."""
    return (call.inputs["Dataset"],)


MODULES = (
    Module(
        name="Convert to TSV",
        family="1cdbcda42ece49088b87e6b636258d3d",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        run=run,
        effect=Effect.COLUMNS,
        notes=("Name the output blob or dataset with the extension `.tsv`, which decides the file format.",),
    ),
)
