"""Trained Model: the place of a saved model in a predictive experiment; UpdateResource replaces what is in it."""

from typing import Any

from studio.graph.contract import Call, Kind, Module, Port, PortType, Property


def run(call: Call) -> tuple[Any, ...]:
    """Refuse: predictive experiments are published and scored, not run."""
    raise call.error("0012", "a predictive experiment is not run; publish it and call its endpoints.")


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
