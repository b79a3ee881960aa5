"""The palette as data, for clients that compose experiments: what the JSON Schema cannot say, such as ports."""

import functools
from typing import Any

from studio.graph.contract import Kind, Module, Port, Property
from studio.graph.palette_page import grouped_modules, summary


@functools.cache
def palette_list() -> list[dict[str, Any]]:
    """Return every module with its group, ports and properties, in the order of the palette."""
    return [_module(module, group) for group, modules in grouped_modules().items() for module in modules]


def _module(module: Module, group: str) -> dict[str, Any]:
    return {
        "name": module.name,
        "group": group,
        "summary": summary(module),
        "effect": module.effect.value,
        "inputs": [_port(port) for port in module.inputs],
        "outputs": [_port(port) for port in module.outputs],
        "properties": [_property(item) for item in module.properties],
        "notes": list(module.notes),
    }


def _port(port: Port) -> dict[str, Any]:
    return {"name": port.name, "type": port.type.value, "optional": port.optional}


def _property(item: Property) -> dict[str, Any]:
    return {
        "name": item.name,
        "kind": item.kind.value,
        "default": list(item.default) if item.kind is Kind.RANGE and item.default is not None else item.default,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "above": item.above,
        "choices": list(item.choices),
        "optional": item.optional,
        "secret": bool(item.sealed_for),
        "when": {"property": item.when[0], "values": list(item.when[1])} if item.when else None,
    }
