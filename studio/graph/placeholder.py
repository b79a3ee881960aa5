"""Placeholder: what stands in an experiment for a module, a dataset or a model of the original that is not here.

In a document it is `{"module": "Placeholder", "properties": {…}, "replaces": {"name", "id", "reason", "inputs",
"outputs"}}`: it keeps the properties as texts, and its ports by name with what flows through them. An experiment that
holds one can be saved and shown, but not run; whoever replaces it finds in it all that was there.
"""

from collections.abc import Mapping
from typing import Any

from studio.errors import BadArgument
from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.palette import find_module

PLACEHOLDER = "Placeholder"
MAX_PORTS, MAX_PROPERTIES, MAX_TEXT = 100, 500, 2000
TYPES = {item.value: item for item in PortType}
TEXTS = ("name", "id", "reason")


def find_described_module(title: str, item: Mapping[str, Any]) -> Module | None:
    """Return the module that a part of a document names: one of the palette, a placeholder, or None.

    Raises
    ------
    BadArgument
        If it is a placeholder whose ports or properties are malformed.
    """
    name: str = item["module"]
    return _read_placeholder(title, item) if name == PLACEHOLDER else find_module(name)


def find_placeholders(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what keeps a stored document's experiment from being run: its placeholders by title, with reasons."""
    modules = document.get("modules") or {}
    return {
        title: f"'{title}' is a placeholder. {_reason(item.get('replaces') or {})}"
        for title, item in modules.items()
        if item.get("module") == PLACEHOLDER
    }


def run(call: Call) -> tuple[Any, ...]:
    """Raise an error: a placeholder does not do what the module did that it stands for."""
    raise call.error("0012", f"it is a placeholder and cannot run. {call.module.notes[0]}")


def _read_placeholder(title: str, item: Mapping[str, Any]) -> Module:
    replaces = item.get("replaces")
    if not isinstance(replaces, dict) or set(replaces) - {*TEXTS, "inputs", "outputs"}:
        raise _wrong(title, "needs 'replaces' with 'name', 'id', 'reason', 'inputs' and 'outputs'")
    if any(not isinstance(replaces.get(name, ""), str) or len(replaces.get(name, "")) > MAX_TEXT for name in TEXTS):
        raise _wrong(title, f"has 'name', 'id' and 'reason' as texts of at most {MAX_TEXT:,} characters")
    return Module(
        name=PLACEHOLDER,
        family="",
        inputs=_read_ports(title, replaces.get("inputs", {})),
        outputs=_read_ports(title, replaces.get("outputs", {})),
        run=run,
        properties=_read_names(title, item.get("properties") or {}),
        notes=(_reason(replaces),),
    )


def _reason(replaces: Mapping[str, Any]) -> str:
    return replaces.get("reason") or f"It stands for '{replaces.get('name') or 'a module'}'. Replace it."


def _read_ports(title: str, ports: Any) -> tuple[Port, ...]:
    if (
        not isinstance(ports, dict)
        or len(ports) > MAX_PORTS
        or not all(TYPES.get(str(type_)) for type_ in ports.values())
    ):
        raise _wrong(title, f"has at most {MAX_PORTS} inputs and outputs, each by its name one of {', '.join(TYPES)}")
    return tuple(Port(name, TYPES[str(type_)], optional=True) for name, type_ in ports.items())


def _read_names(title: str, properties: Any) -> tuple[Property, ...]:
    if not isinstance(properties, dict) or len(properties) > MAX_PROPERTIES:
        raise _wrong(title, f"has at most {MAX_PROPERTIES} properties")
    return tuple(Property(name, Kind.TEXT, optional=True) for name in properties)


def _wrong(title: str, what: str) -> BadArgument:
    return BadArgument("ModelConfigurationInvalid", f"The placeholder '{title}' {what}.", title)
