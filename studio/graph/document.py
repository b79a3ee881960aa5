"""The experiment document: modules, connections, web service ports and parameters, checked before anything runs.

docs/reference/experiment.md describes it; json_schema.py publishes its JSON Schema.
"""

import difflib
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import BadArgument
from studio.graph.contract import Module, Port, PortType
from studio.graph.palette import FILES, find_module
from studio.graph.properties import PropertyError, read_properties

TOP_LEVEL = (
    "description",
    "modules",
    "connections",
    "webServiceInputs",
    "webServiceOutputs",
    "webServiceParameters",
)

MAX_DESCRIPTION = 2000
# Limits on documents that are saved. Checking one of this size takes less than a second.
MAX_ITEMS = {
    "modules": 2000,
    "connections": 10_000,
    "webServiceInputs": 200,
    "webServiceOutputs": 200,
    "webServiceParameters": 1000,
}
MAX_NAME, MAX_DEPTH, LARGEST = 400, 20, 2**63 - 1
MAX_LISTED = 40


@dataclass(frozen=True, slots=True)
class Node:
    """A module in an experiment: its title, the palette module, and its properties as given."""

    title: str
    module: Module
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PortRef:
    """A port of a node."""

    node: str
    port: str

    def __str__(self) -> str:
        return f"'{self.node}' / '{self.port}'"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A web service input or output: its name on the wire and the port it is attached to."""

    name: str
    at: PortRef


@dataclass(frozen=True, slots=True)
class Parameter:
    """A web service parameter: its name on the wire and the property it sets."""

    name: str
    node: str
    property: str
    default: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Experiment:
    """A validated experiment; `order` lists the titles so that every module comes after those it depends on."""

    nodes: Mapping[str, Node]
    connections: Mapping[PortRef, PortRef]
    inputs: tuple[ServicePort, ...]
    outputs: tuple[ServicePort, ...]
    parameters: tuple[Parameter, ...]
    order: tuple[str, ...]
    description: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)

    def exports(self, fed: Iterable[PortRef]) -> set[str]:
        """Return the titles of the modules that write outside the experiment, and of all they depend on."""
        titles = [title for title, node in self.nodes.items() if node.module.exports]
        return self.upstream([PortRef(title, "") for title in titles], frozenset(fed))

    def upstream(self, ports: Iterable[PortRef], cut: frozenset[PortRef] = frozenset()) -> set[str]:
        """Return the titles of the modules that these output ports depend on.

        Parameters
        ----------
        cut
            Input ports that are fed from outside, so nothing upstream of them is needed.
        """
        needed: set[str] = set()
        waiting = [port.node for port in ports]
        while waiting:
            title = waiting.pop()
            if title in needed:
                continue
            needed.add(title)
            for port in self.nodes[title].module.inputs:
                target = PortRef(title, port.name)
                if target not in cut and target in self.connections:
                    waiting.append(self.connections[target].node)
        return needed


def check_limits(document: Any) -> None:
    """Raise BadArgument unless a document that is about to be saved is within the limits on its size.

    Stored documents are not checked, so that all that were saved stay readable.
    """
    if not isinstance(document, dict):
        return
    for name, most in MAX_ITEMS.items():
        found = document.get(name)
        if isinstance(found, (dict, list)) and len(found) > most:
            raise _wrong(f"'{name}' may have at most {most:,} entries, got {len(found):,}.", name)
    modules = document.get("modules")
    named = [*modules] if isinstance(modules, dict) else []
    for part in ("webServiceInputs", "webServiceOutputs", "webServiceParameters"):
        items = document.get(part)
        named += [str(item.get("name")) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    for text in named:
        if len(text) > MAX_NAME:
            raise _wrong(f"A title or name may have at most {MAX_NAME} characters, got {len(text):,}.", text[:MAX_NAME])
    _check_values(document)


def _check_values(document: dict[str, Any]) -> None:
    """Raise BadArgument if values are nested too deeply, or a number cannot be stored."""
    waiting: list[tuple[Any, int]] = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise _wrong(f"An experiment may be nested {MAX_DEPTH} levels deep at most.")
        if isinstance(value, (dict, list)):
            waiting += ((item, depth + 1) for item in (value.values() if isinstance(value, dict) else value))
        elif (isinstance(value, float) and not math.isfinite(value)) or (
            isinstance(value, int) and abs(value) > LARGEST
        ):
            raise _wrong(f"A number of the experiment is too large or not a number: {str(value)[:40]}.")


def parse_experiment(document: Any) -> Experiment:
    """Validate a document and return the experiment.

    Raises
    ------
    BadArgument
        If the document is not valid; the message names the module, property or connection and what is accepted.
    """
    if not isinstance(document, dict):
        raise _wrong("An experiment must be a JSON object with 'modules' and 'connections'.")
    unknown = set(document) - set(TOP_LEVEL)
    if unknown:
        raise _wrong(f"An experiment cannot have '{min(unknown)}'. Accepted: {', '.join(TOP_LEVEL)}.", min(unknown))
    description = str(document.get("description") or "")
    if len(description) > MAX_DESCRIPTION:
        raise _wrong(
            f"'description' must have at most {MAX_DESCRIPTION} characters, got {len(description)}.", "description"
        )
    parameters = tuple(_parse_parameter(item) for item in _list(document, "webServiceParameters"))
    nodes = _parse_nodes(document.get("modules"), parameters)
    for parameter in parameters:
        _check_parameter(parameter, nodes)
    connections = _parse_connections(_list(document, "connections"), nodes)
    inputs = tuple(_parse_service_port(item, "to", nodes) for item in _list(document, "webServiceInputs"))
    outputs = tuple(_parse_service_port(item, "from", nodes) for item in _list(document, "webServiceOutputs"))
    _check_service_ports(inputs, outputs)
    fed = {item.at for item in inputs}
    for node in nodes.values():
        for port in node.module.inputs:
            target = PortRef(node.title, port.name)
            if not port.optional and target not in connections and target not in fed:
                raise _wrong(f"Nothing is connected to the input port {target}.", node.title)
    return Experiment(
        nodes=nodes,
        connections=connections,
        inputs=inputs,
        outputs=outputs,
        parameters=parameters,
        order=_sort(nodes, connections),
        description=description,
        document=document,
    )


def _parse_nodes(value: Any, parameters: tuple[Parameter, ...]) -> dict[str, Node]:
    if not isinstance(value, dict) or not value:
        raise _wrong("'modules' must be an object that maps titles to modules.", "modules")
    nodes = {}
    set_later: dict[str, list[str]] = {}
    for parameter in parameters:
        set_later.setdefault(parameter.node, []).append(parameter.property)
    for title, item in value.items():
        if not isinstance(item, dict) or not isinstance(item.get("module"), str):
            raise _wrong(f"The module '{title}' must be an object with 'module' and 'properties'.", title)
        module = find_module(item["module"])
        if module is None:
            close = difflib.get_close_matches(item["module"][:MAX_NAME], FILES, 1)
            hint = f"Did you mean '{close[0]}'?" if close else f"Accepted: {', '.join(FILES)}."
            raise _wrong(f"The module of '{title}', '{item['module']}', is not in the palette. {hint}", title)
        properties = item.get("properties") or {}
        if not isinstance(properties, dict):
            raise _wrong(f"The properties of '{title}' must be an object.", title)
        try:
            read_properties(module, properties, frozenset(set_later.get(title, ())))
        except PropertyError as error:
            raise _wrong(f"{module.name} ('{title}'): {error.message}", title) from error
        nodes[title] = Node(title, module, properties)
    return nodes


def _parse_connections(items: list[Any], nodes: Mapping[str, Node]) -> dict[PortRef, PortRef]:
    connections: dict[PortRef, PortRef] = {}
    for item in items:
        if not isinstance(item, dict) or set(item) != {"from", "to"}:
            raise _wrong('A connection must be {"from": ["module", "port"], "to": ["module", "port"]}.', "connections")
        source, source_port = _parse_port(item["from"], nodes, outputs=True)
        target, target_port = _parse_port(item["to"], nodes, outputs=False)
        if source_port.type is not target_port.type:
            raise _wrong(
                f"The connection from {source} to {target} connects the type '{source_port.type.value}' "
                f"to '{target_port.type.value}'; both ports must have the same type.",
                target.node,
            )
        if target in connections:
            raise _wrong(f"The input port {target} must have only one connection.", target.node)
        connections[target] = source
    return connections


def _parse_port(value: Any, nodes: Mapping[str, Node], *, outputs: bool) -> tuple[PortRef, Port]:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, str) for part in value):
        raise _wrong(f'A port must be ["module", "port"], got {value}.', "connections")
    title, name = value
    if title not in nodes:
        raise _wrong(f"The experiment has no module '{title}'. It has: {_listed(nodes)}.", title)
    module = nodes[title].module
    ports = module.outputs if outputs else module.inputs
    port = next((port for port in ports if port.name == name), None)
    if port is None:
        side = "output" if outputs else "input"
        known = ", ".join(f"'{port.name}'" for port in ports) or "none"
        raise _wrong(f"'{title}' ({module.name}) has no {side} port '{name}'. It has: {known}.", title)
    return PortRef(title, name), port


def _parse_service_port(item: Any, side: str, nodes: Mapping[str, Node]) -> ServicePort:
    kind = "input" if side == "to" else "output"
    if not isinstance(item, dict) or set(item) != {"name", side} or not str(item["name"]).strip():
        raise _wrong(
            f'A web service {kind} must be {{"name": "{kind}1", "{side}": ["module", "port"]}}, got {item}.',
            f"webService{kind.title()}s",
        )
    ref, port = _parse_port(item[side], nodes, outputs=side == "from")
    if side == "to" and port.type is not PortType.DATASET:
        raise _wrong(f"The web service input '{item['name']}' must feed a dataset, not a {port.type.value}.", ref.node)
    if side == "from" and port.type is PortType.UNTRAINED:
        raise _wrong(
            f"The web service output '{item['name']}' must be a dataset or a trained model, not an untrained model.",
            ref.node,
        )
    return ServicePort(str(item["name"]), ref)


def _parse_parameter(item: Any) -> Parameter:
    if not isinstance(item, dict) or not {"name", "module", "property"} <= set(item):
        raise _wrong(
            'A web service parameter must be {"name": …, "module": …, "property": …}, optionally with "default", '
            f"got {item}.",
            "webServiceParameters",
        )
    if not isinstance(item["module"], str) or not isinstance(item["property"], str):
        raise _wrong("'module' and 'property' of a web service parameter must be texts.", "webServiceParameters")
    default = item.get("default")
    return Parameter(str(item["name"]), item["module"], item["property"], default, "default" not in item)


def _check_parameter(parameter: Parameter, nodes: Mapping[str, Node]) -> None:
    node = nodes.get(parameter.node)
    if node is None or node.module.property(parameter.property) is None:
        raise _wrong(
            f"The web service parameter '{parameter.name}' sets '{parameter.property}' of '{parameter.node}', "
            "but there is no such property.",
            parameter.name,
        )


def _check_service_ports(inputs: tuple[ServicePort, ...], outputs: tuple[ServicePort, ...]) -> None:
    for kind, places in (("input", [str(item.at) for item in inputs]), ("output", [item.name for item in outputs])):
        twice = [place for place, count in Counter(places).items() if count > 1]
        if twice:
            raise _wrong(f"Two web service {kind}s are both at {twice[0]}.", twice[0])


def _sort(nodes: Mapping[str, Node], connections: Mapping[PortRef, PortRef]) -> tuple[str, ...]:
    """Return the titles so that every module comes after those it needs; otherwise they keep the document's order."""
    places = {title: place for place, title in enumerate(nodes)}
    feeds: dict[str, list[str]] = {title: [] for title in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for source, target in {(source.node, target.node) for target, source in connections.items()}:
        feeds[source].append(target)
        waiting[target] += 1
    order: list[str] = []
    ready = [title for title in nodes if not waiting[title]]
    while ready:
        order += ready
        freed = []
        for target in (target for title in ready for target in feeds[title]):
            waiting[target] -= 1
            if not waiting[target]:
                freed.append(target)
        ready = sorted(freed, key=places.__getitem__)
    if len(order) < len(nodes):
        left = [title for title in nodes if waiting[title]]
        raise _wrong(f"The connections between {_listed(map(repr, left))} form a cycle.", left[0])
    return tuple(order)


def _listed(names: Iterable[str]) -> str:
    """Return names for a message, the first ones if there are many."""
    shown = [*itertools.islice(names, MAX_LISTED + 1)]
    return ", ".join(shown[:MAX_LISTED]) + (", …" if len(shown) > MAX_LISTED else "")


def _list(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name) or []
    if not isinstance(value, list):
        raise _wrong(f"'{name}' must be a list.", name)
    return value


def _wrong(message: str, target: str | None = None) -> BadArgument:
    return BadArgument("ModelConfigurationInvalid", message, target)
