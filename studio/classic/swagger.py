"""The Swagger document of an endpoint, generated from its web service's schemas and parameters.

References
----------
Section 6 of the original's wire contract. Clients depend on the order of the paths, the query strings in the path keys
and the names of the definitions, so none of these may change.
"""

from typing import Any
from urllib.parse import urlsplit

from studio.graph.contract import Kind
from studio.graph.document import Experiment, parse_experiment
from studio.graph.secrets import shown_default
from studio.registry.definitions import MODEL, TRAINING, Definition, ServiceParameter
from studio.registry.endpoints import Endpoint
from studio.registry.web_services import WebService
from studio.serving.explainers import is_explained
from studio.tables.schema import Column, ColumnType, write_cell

TYPES: dict[ColumnType, dict[str, str]] = {
    ColumnType.BOOLEAN: {"type": "boolean"},
    ColumnType.INT32: {"type": "integer", "format": "int32"},
    ColumnType.INT64: {"type": "integer", "format": "int64"},
    ColumnType.DOUBLE: {"type": "number", "format": "double"},
    ColumnType.STRING: {"type": "string"},
    ColumnType.DATETIME: {"type": "string", "format": "date-time"},
}
# Classic: the R client's tests expect 1 for numbers (reference 6.3).
EXAMPLES: dict[ColumnType, Any] = {
    ColumnType.BOOLEAN: True,
    ColumnType.INT32: 1,
    ColumnType.INT64: 1,
    ColumnType.DOUBLE: 1,
    ColumnType.STRING: "",
    ColumnType.DATETIME: "2020-01-01T00:00:00",
}
PARAMETER_TYPES = {
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number", "format": "double"},
    Kind.BOOLEAN: {"type": "boolean"},
}
BLOB = {
    "type": "object",
    "properties": {
        name: {"type": "string"} for name in ("ConnectionString", "RelativeLocation", "BaseLocation", "SasBlobToken")
    },
}
EXPLAIN = "true adds a column for what each input column contributes to the score, and their base, error and sum."
STATUS_CODES = ["NotStarted", "Running", "Failed", "Cancelled", "Finished"]


def swagger_document(service: WebService, endpoint: Endpoint, definition: Definition, base_url: str) -> dict[str, Any]:
    """Return the Swagger 2.0 document of an endpoint.

    Parameters
    ----------
    base_url
        The URL at which the caller reaches this app, without a trailing slash.
    """
    address = urlsplit(base_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    return {
        "swagger": "2.0",
        "info": {
            "version": "2.0",
            "title": service.name,
            "description": service.description or "No description provided for this web service.",
            "x-endpoint-name": endpoint.name,
        },
        "host": f"{address.hostname}:{port}",
        "basePath": f"/workspaces/{endpoint.workspace_id}/services/{endpoint.id}",
        "schemes": [address.scheme],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": _paths(definition),
        "securityDefinitions": {"api_key": {"type": "apiKey", "name": "Authorization", "in": "header"}},
        "definitions": _definitions(definition),
    }


def example_request(definition: Definition) -> dict[str, Any]:
    """Return a valid scoring request with one row, as an object, for each input."""
    return {
        "Inputs": {
            item.name: [{column.name: EXAMPLES[column.type] for column in item.columns}] for item in definition.inputs
        },
        "GlobalParameters": shown_parameters(definition),
    }


def shown_parameters(definition: Definition) -> dict[str, Any]:
    """Return the defaults of the web service parameters by name, with secrets hidden."""
    return {item.name: _shown_default(definition, item) for item in definition.parameters}


def _shown_default(definition: Definition, item: ServiceParameter) -> Any:
    return shown_default(definition.experiment, item.module, item.property, item.default)


def example_response(definition: Definition) -> dict[str, Any]:
    """Return a scoring response in the form of `format=swagger`, with one row of strings for each output."""
    return {
        "Results": {
            item.name: [{column.name: write_cell(EXAMPLES[column.type]) for column in item.columns}]
            for item in definition.outputs
        }
    }


def port_schemas(definition: Definition) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schemas of the inputs and of the outputs, by name; a trained model has no columns."""
    return (
        {item.name: _item(item.columns) for item in definition.inputs},
        {item.name: _item(item.columns) for item in definition.outputs},
    )


def _paths(definition: Definition) -> dict[str, Any]:
    swagger = {"get": _operation("getSwaggerDocument", "This document", None)}
    execute = {"post": _operation("execute", "Score rows", "ExecutionResults", body="ExecutionRequest")}
    if is_explained(definition):
        # Last: clients take the body from the first place.
        explain = {"name": "explain", "in": "query", "required": False, "type": "boolean", "description": EXPLAIN}
        execute["post"]["parameters"].append(explain)
    job = {
        "get": _operation("getjobstatus", "Status of a batch job", "BatchExecutionStatus", job=True),
        "delete": _operation("canceljob", "Cancel a batch job", None, job=True),
    }
    paths = {"/swagger.json": swagger}
    if definition.kind != TRAINING:
        paths["/execute?api-version=2.0&format=swagger"] = execute
    submit = _operation("submitjob", "Create a batch job", None, body="BatchExecutionRequest")
    submit["responses"]["200"]["schema"] = {"type": "string"}
    return paths | {
        "/jobs?api-version=2.0": {"post": submit},
        "/jobs/{jobId}?api-version=2.0": job,
        "/jobs/{jobId}/start?api-version=2.0": {"post": _operation("startjob", "Start a batch job", None, job=True)},
    }


def _operation(
    name: str, summary: str, response: str | None, *, body: str | None = None, job: bool = False
) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if job:
        parameters.append({"name": "jobId", "in": "path", "required": True, "type": "string"})
    if body:
        request = "executionRequest" if name == "execute" else "batchExecutionRequest"
        parameters.append({"name": request, "in": "body", "required": True, "schema": _ref(body)})
    success: dict[str, Any] = {"description": "OK"} | ({"schema": _ref(response)} if response else {})
    return {
        "summary": summary,
        "operationId": name,
        **({"parameters": parameters} if parameters else {}),
        "responses": {"200": success, "default": {"description": "Error", "schema": _ref("ErrorResponse")}},
    }


def _definitions(definition: Definition) -> dict[str, Any]:
    tables = [item for item in definition.outputs if item.kind != MODEL]
    columns = {item.name: item.columns for item in definition.inputs} | {item.name: item.columns for item in tables}
    return {
        "ExecutionRequest": {
            "type": "object",
            "properties": {"Inputs": _ref("ExecutionInputs"), "GlobalParameters": _ref("GlobalParameters")},
            "required": ["Inputs"],
            "example": example_request(definition),
        },
        "ExecutionInputs": _lists([item.name for item in definition.inputs]),
        **{f"{name}Item": _item(found) for name, found in columns.items()},
        "ExecutionResults": {"type": "object", "properties": {"Results": _ref("ExecutionOutputs")}},
        "ExecutionOutputs": _lists([item.name for item in tables]),
        "GlobalParameters": _parameters(definition),
        "BatchExecutionRequest": {
            "type": "object",
            "properties": {
                "Inputs": _references([item.name for item in definition.inputs]),
                "Outputs": _references([item.name for item in definition.outputs]),
                "GlobalParameters": _ref("GlobalParameters"),
                **({"Explain": {"type": "boolean", "description": EXPLAIN}} if is_explained(definition) else {}),
            },
        },
        "BatchExecutionStatus": {
            "type": "object",
            "properties": {
                "StatusCode": {"type": "string", "enum": STATUS_CODES},
                "Results": _references([item.name for item in definition.outputs]),
                "Details": {"type": "string"},
            },
        },
        "AzureBlobDataReference": BLOB,
        "ErrorResponse": _error_schema(),
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def _lists(names: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "array", "items": _ref(f"{name}Item")} for name in names},
    }


def _references(names: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: _ref("AzureBlobDataReference") for name in names}}


def _item(columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [column.name for column in columns],
        "properties": {column.name: TYPES[column.type] for column in columns},
    }


def _parameters(definition: Definition) -> dict[str, Any]:
    experiment = parse_experiment(definition.experiment) if definition.parameters else None
    required = [item.name for item in definition.parameters if item.required]
    properties = {
        item.name: _parameter(experiment, item, _shown_default(definition, item))
        for item in definition.parameters
        if experiment
    }
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _parameter(experiment: Experiment, parameter: ServiceParameter, default: Any) -> dict[str, Any]:
    item = experiment.nodes[parameter.module].module.property(parameter.property)
    schema: dict[str, Any] = dict(PARAMETER_TYPES.get(item.kind, {"type": "string"})) if item else {}
    if item and item.choices:
        schema["enum"] = list(item.choices)
    if not parameter.required:
        schema["default"] = default
    return schema


def _error_schema() -> dict[str, Any]:
    detail = {name: {"type": "string"} for name in ("code", "message", "target")}
    return {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "details": {"type": "array", "items": {"type": "object", "properties": detail}},
                },
            }
        },
    }
