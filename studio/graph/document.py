"""The experiment document: modules, connections, web service ports and parameters, checked before anything runs.

docs/reference/experiment.md describes it; json_schema.py publishes its JSON Schema. saving.py has the checks that only
documents about to be saved have to pass. The file is long because every part of a document is read here, in the order
in which its errors are told.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import BadArgument
from studio.graph.contract import Module, Port, PortType
from studio.graph.layout import check_comments, check_layout
from studio.graph.order import find_cycles, in_order
from studio.graph.palette import FILES
from studio.graph.placeholder import find_described_module
from studio.graph.properties import PropertyError, read_properties
from studio.hints import listed, nearest, suggest
from studio.problems import Problems

TOP_LEVEL = (
    "description",
    "modules",
    "connections",
    "webServiceInputs",
    "webServiceOutputs",
    "webServiceParameters",
    "layout",
    "comments",
)

MAX_DESCRIPTION = 2000
# As much of a value or a name as a message shows.
MAX_SHOWN = 200


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


def parse_experiment(document: Any) -> Experiment:
    """Validate a document and return the experiment.

    Raises
    ------
    BadArgument
        If the document is not valid. It has a detail for everything that is wrong, each with its place and what is
        accepted there; its message is the first one's.
    """
    problems = Problems()
    experiment = read_document(document, problems)
    problems.raise_all()
    return experiment


def read_document(document: Any, problems: Problems) -> Experiment:
    """Return the experiment, noting everything that is wrong; what is wrong is left out of what is returned."""
    if not isinstance(document, dict):
        problems.note(wrong("An experiment must be a JSON object with 'modules' and 'connections'."))
        return Experiment({}, {}, (), (), (), ())
    for name in sorted(set(document) - set(TOP_LEVEL)):
        known = suggest(name, TOP_LEVEL, "Accepted")
        problems.note(wrong(f"An experiment cannot have '{name[:MAX_SHOWN]}'. {known}", name[:MAX_SHOWN]))
    description = str(document.get("description") or "")
    if len(description) > MAX_DESCRIPTION:
        text = f"'description' must have at most {MAX_DESCRIPTION} characters, got {len(description)}."
        problems.note(wrong(text, "description"))
    parameters = _read_each(_parse_parameter, document, "webServiceParameters", problems)
    modules = document.get("modules")
    if not isinstance(modules, dict) or not modules:
        problems.note(wrong("'modules' must be an object that maps titles to modules.", "modules"))
        return Experiment({}, {}, (), (), parameters, ())
    nodes = _read_nodes(modules, parameters, problems)
    with problems.noted():
        check_layout(document.get("layout") or {}, nodes)
    with problems.noted():
        check_comments(document.get("comments") or [])
    ports = _Ports(nodes, modules, listed(modules))
    kept = tuple(item for item in parameters if _is_sound(item, ports, problems))
    connections, connected = _read_connections(document, ports, problems)
    inputs = _read_each(ports.read_input, document, "webServiceInputs", problems)
    outputs = _read_each(ports.read_output, document, "webServiceOutputs", problems)
    _check_service_ports(inputs, outputs, problems)
    _check_all_connected(nodes, connected | {item.at for item in inputs}, problems)
    feeds = {(source.node, target.node) for target, source in connections.items()}
    for cycle in find_cycles(nodes, feeds):
        text = f"The connections between {listed(map(repr, cycle))} form a cycle. Remove one of them."
        problems.note(wrong(text, cycle[0], module=cycle[0]))
    return Experiment(
        nodes=nodes,
        connections=connections,
        inputs=inputs,
        outputs=outputs,
        parameters=kept,
        order=in_order(nodes, feeds),
        description=description,
        document=document,
    )


def _read_each[T](
    read: Callable[[Any], T], document: Mapping[str, Any], name: str, problems: Problems
) -> tuple[T, ...]:
    """Return what `read` returns for each item of a list of the document that it can read."""
    read_items = (problems.attempt(read, item) for item in _items(document, name, problems))
    return tuple(item for item in read_items if item is not None)


def _items(document: Mapping[str, Any], name: str, problems: Problems) -> list[Any]:
    value = document.get(name) or []
    if isinstance(value, list):
        return value
    problems.note(wrong(f"'{name}' must be a list.", name))
    return []


def _read_nodes(modules: Mapping[str, Any], parameters: Iterable[Parameter], problems: Problems) -> dict[str, Node]:
    nodes = {}
    set_later: dict[str, list[str]] = {}
    for parameter in parameters:
        set_later.setdefault(parameter.node, []).append(parameter.property)
    for title, item in modules.items():
        with problems.noted():
            node = _read_node(title, item)
            nodes[title] = node
            _check_properties(node, frozenset(set_later.get(title, ())), problems)
    return nodes


def _read_node(title: str, item: Any) -> Node:
    if not isinstance(item, dict) or not isinstance(item.get("module"), str):
        text = f"The module '{title}' must be an object with 'module' and 'properties'."
        raise wrong(text, title, module=title)
    module = find_described_module(title, item)
    if module is None:
        name, known = item["module"][:MAX_SHOWN], suggest(item["module"], FILES, "Accepted")
        raise wrong(f"The module of '{title}', '{name}', is not in the palette. {known}", title, module=title)
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        raise wrong(f"The properties of '{title}' must be an object.", title, module=title)
    return Node(title, module, properties)


def _check_properties(node: Node, set_later: frozenset[str], problems: Problems) -> None:
    def report(error: PropertyError) -> None:
        text = f"{node.module.name} ('{node.title}'): {error.message}"
        name = error.name and error.name[:MAX_SHOWN]
        problems.note(wrong(text, node.title, module=node.title, property=name, number=error.number))

    read_properties(node.module, node.properties, set_later, report)


def _read_connections(
    document: Mapping[str, Any], ports: "_Ports", problems: Problems
) -> tuple[dict[PortRef, PortRef], set[PortRef]]:
    """Return the connections, and the input ports that are meant to be connected, rightly or wrongly."""
    connections: dict[PortRef, PortRef] = {}
    connected: set[PortRef] = set()
    for item in _items(document, "connections", problems):
        with problems.noted():
            if not isinstance(item, dict) or set(item) != {"from", "to"}:
                text = 'A connection must be {"from": ["module", "port"], "to": ["module", "port"]}.'
                raise wrong(text, "connections")
            # What is wrong at one end must not be a second error, of a port that nothing is connected to.
            connected |= ports.meant(item["to"])
            source, target = (problems.attempt(ports.find, item[end], end == "from") for end in ("from", "to"))
            if target is None:
                continue
            if target.ref in connections:
                raise wrong(
                    f"The input port {target.ref} must have only one connection. Remove all but one.",
                    target.ref.node,
                    module=target.ref.node,
                    port=target.ref.port,
                )
            if source is not None and source.port is not None and target.port is not None:
                _check_types(source.port, target.port, target.others, source.ref, target.ref)
                connections[target.ref] = source.ref
    return connections, connected


def _check_types(output: Port, port: Port, others: Iterable[Port], source: PortRef, target: PortRef) -> None:
    if output.type is port.type:
        return
    fitting = [other.name for other in others if other.type is output.type]
    hint = f" '{target.node}' takes it at '{fitting[0]}'." if fitting else ""
    raise wrong(
        f"The connection from {source} to {target} connects the type '{output.type.value}' "
        f"to '{port.type.value}'; both ports must have the same type.{hint}",
        target.node,
        module=target.node,
        port=target.port,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A port that a document names; without `port` if its module is none of the palette. `others`: on its side."""

    ref: PortRef
    port: Port | None
    others: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ports:
    """Finds ports by what documents say. `titles` includes modules that cannot be read; `listing` shows the titles."""

    nodes: Mapping[str, Node]
    titles: Collection[str]
    listing: str

    def find(self, value: Any, outputs: bool) -> _Found:
        """Return the port that `[title, port]` names; BadArgument if there is none."""
        if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, str) for part in value):
            raise wrong(f'A port must be ["module", "port"], got {str(value)[:MAX_SHOWN]}.', "connections")
        title, name = value
        if title not in self.titles:
            # The whole list helps more than a guess that is wrong.
            found = nearest(title, self.titles)
            hint = f"Did you mean '{found}'?" if found else f"It has: {self.listing}."
            shown = title[:MAX_SHOWN]
            raise wrong(f"The experiment has no module '{shown}'. {hint}", shown, module=shown)
        if title not in self.nodes:
            return _Found(PortRef(title, name), None)
        module = self.nodes[title].module
        ports = module.outputs if outputs else module.inputs
        port = next((port for port in ports if port.name == name), None)
        if port is None:
            side, known = "output" if outputs else "input", ", ".join(f"'{port.name}'" for port in ports) or "none"
            text = f"'{title}' ({module.name}) has no {side} port '{name[:MAX_SHOWN]}'. It has: {known}."
            raise wrong(text, title, module=title, port=name[:MAX_SHOWN])
        return _Found(PortRef(title, name), port, ports)

    def meant(self, value: Any) -> set[PortRef]:
        """Return the input ports that a place may mean, also if it is misspelt."""
        title, name = value if isinstance(value, list) and len(value) == 2 else (None, None)
        if not isinstance(title, str) or not isinstance(name, str):
            return set()
        node = self.nodes.get(title if title in self.titles else nearest(title, self.titles) or "")
        if node is None:
            return set()
        names = [port.name for port in node.module.inputs]
        found = name if name in names else nearest(name, names)
        return {PortRef(node.title, item) for item in ([found] if found else names)}

    def read_input(self, item: Any) -> ServicePort:
        """Return a web service input; BadArgument if it is none."""
        name, found = self._service_port(item, "to", "input")
        if found.port is not None and found.port.type is not PortType.DATASET:
            text = f"The web service input '{name}' must feed a dataset, not a {found.port.type.value}."
            raise wrong(text, found.ref.node, module=found.ref.node, port=found.ref.port)
        return ServicePort(name, found.ref)

    def read_output(self, item: Any) -> ServicePort:
        """Return a web service output; BadArgument if it is none."""
        name, found = self._service_port(item, "from", "output")
        if found.port is not None and found.port.type is PortType.UNTRAINED:
            text = f"The web service output '{name}' must be a dataset or a trained model, not an untrained model."
            raise wrong(text, found.ref.node, module=found.ref.node, port=found.ref.port)
        return ServicePort(name, found.ref)

    def _service_port(self, item: Any, side: str, kind: str) -> tuple[str, _Found]:
        if not isinstance(item, dict) or set(item) != {"name", side} or not str(item["name"]).strip():
            raise wrong(
                f'A web service {kind} must be {{"name": "{kind}1", "{side}": ["module", "port"]}}, '
                f"got {str(item)[:MAX_SHOWN]}.",
                f"webService{kind.title()}s",
            )
        return str(item["name"]), self.find(item[side], side == "from")


def _parse_parameter(item: Any) -> Parameter:
    if not isinstance(item, dict) or not {"name", "module", "property"} <= set(item):
        raise wrong(
            'A web service parameter must be {"name": …, "module": …, "property": …}, optionally with "default", '
            f"got {str(item)[:MAX_SHOWN]}.",
            "webServiceParameters",
        )
    if not isinstance(item["module"], str) or not isinstance(item["property"], str):
        raise wrong("'module' and 'property' of a web service parameter must be texts.", "webServiceParameters")
    default = item.get("default")
    return Parameter(str(item["name"]), item["module"], item["property"], default, "default" not in item)


def _is_sound(parameter: Parameter, ports: _Ports, problems: Problems) -> bool:
    """Return whether a parameter sets a property that there is; note it if not."""
    node = ports.nodes.get(parameter.node)
    if node is not None and node.module.property(parameter.property) is not None:
        return True
    if node is not None:
        hint = suggest(parameter.property, (item.name for item in node.module.properties), f"'{node.title}' has")
    else:
        hint = suggest(parameter.node, ports.titles, "The experiment has the modules")
    if node is not None or parameter.node not in ports.titles:
        name = parameter.property[:MAX_SHOWN]
        text = (
            f"The web service parameter '{parameter.name}' sets '{name}' of '{parameter.node[:MAX_SHOWN]}', "
            f"but there is no such property. {hint}"
        )
        problems.note(wrong(text, parameter.name, module=parameter.node[:MAX_SHOWN], property=name))
    return False


def _check_service_ports(inputs: Iterable[ServicePort], outputs: Iterable[ServicePort], problems: Problems) -> None:
    for kind, places, remedy in (
        ("input", [str(item.at) for item in inputs], "Remove one of them."),
        ("output", [item.name for item in outputs], "Rename one of them."),
    ):
        for place, count in Counter(places).items():
            if count > 1:
                problems.note(wrong(f"Two web service {kind}s are both at {place}. {remedy}", place))


def _check_all_connected(nodes: Mapping[str, Node], connected: Collection[PortRef], problems: Problems) -> None:
    for node in nodes.values():
        for port in node.module.inputs:
            target = PortRef(node.title, port.name)
            if not port.optional and target not in connected:
                text = (
                    f"Nothing is connected to the input port {target}. Connect an output of type '{port.type.value}'."
                )
                problems.note(wrong(text, node.title, module=node.title, port=port.name))


def wrong(message: str, target: str | None = None, **place: str | None) -> BadArgument:
    """Return the error for something that is wrong in an experiment; `place` has the further fields of Detail."""
    return BadArgument("ModelConfigurationInvalid", message, target, **place)
