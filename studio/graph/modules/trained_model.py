"""Trained Model: a trained model by name; a web service keeps its own, which UpdateResource replaces."""

from typing import Any

from studio.graph.contract import Call, Kind, Module, Port, PortType, Property


def run(call: Call) -> tuple[Any, ...]:
    """Open the model: of the endpoint in a web service, else the latest of the workspace."""
    name = call.properties["Resource name"]
    model = call.environment.find_model(name)
    if model is None:
        raise call.error(
            "0012",
            f"there is no trained model '{name}'. Publish the experiment that trains it; its trained model is named "
            "'{experiment} [trained model]'.",
        )
    return (model,)


def version(call: Call) -> str:
    """Return the hash of the model's file."""
    return call.environment.model_version(call.properties["Resource name"])


MODULES = (
    Module(
        name="Trained Model",
        family="",
        inputs=(),
        outputs=(Port("Trained model", PortType.TRAINED),),
        properties=(Property("Resource name", Kind.TEXT),),
        run=run,
        version=version,
        library="ONNX Runtime",
        notes=(
            "A run takes the latest version of the workspace's model of this name. A web service keeps the version "
            "that the run took, as a resource of this name that UpdateResource replaces.",
            "The model transforms its columns itself, as in its training. Modules of the same kind before Score Model "
            "are therefore not applied twice: it takes such a column as it was before them.",
        ),
    ),
)
