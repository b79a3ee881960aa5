"""The parts of a web service's definition that are made alike for every kind of web service."""

from collections.abc import Iterable
from typing import Any

from studio.graph.document import Experiment, Parameter
from studio.registry.definitions import ServiceInput, ServiceParameter
from studio.tables.schema import Column


def read_columns(items: Iterable[dict[str, Any]]) -> tuple[Column, ...]:
    """Return columns as the results of a run store them."""
    return tuple(Column.from_json(item) for item in items)


def service_inputs(experiment: Experiment, summary: dict[str, Any]) -> tuple[ServiceInput, ...]:
    """Return the web service inputs, each once, with the columns that a finished run had there."""
    names = dict.fromkeys(item.name for item in experiment.inputs)
    return tuple(ServiceInput(name, read_columns(summary["inputs"][name])) for name in names)


def service_parameters(parameters: Iterable[Parameter]) -> tuple[ServiceParameter, ...]:
    """Return the web service parameters of a definition."""
    return tuple(
        ServiceParameter(item.name, item.node, item.property, item.default, item.required) for item in parameters
    )
