"""Reading HTTP requests: the body, the base URL for links, and the resources that the caller's credential opens."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import azure.functions as func

from functions.http.app import current_app
from functions.http.audit import opened
from studio.errors import BadArgument, LengthRequired
from studio.experiments.experiments import SavedExperiment, get_deletable, get_experiment
from studio.pipelines.documents import SavedDocument, get_factory_document
from studio.registry.access import (
    check_arm_token,
    check_endpoint_management,
    check_workspace_token,
    opens_workspace,
)
from studio.registry.endpoints import Endpoint, get_named_endpoint
from studio.registry.naming import TokenHints, endpoint_hint, hinting, service_hint
from studio.registry.web_services import WebService, find_arm_service, get_web_service
from studio.registry.workspaces import Workspace, check_workspace_id, get_workspace
from studio.storage.keys import admin_token, check_admin, is_id, read_bearer, same_key
from studio.storage.pages import DEFAULT_LIMIT, Page, read_page
from studio.tables.row_pages import Choice, Window, read_choice, read_window
from studio.wire import parse_document, parse_marking_repeats, read_flag

API_VERSION = "2.0"
ADMINISTRATOR = "administrator's token"
# Classic: Data Factory uses both `webservices` and `services` in management URLs (reference 4.1).
SERVICES = "workspaces/{workspace}/{collection:regex(^(webservices|services)$)}"
HOST = re.compile(r"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
TOKEN_HINTS = TokenHints()
# Classic: Azure Resource Manager's web services are called at URLs under their subscription (reference 1.2).
EXECUTION = "{root:regex(^(workspaces|subscriptions)$)}/{workspace}/services/{endpoint}"


def now() -> datetime:
    """Return the current time of the app's clock, in UTC."""
    return current_app().storage.clock()


def read_body(req: func.HttpRequest) -> dict[str, Any]:
    """Return the JSON object in the body; {} if the body is empty."""
    body = read_bytes(req)
    return parse_document(body) if body.strip() else {}


def read_marked_body(req: func.HttpRequest) -> dict[str, Any]:
    """Return the JSON object in the body, with objects that have a name twice marked; {} if the body is empty."""
    body = read_bytes(req)
    return parse_marking_repeats(body) if body.strip() else {}


def read_bytes(req: func.HttpRequest) -> bytes:
    """Return the body.

    Raises
    ------
    LengthRequired
        If the body was sent in chunks: Azure Functions passes on bodies with a Content-Length only.
    """
    body: bytes = req.get_body()
    if not body and req.headers.get("transfer-encoding"):
        raise LengthRequired(
            "ContentLengthRequired",
            "The request body was sent with Transfer-Encoding: chunked, of which Azure Functions passes nothing on. "
            "Send it with a Content-Length: as one string or byte array, not as a stream or generator. In .NET, send a "
            "StringContent instead of calling PostAsJsonAsync.",
        )
    return body


def read_number(req: func.HttpRequest, name: str) -> int:
    """Return a query parameter as a whole number; BadArgument if it is missing or not a whole number."""
    text = req.params.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadArgument("InvalidQueryParameter", f"{name} must be a whole number, got {text!r}.", name)
    return int(text)


def read_list_page(req: func.HttpRequest, default: int = DEFAULT_LIMIT) -> Page:
    """Return which part of a list the query parameters `limit` and `after` ask for."""
    return read_page(req.params.get("limit"), req.params.get("after"), default)


def read_rows_window(req: func.HttpRequest) -> Window:
    """Return which rows the query parameters `offset`, `limit`, `sort` and `where` ask for."""
    return read_window(req.params.get("offset"), req.params.get("limit"), read_rows_choice(req))


def read_rows_choice(req: func.HttpRequest) -> Choice:
    """Return which rows, in which order, the query parameters `sort` and `where` ask for."""
    return read_choice(req.params.get("sort"), req.params.get("where"))


def next_page(req: func.HttpRequest, after: str | None) -> str | None:
    """Return the URL of a list's next page, with the request's other query parameters; None after the last page."""
    if after is None:
        return None
    return f"{req.url.partition('?')[0]}?{urlencode({**req.params, 'after': after})}"


def check_api_version(req: func.HttpRequest) -> None:
    """Raise BadArgument (BadVersionCall) for an API version other than 2.0; clients may omit the version."""
    version = req.params.get("api-version", API_VERSION)
    if version != API_VERSION:
        raise BadArgument("BadVersionCall", f"api-version must be {API_VERSION}, got {version!r}.", "api-version")


def base_url(req: func.HttpRequest) -> str:
    """Return the URL at which the caller reaches this app: the configured public URL, or the request's own."""
    settings = current_app().storage.settings
    if settings.public_url:
        return settings.public_url
    return request_base_url(req.url, req.headers, settings.forwarded_hosts)


def request_base_url(url: str, headers: Mapping[str, str], forwarded_hosts: Collection[str]) -> str:
    """Return the URL at which a caller reached the app, from a request's own URL and headers.

    Parameters
    ----------
    forwarded_hosts
        The hosts that the header X-Forwarded-Host may name. Any caller can send it, and what it says would be in the
        links of a page that others read.

    Raises
    ------
    BadArgument
        If the request names no host, or one that no URL can have.
    """
    forwarded = headers.get("x-forwarded-host", "").strip().lower()
    host = forwarded if forwarded in forwarded_hosts else headers.get("host", "")
    if not HOST.fullmatch(host):
        raise BadArgument("BadParameterValue", f"The header Host must be a host name, got {host[:100]!r}.", "Host")
    # The platform's front end ends TLS, and says so here.
    scheme = headers.get("x-forwarded-proto", "").strip().lower()
    return f"{scheme if scheme in ('http', 'https') else url.partition(':')[0]}://{host}"


def workspace_id(req: func.HttpRequest, name: str = "workspace") -> str:
    """Return the workspace id from the route; a subscription's GUID has the same digits with dashes."""
    return str(req.route_params[name]).lower().replace("-", "")


def open_workspace(req: func.HttpRequest) -> tuple[Workspace, str]:
    """Return the workspace from the route and the name of the token that opens it."""
    storage, header = current_app().storage, _authorization(req)
    workspace = get_workspace(storage, workspace_id(req))
    with hinting(lambda: TOKEN_HINTS.hint(storage, header)):
        by = check_workspace_token(storage.secret, workspace, header)
    opened(workspace.id, by)
    return workspace, by


def open_audit(req: func.HttpRequest) -> str:
    """Return the id of the workspace whose audit log a caller may read: of a deleted one only the administrator."""
    storage, header = current_app().storage, _authorization(req)
    if same_key(read_bearer(header), admin_token(storage.secret)):
        check_workspace_id(workspace_id(req))
        return workspace_id(req)
    return open_workspace(req)[0].id


def open_as_admin(req: func.HttpRequest) -> None:
    """Check that the caller has the administrator's token."""
    check_admin(current_app().storage.secret, req.headers.get("authorization"))
    named = str(req.route_params.get("workspace", ""))
    opened(named if is_id(named) else "", ADMINISTRATOR)


def open_service(req: func.HttpRequest) -> tuple[WebService, str]:
    """Return the web service from the route and the name of the workspace token that opens it."""
    workspace, by = open_workspace(req)
    return _get_service(req, workspace), by


def _get_service(req: func.HttpRequest, workspace: Workspace) -> WebService:
    """Return the web service from the route, for a caller that has shown a workspace token."""
    storage, name = current_app().storage, req.route_params["service"]
    with hinting(lambda: service_hint(storage, workspace.id, name)):
        return get_web_service(storage, workspace.id, name.lower())


def open_experiment(req: func.HttpRequest) -> tuple[SavedExperiment, str]:
    """Return the experiment from the route and the name of the workspace token that opens it."""
    workspace, by = open_workspace(req)
    find = get_deletable if req.method == "DELETE" else get_experiment
    return find(current_app().storage, workspace.id, req.route_params["experiment"]), by


def read_publication(req: func.HttpRequest) -> dict[str, Any]:
    """Return the kind of web service to publish and whether to update an existing one, from query parameters."""
    update = read_flag(req.params.get("updateExistingWebService", "false"), "updateExistingWebService")
    return {"kind": req.params.get("kind", "predictive").lower(), "update_existing": update}


def open_endpoint(req: func.HttpRequest) -> tuple[Endpoint, str]:
    """Return the endpoint from a management route and the name of the key or token that opens it."""
    storage, header, name = current_app().storage, _authorization(req), req.route_params["endpoint"]
    workspace = get_workspace(storage, workspace_id(req))
    if opens_workspace(storage.secret, workspace, header):
        service = _get_service(req, workspace)
        with hinting(lambda: endpoint_hint(storage, workspace.id, service.id, name)):
            endpoint = get_named_endpoint(storage, workspace.id, service.id, name)
    else:
        # Who has no workspace token is told no other names.
        service = get_web_service(storage, workspace.id, req.route_params["service"].lower())
        endpoint = get_named_endpoint(storage, workspace.id, service.id, name)
    with hinting(lambda: TOKEN_HINTS.hint(storage, header)):
        by = check_endpoint_management(storage.secret, workspace, endpoint, header)
    opened(workspace.id, by)
    return endpoint, by


def open_workspace_endpoint(req: func.HttpRequest) -> tuple[Endpoint, str]:
    """Return the endpoint from a management route, if the caller has a workspace token, and the token's name."""
    service, by = open_service(req)
    storage, name = current_app().storage, req.route_params["endpoint"]
    with hinting(lambda: endpoint_hint(storage, service.workspace_id, service.id, name)):
        return get_named_endpoint(storage, service.workspace_id, service.id, name), by


def open_document(req: func.HttpRequest, kind: str | None = None) -> SavedDocument:
    """Return the Data Factory document from the route, if the caller has a workspace token."""
    workspace, _ = open_workspace(req)
    route = req.route_params
    return get_factory_document(current_app().storage, workspace.id, kind or route["kind"].lower(), route["name"])


def open_arm_service(req: func.HttpRequest) -> tuple[WebService, Endpoint, str]:
    """Return the web service from an Azure resource's route, its endpoint, and the name of the token that opens it."""
    app = current_app()
    workspace = get_workspace(app.storage, workspace_id(req, "subscription"))
    by = check_arm_token(app.storage.settings.arm_token, app.storage.secret, workspace, _authorization(req))
    opened(workspace.id, by)
    return *find_arm_service(app.storage, workspace.id, req.route_params["resource"]), by


def _authorization(req: func.HttpRequest) -> str | None:
    # Classic: Studio clients send the workspace token in a separate header (reference 1.3).
    for name in ("authorization", "x-ms-metaanalytics-authorizationtoken"):
        if req.headers.get(name):
            return str(req.headers[name])
    return None
