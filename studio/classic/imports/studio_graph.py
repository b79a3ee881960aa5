"""Reads the graph of an experiment, as the original's Studio API returned it and Export-AmlExperimentGraph wrote it.

References
----------
GET workspaces/{workspace}/experiments/{experiment} of the original's Studio API.
"""

import re
from typing import Any

from studio.classic.imports.exported import (
    MAX_EDGES,
    MAX_NODES,
    MAX_PORTS,
    MAX_PROPERTIES,
    MAX_SETTINGS,
    AssetKind,
    Exported,
    ExportedAsset,
    ExportedEdge,
    ExportedLink,
    ExportedModule,
    ExportedParameter,
    ExportedPort,
    ExportedProperty,
    Keys,
    refuse,
    value_text,
)

MAX_CLIENT_DATA = 4_000_000
# A port is fed by an asset if one of these has its id.
FEEDS = {
    "DataSourceId": AssetKind.DATASET,
    "TrainedModelId": AssetKind.MODEL,
    "TransformModuleId": AssetKind.TRANSFORMATION,
}
TAG = re.compile(r"<NodePosition\s[^<>]{0,2000}>")
ATTRIBUTE = re.compile(r"""\b(Node|Position)\s*=\s*(?:'([^']*)'|"([^"]*)")""")
NUMBER = re.compile(r"\s*(-?[0-9]{1,9}(?:\.[0-9]{1,30})?)\s*")
RUNS = "what a run left behind; run the experiment here"


def read_studio_graph(body: Any) -> Exported:
    """Return what an exported graph holds; BadArgument if it is none."""
    top = Keys(body, "the file")
    graph, service = top.keys("Graph"), top.keys("WebService")
    nodes = [*graph.list("ModuleNodes", MAX_NODES)]
    ports = [(node.text("Id"), port) for node in nodes for port in node.list("InputPortsInternal", MAX_PORTS)]
    feeds = [(id_, node, port.text("Name")) for node, port in ports for id_, _ in _feeds(port)]
    assets = {id_: kind for _, port in ports for id_, kind in _feeds(port)}
    edges = [_edge(item) for item in graph.list("EdgesInternal", MAX_EDGES)]
    return Exported(
        title=top.text("Description"),
        description=top.text("Summary"),
        modules=tuple(_module(node) for node in nodes),
        assets=tuple(ExportedAsset(id_, id_, kind) for id_, kind in assets.items()),
        edges=(*edges, *(ExportedEdge(id_, "", node, port, written=False) for id_, node, port in feeds)),
        inputs=tuple(_port(item, "Inputs") for item in service.list("Inputs", MAX_NODES)),
        outputs=tuple(_port(item, "Outputs") for item in service.list("Outputs", MAX_NODES)),
        parameters=tuple(_parameter(item) for item in service.list("Parameters", MAX_SETTINGS)),
        links=tuple(link for node in nodes for link in _links(node)),
        positions=read_positions(graph.text("SerializedClientData")),
        settings={name: RUNS for name in ("Status", "NodeStatuses", "RunId") if name in top},
    )


def _module(node: Keys) -> ExportedModule:
    return ExportedModule(
        id=node.text("Id"),
        module_id=node.text("ModuleId"),
        # A graph that this app has shown has names of modules in place of ids.
        name="" if "." in node.text("ModuleId") else node.text("ModuleId"),
        title=node.text("Comment"),
        properties=tuple(_property(item) for item in node.list("ModuleParameters", MAX_PROPERTIES)),
        inputs=tuple(port.text("Name") for port in node.list("InputPortsInternal", MAX_PORTS)),
        outputs=tuple(port.text("Name") for port in node.list("OutputPortsInternal", MAX_PORTS)),
    )


def _property(item: Keys) -> ExportedProperty:
    name = item.text("Name")
    value = value_text(item.get("Value"), f"'{name[:100]}'")
    lost = item.text("ValueType").lower() == "placeholder" and value is None
    return ExportedProperty(name, value, lost)


def _links(node: Keys) -> list[ExportedLink]:
    items = [*node.list("ModuleParameters", MAX_PROPERTIES)]
    set_by = [(item.text("LinkedGlobalParameter"), item.text("Name")) for item in items]
    return [ExportedLink(parameter, node.text("Id"), name) for parameter, name in set_by if parameter]


def _feeds(port: Keys) -> list[tuple[str, AssetKind]]:
    return [(port.text(name), kind) for name, kind in FEEDS.items() if port.text(name)]


def _edge(item: Keys) -> ExportedEdge:
    ends = (item.text("SourceOutputPortId"), item.text("DestinationInputPortId"))
    (source, source_port), (target, target_port) = (_split(end) for end in ends)
    return ExportedEdge(source, source_port, target, target_port)


def _port(item: Keys, kind: str) -> ExportedPort:
    return ExportedPort(item.text("Name") or f"{kind[:-1].lower()}1", *_split(item.text("PortId")))


def _split(port_id: str) -> tuple[str, str]:
    """Return the node's id and the port's name; names of ports may hold a colon, ids do not."""
    node, _, port = port_id.partition(":")
    return node, port


def _parameter(item: Keys) -> ExportedParameter:
    definition = item.keys("ParameterDefinition")
    given = item.get("Value") if item.get("Value") not in (None, "") else definition.get("DefaultValue")
    has_default = str(definition.get("HasDefaultValue")).lower() == "true" or given not in (None, "")
    return ExportedParameter(item.text("Name"), value_text(given, "a default") or "" if has_default else None)


def read_positions(client_data: str) -> dict[str, tuple[float, float]]:
    """Return [x, y] by node id from the XML of the original's canvas, which no XML parser is trusted with."""
    if len(client_data) > MAX_CLIENT_DATA:
        refuse(f"SerializedClientData must have at most {MAX_CLIENT_DATA:,} characters.")
    positions = {}
    for tag in TAG.findall(client_data):
        attributes = {name: single or double for name, single, double in ATTRIBUTE.findall(tag)}
        numbers = [NUMBER.fullmatch(part) for part in attributes.get("Position", "").split(",")[:2]]
        if "Node" in attributes and len(numbers) == 2 and numbers[0] and numbers[1]:
            positions[attributes["Node"]] = (float(numbers[0][1]), float(numbers[1][1]))
    return positions
