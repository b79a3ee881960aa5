"""Apply Transformation: apply a transformation learned from one dataset to another."""

from typing import Any

from studio.graph.contract import Call, Effect, Module, Port, PortType


def run(call: Call) -> tuple[Any, ...]:
    """Apply the transformation, with the properties of the module that learned it."""
    transformation = call.inputs["Transformation"]
    return (transformation(call, call.inputs["Dataset"]),)


MODULES = (
    Module(
        name="Apply Transformation",
        family="805e592d0f1f48eb97c9688ed0c1dc70",
        inputs=(Port("Transformation", PortType.TRANSFORMATION), Port("Dataset", PortType.DATASET)),
        outputs=(Port("Transformed dataset", PortType.DATASET),),
        run=run,
        effect=Effect.COLUMNS,
    ),
)
