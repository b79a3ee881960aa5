"""Exports of the original, read from files or made from its two formats and the catalogue of its modules."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from studio.classic.imports.draft import Answers
from studio.classic.imports.importing import convert_exported, read_exported
from studio.classic.imports.report import Report

FOLDER = Path(__file__).parent / "data" / "classic-graphs"
FILES = sorted(path for path in FOLDER.glob("*.*.json"))
PREFIX = "506153734175476c4f62416c57734963"
DATA = "5120423bab6841d5bd65454d8a3cee7e.89d0938203b44cfca7629df5003b7cb6.v1-default-1"
MODEL = "5120423bab6841d5bd65454d8a3cee7e.11111111222233334444555566667777.v1-default-1"
Edge = tuple[str, str, str, str]


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """The original's modules by name."""
    found: dict[str, dict[str, Any]] = json.loads((FOLDER / "catalogue.json").read_text())
    return found


def picker(*rules: Mapping[str, Any], is_filter: bool = True) -> str:
    """A selection as Studio saved it."""
    return quote(json.dumps({"isFilter": is_filter, "rules": [*rules], "ui": {"withRules": True}}))


def named(*columns: str, exclude: bool = False) -> dict[str, Any]:
    """A rule that names columns."""
    return {"ruleType": "ColumnNames", "columns": [*columns], "exclude": exclude}


def module_node(
    id_: str, name: str, properties: Mapping[str, str | None] | None = None, *, title: str = "", **feeds: str
) -> dict[str, Any]:
    """A node of a Studio graph; `feeds` gives ports an id, as in `Dataset="DataSourceId:…"`."""
    known = catalogue()[name]
    return {
        "Id": id_,
        "ModuleId": f"{PREFIX}.{known['family']}.v1-default-1700",
        "Comment": title,
        "CommentCollapsed": True,
        "Language": "DotNet",
        "Version": "4.5.0",
        "UsePreviousResults": True,
        "ModuleParameters": [
            {"Name": key, "Value": value, "ValueType": "Literal", "LinkedGlobalParameter": None}
            for key, value in (properties or {}).items()
        ],
        "InputPortsInternal": [
            _input_port(id_, port, feeds.get(port.replace(" ", "_"), "")) for port in known["inputs"]
        ],
        "OutputPortsInternal": [{"Name": port, "NodeId": id_, "OutputType": None} for port in known["outputs"]],
    }


def _input_port(node: str, name: str, feed: str) -> dict[str, Any]:
    port = {"Name": name, "NodeId": node, "DataSourceId": None, "TrainedModelId": None, "TransformModuleId": None}
    kind, _, id_ = feed.partition(":")
    return port | ({kind: id_} if feed else {})


def studio_graph(
    nodes: list[dict[str, Any]], edges: list[Edge], *, title: str = "Made", **service: Any
) -> dict[str, Any]:
    """A Studio graph."""
    places = "".join(
        f"<NodePosition Node='{node['Id']}' Position='{10 * i},{20 * i}.5,200,200'/>" for i, node in enumerate(nodes)
    )
    return {
        "ExperimentId": "5120423bab6841d5bd65454d8a3cee7e.f-id.e90bd5e7977647658ba175532051650e",
        "Summary": "Made for a test",
        "Description": title,
        "Graph": {
            "ModuleNodes": nodes,
            "EdgesInternal": [
                {
                    "SourceOutputPortId": f"{source}:{out}",
                    "DestinationInputPortId": f"{target}:{into}",
                    "DestinationInputPortIndex": None,
                }
                for source, out, target, into in edges
            ],
            "SerializedClientData": "<?xml version='1.0' encoding='utf-16'?><DataV1><NodePositions>"
            f"{places}</NodePositions><NodeGroups /></DataV1>",
        },
        "WebService": {"Inputs": [], "Outputs": [], "Parameters": [], **service},
    }


def training_graph(learner: str = "Two-Class Boosted Decision Tree") -> dict[str, Any]:
    """A training experiment on a dataset that is named by its id, with inputs, outputs and a parameter."""
    nodes = [
        module_node(
            "n-1",
            "Convert to Dataset",
            {"Action": "SetMissingValues", "Custom Missing Value": "?"},
            Dataset=f"DataSourceId:{DATA}",
        ),
        module_node(
            "n-2",
            "Clean Missing Data",
            {
                "Columns to be cleaned": picker(named("age")),
                "Minimum missing value ratio": "0",
                "Maximum missing value ratio": "1",
                "Cleaning mode": "Replace with mean",
                "Cols with all missing values": "Remove",
                "Generate missing value indicator column": "False",
            },
        ),
        module_node(
            "n-3", "Split Data", {"Splitting mode": "Split Rows", "Fraction of rows in the first output dataset": ".7"}
        ),
        module_node("n-4", learner, {"Create trainer mode": "SingleParameter"}, title="The learner"),
        module_node("n-5", "Train Model", {"Label column": picker(named("bought"))}),
        module_node("n-6", "Score Model", {"Append score columns to output": "True"}),
        module_node("n-7", "Evaluate Model"),
    ]
    nodes[3]["ModuleParameters"].append(
        {
            "Name": "Total number of trees constructed",
            "Value": "20",
            "ValueType": "Literal",
            "LinkedGlobalParameter": "Trees",
        }
    )
    edges = [
        ("n-1", "Results dataset", "n-2", "Dataset"),
        ("n-2", "Cleaned dataset", "n-3", "Dataset"),
        ("n-4", "Untrained model", "n-5", "Untrained model"),
        ("n-3", "Results dataset1", "n-5", "Dataset"),
        ("n-5", "Trained model", "n-6", "Trained model"),
        ("n-3", "Results dataset2", "n-6", "Dataset"),
        ("n-6", "Scored dataset", "n-7", "Scored dataset"),
    ]
    definition = {"Name": "Trees", "ParameterType": "Int", "HasDefaultValue": True, "DefaultValue": "20"}
    return studio_graph(
        nodes,
        edges,
        title="Census training",
        Inputs=[{"Id": "i-1", "PortId": "n-1:Dataset", "Name": "input1"}],
        Outputs=[
            {"Id": "o-1", "PortId": "n-5:Trained model", "Name": "output1"},
            {"Id": "o-2", "PortId": "n-7:Evaluation results", "Name": "output2"},
        ],
        Parameters=[{"Name": "Trees", "Value": "20", "ParameterDefinition": definition}],
    )


def predictive_graph() -> dict[str, Any]:
    """A predictive experiment whose trained model and data are named by ids; callers send rows in place of the data."""
    score = module_node("n-1", "Score Model", Trained_model=f"TrainedModelId:{MODEL}", Dataset=f"DataSourceId:{DATA}")
    return studio_graph(
        [score],
        [],
        title="Census scoring",
        Inputs=[{"Id": "i-1", "PortId": "n-1:Dataset", "Name": "input1"}],
        Outputs=[{"Id": "o-1", "PortId": "n-1:Scored dataset", "Name": "output1"}],
    )


def arm_definition(graph: Mapping[str, Any], *, as_objects: bool = False) -> dict[str, Any]:
    """The definition of a web service with the modules, edges and ports of a Studio graph."""
    modules = graph["Graph"]["ModuleNodes"]
    names = {known["family"]: name for name, known in catalogue().items()}
    families = [node["ModuleId"].split(".")[1] for node in modules]
    nodes: dict[str, Any] = {
        node["Id"]: {
            "assetId": family,
            "parameters": {item["Name"]: _value(item["Value"], as_objects) for item in node["ModuleParameters"]},
        }
        for node, family in zip(modules, families, strict=True)
    }
    edges = [
        dict(
            zip(
                ("sourceNodeId", "sourcePortId", "targetNodeId", "targetPortId"),
                (*source.split(":", 1), *target.split(":", 1)),
                strict=True,
            )
        )
        for item in graph["Graph"]["EdgesInternal"]
        for source, target in [(item["SourceOutputPortId"], item["DestinationInputPortId"])]
    ]
    for item in graph["WebService"]["Inputs"]:
        nodes[item["Id"]] = {"inputId": item["Name"]}
        node, _, port = item["PortId"].partition(":")
        edges.append({"sourceNodeId": item["Id"], "targetNodeId": node, "targetPortId": port})
    for item in graph["WebService"]["Outputs"]:
        nodes[item["Id"]] = {"outputId": item["Name"]}
        node, _, port = item["PortId"].partition(":")
        edges.append({"sourceNodeId": node, "sourcePortId": port, "targetNodeId": item["Id"]})
    links = [
        (item["LinkedGlobalParameter"], node["Id"], item["Name"])
        for node in modules
        for item in node["ModuleParameters"]
    ]
    parameters = {
        name: {"type": "String", "links": [{"nodeId": node, "parameterKey": key}]} for name, node, key in links if name
    }
    return {
        "location": "South Central US",
        "properties": {
            "packageType": "Graph",
            "title": graph["Description"],
            "description": graph["Summary"],
            "assets": {
                family: {
                    "name": names[family],
                    "type": "Module",
                    "locationInfo": {"uri": f"aml://module/{PREFIX}.{family}.v1-default-1700", "credentials": ""},
                }
                for family in families
            },
            "package": {"nodes": nodes, "edges": edges, "graphParameters": parameters},
            "parameters": {
                item["Name"].lower(): _value(item["Value"], as_objects) for item in graph["WebService"]["Parameters"]
            },
        },
    }


def _value(text: Any, as_objects: bool) -> Any:
    return {"value": text, "certificateThumbprint": ""} if as_objects else text


def change_keys(
    value: Any,
    change: Callable[[str], str],
    names: tuple[str, ...] = ("nodes", "assets", "parameters", "graphparameters"),
) -> Any:
    """Return JSON with the case of its keys changed, but for those that are names."""
    if isinstance(value, list):
        return [change_keys(item, change, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {change(key): _change_below(key, item, change, names) for key, item in value.items()}


def _change_below(key: str, item: Any, change: Callable[[str], str], names: tuple[str, ...]) -> Any:
    if key.lower() in ("input", "output", "examplerequest"):
        return item
    if key.lower() in names and isinstance(item, dict):
        return {name: change_keys(below, change, names) for name, below in item.items()}
    return change_keys(item, change, names)


def converted(body: Any, **answers: Any) -> tuple[dict[str, Any], Report]:
    """The document and report of an export."""
    document, report, _ = convert_exported(read_exported(body), "", Answers(**answers))
    return document, report
