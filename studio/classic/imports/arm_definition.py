"""Reads the definition of a web service in Azure Resource Manager, alone or inside a template.

Keys are read whatever their case: files mix camelCase and PascalCase. A value is a text, or an object with `value` and
the thumbprint of the certificate that it was encrypted for, which makes it unreadable.

References
----------
Resource type Microsoft.MachineLearning/webServices, API versions 2016-05-01-preview and 2017-01-01.
"""

from collections.abc import Mapping
from typing import Any

from studio.classic.imports.exported import (
    MAX_EDGES,
    MAX_NODES,
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
    Sample,
    refuse,
    value_text,
)

RESOURCE_TYPE = "microsoft.machinelearning/webservices"
MODULE_URI = "aml://module/"
KINDS = {"ilearner": AssetKind.MODEL, "itransform": AssetKind.TRANSFORMATION, "zip": AssetKind.BUNDLE}
# Cells of a row made of the types that swagger has.
CELLS = {"number": "0", "integer": "0", "boolean": "true", "string": "text"}
MAX_COLUMNS, MAX_ROWS = 20_000, 100
# What a service had besides its experiment, and where that is set here.
SETTINGS = {
    "keys": "endpoints get new keys here",
    "readOnly": "an endpoint's PreventUpdate says it here",
    "exposeSampleData": "help pages show no rows here",
    "realtimeConfiguration": "set MaxConcurrentCalls with 'perennial endpoint add' or update",
    "diagnostics": "set DiagnosticsTraceLevel at the endpoint",
    "storageAccount": "the app has its own; its key was not read",
    "commitmentPlan": "there are no plans here",
    "machineLearningWorkspace": "the experiment is in the workspace it was imported into",
    "input": "the schema comes from the data of a run here; where there was none, a sample has these columns",
    "output": "the schema comes from the data of a run here",
    "exampleRequest": "its rows are the sample of an input that had no data; help pages make their own request",
    "swaggerLocation": "each endpoint serves its swagger.json",
    "tags": "there are no tags here",
}


def find_service(body: Any, resource: str = "") -> Any:
    """Return the definition of a web service in a file, which may be a template with others.

    Parameters
    ----------
    resource
        The name or title of the service, if the template has several.
    """
    top = Keys(body, "the file")
    if "resources" not in top:
        return body
    found = [item for item in top.get("resources") if _is_service(item)]
    names = [_service_names(item) for item in found]
    chosen = [item for item, known in zip(found, names, strict=True) if not resource or resource in known]
    if len(chosen) != 1:
        listed = ", ".join(f"'{known[0][:100]}'" for known in names[:40]) or "none"
        refuse(f"the template must have one web service, or Resource must name one of: {listed}.")
    return chosen[0]


def _is_service(item: Any) -> bool:
    return isinstance(item, dict) and Keys(item, "a resource").text("type").lower() == RESOURCE_TYPE


def _service_names(item: Any) -> list[str]:
    keys = Keys(item, "a resource")
    return [keys.text("name"), keys.keys("properties").text("title")]


def read_arm_definition(body: Any) -> Exported:
    """Return what a web service's definition holds; BadArgument if it is none."""
    top = Keys(body, "the file")
    properties = top.keys("properties") if "properties" in top else top
    package = properties.keys("package")
    if "nodes" not in package:
        refuse(
            "it has no package with nodes. If payloadsInBlobStorage is true, download the blob of payloadsLocation and "
            "import that."
        )
    nodes = {id_: Keys(node, f"'{id_}'") for id_, node in package.named("nodes", MAX_NODES).items()}
    assets = {id_: Keys(item, f"'{id_}'") for id_, item in properties.named("assets", MAX_NODES).items()}
    modules, resources = [], []
    for id_, node in nodes.items():
        if node.text("assetId"):
            asset = _asset(assets, node.text("assetId"))
            if asset.text("type").lower() == "resource":
                resources.append(ExportedAsset(id_, node.text("assetId"), _kind(asset), asset.text("name")))
            else:
                modules.append(_module(id_, node, asset))
    edges = [_edge(item) for item in package.list("edges", MAX_EDGES)]
    entries = {id_: node.text("inputId") for id_, node in nodes.items() if node.text("inputId")}
    exits = {id_: node.text("outputId") for id_, node in nodes.items() if node.text("outputId")}
    return Exported(
        title=properties.text("title") or top.text("name"),
        description=properties.text("description"),
        modules=tuple(modules),
        assets=tuple(resources),
        edges=tuple(edge for edge in edges if edge.source not in entries and edge.target not in exits),
        inputs=_service_ports(entries, [(edge.source, edge.target, edge.target_port) for edge in edges]),
        outputs=_service_ports(exits, [(edge.target, edge.source, edge.source_port) for edge in edges]),
        parameters=_parameters(package, properties),
        links=tuple(_links(package)),
        samples=_samples(properties),
        settings={name: why for name, why in SETTINGS.items() if properties.get(name) or top.get(name)},
        template=True,
    )


def _asset(assets: Mapping[str, Keys], id_: str) -> Keys:
    folded = {known.lower(): asset for known, asset in assets.items()}
    found = assets.get(id_) or folded.get(id_.lower())
    return found or Keys({}, f"'{id_}'")


def _kind(asset: Keys) -> AssetKind:
    """Return what a resource is, from its file's extension, else from the type of its output port."""
    uri = asset.keys("locationInfo").text("uri").partition("?")[0]
    for text in (uri, asset.text("name")):
        kind = KINDS.get(text.rpartition(".")[2].lower())
        if kind:
            return kind
    ports = asset.named("outputPorts", MAX_PROPERTIES).values()
    types = [Keys(port, "an output port").text("type").lower() for port in ports]
    return next((KINDS[type_] for type_ in types if type_ in KINDS), AssetKind.DATASET)


def _module(id_: str, node: Keys, asset: Keys) -> ExportedModule:
    uri = asset.keys("locationInfo").text("uri")
    return ExportedModule(
        id=id_,
        module_id=uri.removeprefix(MODULE_URI) if uri.lower().startswith(MODULE_URI) else "",
        name=asset.text("name"),
        title="",
        properties=tuple(
            ExportedProperty(name, *_read_value(name, value))
            for name, value in node.named("parameters", MAX_PROPERTIES).items()
        ),
        inputs=tuple(asset.named("inputPorts", MAX_PROPERTIES)),
        outputs=tuple(asset.named("outputPorts", MAX_PROPERTIES)),
    )


def _read_value(name: str, value: Any) -> tuple[str | None, bool]:
    """Return a value as text, and whether it cannot be read because it was encrypted."""
    if isinstance(value, dict):
        keys = Keys(value, f"'{name[:100]}'")
        encrypted = bool(keys.text("certificateThumbprint"))
        return (None if encrypted else value_text(keys.get("value"), keys.where)), encrypted
    return value_text(value, f"'{name[:100]}'"), False


def _links(package: Keys) -> list[ExportedLink]:
    return [
        ExportedLink(name, link.text("nodeId"), link.text("parameterKey"))
        for name, item in package.named("graphParameters", MAX_SETTINGS).items()
        for link in Keys(item, f"'{name[:100]}'").list("links", MAX_PROPERTIES)
    ]


def _edge(item: Keys) -> ExportedEdge:
    source, target = item.text("sourceNodeId"), item.text("targetNodeId")
    return ExportedEdge(source, item.text("sourcePortId"), target, item.text("targetPortId"))


def _service_ports(named: Mapping[str, str], ends: list[tuple[str, str, str]]) -> tuple[ExportedPort, ...]:
    """Return a web service port for each edge at its node; one without an edge leads nowhere."""
    ports = [ExportedPort(named[node], other, port) for node, other, port in ends if node in named]
    connected = {node for node, _, _ in ends}
    return (*ports, *(ExportedPort(name, "", "") for node, name in named.items() if node not in connected))


def _parameters(package: Keys, properties: Keys) -> tuple[ExportedParameter, ...]:
    # The two objects name one parameter in different cases.
    given = {name.lower(): (name, value) for name, value in properties.named("parameters", MAX_SETTINGS).items()}
    found = []
    for name in package.named("graphParameters", MAX_SETTINGS):
        _, value = given.pop(name.lower(), (name, None))
        found.append(ExportedParameter(name, _read_value(name, value)[0]))
    return (*found, *(ExportedParameter(name, _read_value(name, value)[0]) for name, value in given.values()))


def _samples(properties: Keys) -> dict[str, Sample]:
    """Return rows for each input that has a schema: those of the example request, else one made of the types."""
    schemas = properties.keys("input").named("properties", MAX_SETTINGS)
    examples = {
        name.lower(): rows for name, rows in properties.keys("exampleRequest").named("inputs", MAX_SETTINGS).items()
    }
    samples = {}
    for name, schema in schemas.items():
        named = Keys(schema, f"'{name[:100]}'").named("properties", MAX_COLUMNS)
        columns = [(column, Keys(item, f"'{column[:100]}'")) for column, item in named.items()]
        rows = _rows(examples.get(name.lower()), len(columns))
        typed = tuple((column, item.text("type").lower()) for column, item in columns)
        made = tuple(_cell(item) for _, item in columns)
        if columns:
            samples[name.lower()] = Sample(typed, rows or (made,), not rows)
    return samples


def _rows(value: Any, width: int) -> tuple[tuple[str, ...], ...]:
    rows = value[:MAX_ROWS] if isinstance(value, list) else []
    fitting = [row for row in rows if isinstance(row, list) and len(row) == width]
    return tuple(tuple(value_text(cell, "a cell") or "" for cell in row) for row in fitting)


def _cell(column: Keys) -> str:
    values = column.get("enum")
    first = values[0] if isinstance(values, list) and values else None
    return str(first) if isinstance(first, (str, int, float)) else CELLS.get(column.text("type").lower(), "text")
