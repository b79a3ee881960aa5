"""Convert to CSV: pass a dataset on; an output's extension decides the format of its file."""

from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset."""
    return (call.inputs["Dataset"],)


MODULES = (
    Module(
        name="Convert to CSV",
        family="faa6ba63383c4086ba587abf26b85814",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        run=run,
        effect=Effect.COLUMNS,
        notes=("Datasets have no format of their own here: `.csv`, `.tsv` or `.arff` of an output's blob decides.",),
    ),
)
