"""Convert to CSV: pass a dataset through; the output's file extension decides its format."""

from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset unchanged."""
    return (call.inputs["Dataset"],)


MODULES = (
    Module(
        name="Convert to CSV",
        family="faa6ba63383c4086ba587abf26b85814",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        run=run,
        effect=Effect.COLUMNS,
        notes=("The extension of the output blob (`.csv`, `.tsv` or `.arff`) decides the file format.",),
    ),
)
