"""The OpenAPI 3.1 document of the app, generated from the operations that its functions register.

References
----------
spec.openapis.org/oas/v3.1.1.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from functions.http.descriptions import DESCRIPTIONS, EXAMPLES, TAGS
from functions.http.schemas import FILE, ID, SCHEMAS, ref
from functions.http.service_schemas import SERVICE_SCHEMAS
from functions.http.watch_schemas import WATCH_SCHEMAS
from studio.graph.json_schema import experiment_components

JSON = "application/json"
HTML, CSV, BINARY = "text/html", "text/csv", "application/octet-stream"
BYTES = "Bytes"
PARAMETER = re.compile(r"\{\*?(\w+)(?::regex\(\^\((\w+)[^}]*\)\$\))?(\?)?\}")
BEARER = {"type": "http", "scheme": "bearer"}
CREDENTIALS: dict[str, dict[str, Any]] = {
    "endpointKey": BEARER | {"description": "An endpoint's primary or secondary key."},
    "workspaceToken": BEARER | {"description": "A workspace's primary or secondary authorization token."},
    "studioToken": {
        "type": "apiKey",
        "in": "header",
        "name": "x-ms-metaanalytics-authorizationtoken",
        "description": "The workspace token, in the header that the original's clients use.",
    },
    "armToken": BEARER | {"description": "The token in the app setting PERENNIAL_ARM_TOKEN, or a workspace token."},
    "administratorToken": BEARER | {"description": "The administrator's token, derived from the master secret."},
}
PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "module": {"description": "A module's title; or `~` and its number in the order of the run, from 0."},
    "node": {"description": "The id of a module in the experiment's graph, or its title."},
    "port": {"description": "The name of an output port."},
    "workspace": {"description": "The workspace's id.", "schema": ID},
    "subscription": {"description": "The workspace's id, as a GUID with or without dashes."},
    "group": {"description": "The resource group, which is ignored."},
    "resource": {"description": "The web service's name or id, or the name of its experiment."},
    "service": {"description": "The web service's id.", "schema": ID},
    "endpoint": {"description": "The endpoint's id; management URLs also accept its name."},
    "experiment": {"description": "The experiment's name."},
    "run": {"description": "The run's id."},
    "version": {"description": "The number of a version."},
    "job": {"description": "The job's id."},
    "kind": {
        "description": "The kind of document.",
        "schema": {"enum": ["pipelines", "linkedservices", "datasets", "triggers"]},
    },
    "name": {"description": "The document's name, not case-sensitive."},
    "subscriber": {"description": "The subscription's name: up to 40 lower-case letters, digits and dashes."},
    "datastore": {"description": "The datastore's name: up to 40 lower-case letters, digits and dashes."},
    "dataset": {"description": "The dataset's id or family id."},
    "model": {"description": "The trained model's name."},
    "path": {"description": "The path below it, with slashes."},
    "page": {"description": "The help page.", "schema": {"enum": ["score", "jobs", "update"]}},
}
ERRORS = {
    304: "Nothing had to change; for a GET: nothing has changed since the ETag in If-None-Match.",
    400: "The request is invalid; the message says what is wrong and what is accepted.",
    401: "The key or token is missing or wrong.",
    404: "Nothing with this id or name exists.",
    409: "The object already exists, was changed by another caller, or does not match the expected metadata.",
    411: "The request body was sent in chunks, without a Content-Length.",
    412: "It was changed since it was read; the header If-Match or If-None-Match does not fit it.",
    413: "The request body or a file is larger than this app accepts.",
    503: "Too many concurrent calls, or storage is unavailable; try again.",
}


class Auth(Enum):
    """The credentials an operation accepts; each value lists their names in the document."""

    NOTHING = ()
    ENDPOINT_KEY = ("endpointKey",)
    WORKSPACE_TOKEN = ("workspaceToken", "studioToken")
    KEY_OR_TOKEN = ("endpointKey", "workspaceToken", "studioToken")
    ARM = ("armToken",)
    ADMINISTRATOR = ("administratorToken",)
    TOKEN_OR_ADMINISTRATOR = ("workspaceToken", "studioToken", "administratorToken")


class Audit(Enum):
    """What of an operation's calls is noted in the audit log."""

    NOTHING = "nothing: they change nothing"
    CALLS = "every call"
    HOURLY = "the first in an hour with the same credential, from the same address, at the same path"


@dataclass(frozen=True, slots=True)
class Operation:
    """One HTTP operation.

    Parameters
    ----------
    name
        The function's name, unique in the app.
    method, route
        The HTTP method, and the route template in the syntax of Azure Functions.
    summary
        One line.
    auth
        The credentials it accepts.
    response
        Name of the response's schema, `Name[]` for a list; None for a response without a body.
    status
        The status of a successful response.
    body
        Name of the request body's schema, `Bytes` for a file, or None.
    query
        Name and schema of each query parameter.
    errors
        Error statuses in addition to those implied by its credentials, route and body.
    media
        Content type of the response.
    file
        The file of functions/ that has it, which decides its tag.
    audit
        What of its calls is noted in the audit log, if that does not follow from its method.
    """

    name: str
    method: str
    route: str
    summary: str
    auth: Auth
    response: str | None
    status: int = 200
    body: str | None = None
    query: tuple[tuple[str, dict[str, Any]], ...] = ()
    errors: tuple[int, ...] = ()
    media: str = JSON
    file: str = ""
    audit: Audit | None = None

    @property
    def tag(self) -> str:
        """The noun that it is about."""
        return TAGS[self.file][0]

    @property
    def path(self) -> str:
        """The route in OpenAPI's syntax, with the first of alternatives such as `webservices` or `services`."""
        return "/" + PARAMETER.sub(_path_parameter, self.route)


def _path_parameter(found: re.Match[str]) -> str:
    # `kind` selects one of several collections; other alternatives are names for the same one.
    return f"{{{found[1]}}}" if found[1] == "kind" or not found[2] else found[2]


def openapi_document(operations: Iterable[Operation], base_url: str, version: str) -> dict[str, Any]:
    """Return the OpenAPI document of the operations.

    Parameters
    ----------
    base_url
        The URL at which the caller reaches this app, without a trailing slash.
    version
        Version of the app.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in sorted(operations, key=lambda item: (item.path, item.method)):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Perennial",
            "version": version,
            "description": "Azure Machine Learning Studio (classic) web services: score, retrain, update.",
        },
        "servers": [{"url": base_url}],
        "tags": [{"name": name, "description": text} for name, text in dict(TAGS.values()).items()],
        "paths": paths,
        "components": {"schemas": all_schemas(), "securitySchemes": CREDENTIALS},
    }


@functools.cache
def all_schemas() -> dict[str, Any]:
    """Return the schemas of requests and responses by name, with those of experiments, which the palette has."""
    return SCHEMAS | SERVICE_SCHEMAS | WATCH_SCHEMAS | experiment_components()


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    if operation.name in DESCRIPTIONS:
        described["description"] = DESCRIPTIONS[operation.name]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} | PATH_PARAMETERS[name]
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query]
    if parameters:
        described["parameters"] = parameters
    if operation.body == BYTES:
        described["requestBody"] = {"content": {"application/octet-stream": {"schema": FILE}}}
    elif operation.body:
        content: dict[str, Any] = {"schema": ref(operation.body)}
        if operation.body in EXAMPLES:
            content["example"] = EXAMPLES[operation.body]
        described["requestBody"] = {"content": {JSON: content}}
        if all_schemas()[operation.body].get("required"):
            described["requestBody"]["required"] = True
    described["responses"] = _responses(operation)
    described["security"] = [{name: []} for name in operation.auth.value]
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": _describe_success(operation)}
    if operation.media != JSON:
        success["content"] = {operation.media: {"schema": FILE if operation.media == BINARY else {"type": "string"}}}
    elif operation.response:
        success["content"] = {JSON: {"schema": ref(operation.response)}}
    statuses = {400, 503, *operation.errors}
    statuses |= {304} if operation.method == "GET" and operation.media in (JSON, BINARY) else set()
    statuses |= {411} if operation.body else set()
    statuses |= {413} if operation.body and operation.body != BYTES else set()
    statuses |= {401} if operation.auth.value else set()
    statuses |= {404} if "{" in operation.path else set()
    responses = {str(operation.status): success}
    for status in sorted(statuses):
        responses[str(status)] = {"description": ERRORS[status]}
        if status >= 400:
            responses[str(status)]["content"] = {JSON: {"schema": ref("Error")}}
    return responses


def _describe_success(operation: Operation) -> str:
    if operation.media == HTML:
        return "A page."
    if operation.media == BINARY:
        return "The file."
    if not operation.response:
        return "Done; the response has no body."
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", operation.response.removesuffix("[]"))
    return f"A list: {words}." if operation.response.endswith("[]") else f"{words}."
