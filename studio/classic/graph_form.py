"""An experiment's graph in the form of the original: nodes with ports, edges between them, positions as XML.

References
----------
Section 5 of the original's wire contract, and the export of experiments by its PowerShell module. Clients look for
`<NodePositions>`, split an edge's end at the first colon, and find every end among the positions.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from studio.classic.imports.studio_graph import read_positions
from studio.graph.document import Experiment, Node, PortRef, parse_experiment
from studio.graph.layout import FARTHEST
from studio.graph.secrets import hide_secrets, shown_default

WIDTH, HEIGHT, GAP = 200, 60, 40


def graph_object(experiment: Experiment) -> dict[str, Any]:
    """Return the graph: Perennial's own document as `Document`, and what the original's clients read."""
    document = hide_secrets(experiment.document)
    return {
        "Document": document,
        "ModuleNodes": [_node(experiment, node, document) for node in experiment.nodes.values()],
        "EdgesInternal": [
            {
                "SourceOutputPortId": _port_id(source),
                "DestinationInputPortId": _port_id(target),
                "DestinationInputPortIndex": None,
            }
            for target, source in experiment.connections.items()
        ],
        "SerializedClientData": _positions({node_id(title): at for title, at in _layout(experiment).items()}),
        "Parameters": [],
    }


def web_service_object(experiment: Experiment) -> dict[str, Any]:
    """Return the web service inputs, outputs and parameters of the graph."""
    layout = _layout(experiment)
    ports = [("in", item) for item in experiment.inputs] + [("out", item) for item in experiment.outputs]
    ends = [(f"{side}-{number}", item.name, item.at) for number, (side, item) in enumerate(ports)]
    described = [{"Id": id_, "PortId": _port_id(port), "Name": name} for id_, name, port in ends]
    places = {id_: (layout[port.node][0] + WIDTH + GAP, layout[port.node][1]) for id_, _, port in ends}
    return {
        "IsWebServiceExperiment": bool(ends),
        "Inputs": described[: len(experiment.inputs)],
        "Outputs": described[len(experiment.inputs) :],
        "Parameters": [
            {
                "Name": item.name,
                "Value": shown_default(experiment.document, item.node, item.property, item.default),
                "ParameterDefinition": {"Name": item.name, "HasDefaultValue": not item.required},
            }
            for item in experiment.parameters
        ],
        "SerializedClientData": _positions(places),
    }


def node_id(title: str) -> str:
    """Return a module's id in the graph: its title, in which no colon may stand."""
    return title.replace("%", "%25").replace(":", "%3A")


def find_node(experiment: Experiment, id_: str) -> Node | None:
    """Return the module of an id in the graph, or of a title; None if there is none."""
    by_id = {node_id(title): node for title, node in experiment.nodes.items()}
    return by_id.get(id_) or experiment.nodes.get(id_)


def _node(experiment: Experiment, node: Node, document: Mapping[str, Any]) -> dict[str, Any]:
    id_ = node_id(node.title)
    shown = document["modules"][node.title].get("properties") or {}
    linked = {item.property: item.name for item in experiment.parameters if item.node == node.title}
    nothing = {"PortIndex": None, "DataSourceId": None, "TrainedModelId": None, "TransformModuleId": None}
    return {
        "Id": id_,
        "ModuleId": node.module.name,
        "Comment": node.title,
        "CommentCollapsed": True,
        "ModuleParameters": [
            {
                "Name": name,
                "Value": value if isinstance(value, str) else str(value),
                "ValueType": "Literal",
                "LinkedGlobalParameter": linked.get(name),
            }
            for name, value in shown.items()
        ],
        "InputPortsInternal": [{"Name": port.name, "NodeId": id_, **nothing} for port in node.module.inputs],
        "OutputPortsInternal": [
            {"Name": port.name, "NodeId": id_, "OutputType": port.type.value} for port in node.module.outputs
        ],
        "UsePreviousResults": True,
        "IsPartOfPartialRun": None,
    }


def _port_id(port: PortRef) -> str:
    return f"{node_id(port.node)}:{port.port}"


def place_modules(document: Any, graph: Mapping[str, Any]) -> Any:
    """Return a document with the layout that a client gave its graph, if that is not the one it was shown.

    Parameters
    ----------
    graph
        The graph as the client sent it: its SerializedClientData has the positions.
    """
    given = read_positions(str(graph.get("SerializedClientData") or ""))
    if not given:
        return document
    shown = {node_id(title): (title, at) for title, at in _layout(parse_experiment(document)).items()}
    near = {id_: at for id_, at in given.items() if id_ in shown and max(map(abs, at)) <= FARTHEST}
    if all(shown[id_][1] == at for id_, at in near.items()):
        return document
    return {**document, "layout": {shown[id_][0]: [*at] for id_, at in near.items()}}


def _layout(experiment: Experiment) -> dict[str, tuple[float, float]]:
    """Return a place for every module: the layout's, else below all it depends on, beside others of its depth."""
    kept = experiment.document.get("layout") or {}
    depths: dict[str, int] = {}
    filled: dict[int, int] = {}
    places: dict[str, tuple[float, float]] = {}
    for title in experiment.order:
        ports = (PortRef(title, port.name) for port in experiment.nodes[title].module.inputs)
        above = [experiment.connections[port].node for port in ports if port in experiment.connections]
        depth = depths[title] = max((depths[other] + 1 for other in above), default=0)
        column = filled.get(depth, 0)
        filled[depth] = column + 1
        places[title] = (column * (WIDTH + GAP), depth * (HEIGHT + GAP))
    return places | {title: (at[0], at[1]) for title, at in kept.items()}


def _positions(places: Mapping[str, tuple[float, float]]) -> str:
    def lines() -> Iterable[str]:
        for id_, (left, top) in places.items():
            node = escape(id_, {"'": "&apos;"})
            yield f"<NodePosition Node='{node}' Position='{left},{top},{WIDTH},{HEIGHT}'/>"

    # Classic: clients search with a pattern that does not go over the end of a line.
    return (
        "<?xml version='1.0' encoding='utf-16'?><DataV1><Meta/>"
        f"<NodePositions>{''.join(lines())}</NodePositions><NodeGroups/></DataV1>"
    )
