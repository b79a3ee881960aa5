"""What handlers read from requests: bodies, the caller's address for links, whom the credential admits."""

from datetime import UTC, datetime
from typing import Any

import azure.functions as func

from functions.deployment import deployment
from studio.access import check_endpoint_management, check_workspace_token
from studio.endpoints import Endpoint, get_named_endpoint
from studio.experiments import SavedExperiment, get_experiment
from studio.scoring import parse_json
from studio.webservices import WebService, get_web_service
from studio.workspaces import Workspace, get_workspace

# Classic: Data Factory writes both `webservices` and `services` in management addresses (reference 4.1).
SERVICES = "workspaces/{workspace}/{collection:regex(^(webservices|services)$)}"


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def read_body(req: func.HttpRequest) -> dict[str, Any]:
    """Return the JSON object of the body; {} if there is none."""
    body = req.get_body()
    return parse_json(body) if body.strip() else {}


def base_url(req: func.HttpRequest) -> str:
    """Return how the caller reaches this app: the configured public URL, or the request's own."""
    configured = deployment().settings.public_url
    if configured:
        return configured
    scheme = req.headers.get("x-forwarded-proto", req.url.partition(":")[0])
    return f"{scheme}://{req.headers.get('x-forwarded-host') or req.headers['host']}"


def open_workspace(req: func.HttpRequest) -> tuple[Workspace, str]:
    """Return the workspace of the route and the name of the credential that opens it."""
    workspace = get_workspace(deployment().storage, req.route_params["workspace"].lower())
    return workspace, check_workspace_token(deployment().secret, workspace, _authorization(req))


def open_service(req: func.HttpRequest) -> tuple[WebService, str]:
    """Return the web service of the route and the name of the workspace token that opens it."""
    workspace, by = open_workspace(req)
    return get_web_service(deployment().storage, workspace.id, req.route_params["service"].lower()), by


def open_experiment(req: func.HttpRequest) -> tuple[SavedExperiment, str]:
    """Return the experiment of the route and the name of the workspace token that opens it."""
    workspace, by = open_workspace(req)
    return get_experiment(deployment().storage, workspace.id, req.route_params["experiment"]), by


def open_endpoint(req: func.HttpRequest) -> tuple[Endpoint, str]:
    """Return the endpoint of a management route and the name of the key or token that opens it."""
    app = deployment()
    workspace = get_workspace(app.storage, req.route_params["workspace"].lower())
    service = get_web_service(app.storage, workspace.id, req.route_params["service"].lower())
    endpoint = get_named_endpoint(app.storage, workspace.id, service.id, req.route_params["endpoint"])
    return endpoint, check_endpoint_management(app.secret, workspace, endpoint, _authorization(req))


def _authorization(req: func.HttpRequest) -> str | None:
    # Classic: Studio clients send the workspace token in a header of its own (reference 1.3).
    for name in ("authorization", "x-ms-metaanalytics-authorizationtoken"):
        if req.headers.get(name):
            return str(req.headers[name])
    return None
