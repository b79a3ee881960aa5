"""Finds the ports that an export's edges mean, and what flows through those of placeholders."""

from collections.abc import Iterable, Mapping

from studio.classic.imports.exported import ExportedEdge, ExportedModule
from studio.classic.imports.mappings import MAPPINGS, NONE
from studio.classic.imports.names import same_name
from studio.graph.contract import Module, Port, PortType

# What the names of ports say, until an edge says it better.
HINTS = (
    ("untrained", PortType.UNTRAINED),
    ("trainedmodel", PortType.TRAINED),
    ("trainedbestmodel", PortType.TRAINED),
    ("transformation", PortType.TRANSFORMATION),
)


def find_port(ports: Iterable[Port], module: Module, name: str) -> Port | None:
    """Return the port of an exported name; the only one if the file names none."""
    known = [*ports]
    if not name:
        return known[0] if len(known) == 1 else None
    wanted = same_name(MAPPINGS.get(module.name, NONE).ports.get(name, name))
    return next((port for port in known if same_name(port.name) == wanted), None)


def hinted_type(name: str) -> PortType:
    """Return what flows through a port, by its name."""
    plain = same_name(name)
    return next((type_ for hint, type_ in HINTS if hint in plain), PortType.DATASET)


def placeholder_ports(
    modules: Iterable[ExportedModule], edges: Iterable[ExportedEdge], service: Iterable[tuple[str, str, bool]]
) -> dict[str, tuple[list[str], list[str]]]:
    """Return the names of placeholders' input and output ports by id, from the file's lists and what is connected.

    Parameters
    ----------
    service
        The node, port and side (whether it is an output) of the web service's inputs and outputs.
    """
    ports = {item.id: (dict.fromkeys(item.inputs), dict.fromkeys(item.outputs)) for item in modules}
    ends = [(edge.target, edge.target_port, False) for edge in edges]
    ends += [(edge.source, edge.source_port, True) for edge in edges]
    for node, port, is_output in (*ends, *service):
        if node in ports:
            ports[node][is_output][port] = None
    return {node: ([*inputs], [*outputs]) for node, (inputs, outputs) in ports.items()}


def infer_types(
    names: Mapping[str, tuple[list[str], list[str]]], known: Mapping[str, Module], edges: Iterable[ExportedEdge]
) -> dict[tuple[str, str, bool], PortType]:
    """Return what flows through the ports of placeholders: what flows at the other end of their edges.

    Parameters
    ----------
    names
        The input and output ports of each placeholder, by node id.
    known
        The other modules, by node id.
    """
    types: dict[tuple[str, str, bool], PortType] = {}
    for node, (inputs, outputs) in names.items():
        types |= {(node, name, False): hinted_type(name) for name in inputs}
        types |= {(node, name, True): hinted_type(name) for name in outputs}
    fixed: dict[tuple[str, str, bool], PortType] = {}
    links = [((edge.source, edge.source_port, True), (edge.target, edge.target_port, False)) for edge in edges]
    neighbours: dict[tuple[str, str, bool], list[tuple[str, str, bool]]] = {}
    for one, other in links:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
        for end, partner in ((one, other), (other, one)):
            if end in types and partner[0] in known:
                module = known[partner[0]]
                port = find_port(module.outputs if partner[2] else module.inputs, module, partner[1])
                if port is not None:
                    fixed[end] = port.type
    waiting = [*fixed]
    while waiting:
        end = waiting.pop()
        for partner in neighbours.get(end, ()):
            if partner in types and partner not in fixed:
                fixed[partner] = fixed[end]
                waiting.append(partner)
    return types | fixed
