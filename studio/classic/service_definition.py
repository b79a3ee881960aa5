"""The web service definition of an experiment, as the original exported it for Azure Resource Manager.

References
----------
Microsoft.MachineLearning/webServices, version 2016-05-01-preview or later: `package` holds the predictive experiment as
nodes and edges, `assets` the modules and trained models that the nodes use.
"""

from datetime import datetime
from typing import Any

from studio.classic.swagger import example_request, port_schemas
from studio.experiments.experiments import SavedExperiment, read_experiment
from studio.graph.document import Experiment, parse_experiment
from studio.graph.predictive import SAVED, saved_models
from studio.graph.secrets import hide_secrets, shown_default
from studio.registry.definitions import Definition
from studio.registry.models import model_path
from studio.rollout.publish import get_finished_run, predictive_definition
from studio.storage.account import Storage
from studio.storage.blobs import own_blob

# The original's own modules have ids of its common workspace.
MODULES = "aml://module/506153734175476c4f62416c57734963"
TYPE = "Microsoft.MachineLearning/webServices"


def service_definition(storage: Storage, saved: SavedExperiment, *, now: datetime) -> dict[str, Any]:
    """Return the definition of the predictive web service that publishing the experiment would make.

    Secrets are hidden; links to trained models expire.

    Raises
    ------
    InvalidOperation
        If the experiment's current document has no finished run.
    BadArgument
        If the experiment cannot be published as a predictive web service.
    """
    summary = get_finished_run(storage, saved)
    definition, models = predictive_definition(saved, read_experiment(storage, saved.document), summary)
    experiment = parse_experiment(definition.experiment)
    links = {name: own_blob(storage, model_path(item["model"]), now) for name, item in models.items()}
    locations = {
        name: f"{link.base_location}{link.relative_location}{link.sas_token or ''}" for name, link in links.items()
    }
    assets, nodes = _assets_and_nodes(experiment, locations)
    inputs, outputs = port_schemas(definition)
    return {
        "type": TYPE,
        "name": saved.name,
        "properties": {
            "title": saved.name,
            "description": experiment.description,
            "packageType": "Graph",
            "readOnly": False,
            "assets": assets,
            "package": {
                "nodes": nodes,
                "edges": _edges(experiment),
                "graphParameters": _graph_parameters(experiment, definition),
            },
            "parameters": {
                item.name: {"value": shown_default(definition.experiment, item.module, item.property, item.default)}
                for item in definition.parameters
            },
            "input": {"title": saved.name, "type": "object", "properties": inputs},
            "output": {"title": saved.name, "type": "object", "properties": outputs},
            "exampleRequest": example_request(definition),
        },
    }


def _assets_and_nodes(experiment: Experiment, locations: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    names, shown = saved_models(experiment), hide_secrets(experiment.document)["modules"]
    assets: dict[str, Any] = {}
    nodes: dict[str, Any] = {}
    known: dict[str, str] = {}
    for number, (title, node) in enumerate(experiment.nodes.items(), start=1):
        name = names.get(title, node.module.name)
        if name not in known:
            known[name] = f"asset{len(known) + 1}"
            assets[known[name]] = (
                {
                    "name": name,
                    "type": "Resource",
                    "locationInfo": {"uri": locations[name]},
                    "outputPorts": {port.name: {"type": "ILearnerDotNet"} for port in node.module.outputs},
                }
                if node.module.name == SAVED
                else {"name": name, "type": "Module", "locationInfo": {"uri": _module_uri(node.module.family, name)}}
            )
        properties = shown[title].get("properties") or {}
        nodes[f"node{number}"] = {"assetId": known[name], "inputId": None, "outputId": None} | (
            {}
            if title in names
            else {"parameters": {key: {"value": _text(value)} for key, value in properties.items()}}
        )
    nodes |= {_end("input", item.name): {"inputId": item.name} for item in experiment.inputs}
    return assets, nodes | {_end("output", item.name): {"outputId": item.name} for item in experiment.outputs}


def _module_uri(family: str, name: str) -> str:
    return f"{MODULES}.{family or name}.v1-default-1"


def _end(side: str, name: str) -> str:
    return f"{side}:{name}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _ids(experiment: Experiment) -> dict[str, str]:
    return {title: f"node{number}" for number, title in enumerate(experiment.nodes, start=1)}


def _edges(experiment: Experiment) -> list[dict[str, Any]]:
    ids = _ids(experiment)

    def edge(source: str, source_port: str | None, target: str, target_port: str | None) -> dict[str, Any]:
        names = ("sourceNodeId", "sourcePortId", "targetNodeId", "targetPortId")
        return dict(zip(names, (source, source_port, target, target_port), strict=True))

    return [
        *(edge(ids[a.node], a.port, ids[b.node], b.port) for b, a in experiment.connections.items()),
        *(edge(_end("input", item.name), None, ids[item.at.node], item.at.port) for item in experiment.inputs),
        *(edge(ids[item.at.node], item.at.port, _end("output", item.name), None) for item in experiment.outputs),
    ]


def _graph_parameters(experiment: Experiment, definition: Definition) -> dict[str, Any]:
    ids = _ids(experiment)
    return {
        item.name: {
            "description": "",
            "type": "String",
            "links": [{"nodeId": ids[item.module], "parameterKey": item.property}],
        }
        for item in definition.parameters
    }
