"""Trained Model: a saved model in a predictive experiment, which UpdateResource replaces."""

from typing import Any

from studio.graph.contract import Call, Kind, Module, Port, PortType, Property


def run(call: Call) -> tuple[Any, ...]:
    """Raise an error: predictive experiments are published and scored, not run."""
    raise call.error("0012", "a predictive experiment cannot be run. Publish it and call its endpoints.")


MODULES = (
    Module(
        name="Trained Model",
        family="",
        inputs=(),
        outputs=(Port("Trained model", PortType.TRAINED),),
        properties=(Property("Resource name", Kind.TEXT),),
        run=run,
    ),
)
