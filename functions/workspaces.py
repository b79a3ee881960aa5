"""Workspaces: create, get and delete them, and regenerate their tokens."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import SLOT, operation
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import now, open_as_admin, open_workspace, read_body, workspace_id
from studio.registry.workspaces import create_workspace, put_workspace, read_slot, regenerate_token, workspace_object
from studio.transfer.deleting import delete_workspace

blueprint = func.Blueprint()


@operation(
    blueprint, "POST", "workspaces", auth=Auth.ADMINISTRATOR, response="Workspace", status=201, body="WorkspaceRequest"
)
def add_workspace(req: func.HttpRequest) -> func.HttpResponse:
    """Create a workspace; needs the administrator's token."""
    app, body = current_app(), read_body(req)
    open_as_admin(req)
    workspace = create_workspace(app.storage, str(body.get("FriendlyName") or ""), now=now())
    return json_reply(workspace_object(workspace, app.storage.secret), 201)


@operation(
    blueprint, "PUT", "workspaces/{workspace}", auth=Auth.ADMINISTRATOR, response="Workspace", body="WorkspaceRequest"
)
def ensure_workspace(req: func.HttpRequest) -> func.HttpResponse:
    """Get the workspace with the given id, creating it if it does not exist; needs the administrator's token."""
    app, body, id_ = current_app(), read_body(req), req.route_params["workspace"]
    open_as_admin(req)
    workspace = put_workspace(app.storage, id_, str(body.get("FriendlyName") or id_), now=now())
    return json_reply(workspace_object(workspace, app.storage.secret))


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}",
    auth=Auth.WORKSPACE_TOKEN,
    response="Workspace",
    audit=Audit.HOURLY,
)
def show_workspace(req: func.HttpRequest) -> func.HttpResponse:
    """Get a workspace with its tokens."""
    workspace, _ = open_workspace(req)
    return json_reply(workspace_object(workspace, current_app().storage.secret))


@operation(blueprint, "DELETE", "workspaces/{workspace}", auth=Auth.ADMINISTRATOR, status=204)
def remove_workspace(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a workspace with all that it owns; needs the administrator's token. May be repeated."""
    open_as_admin(req)
    delete_workspace(current_app(), workspace_id(req))
    return empty_reply()


@operation(
    blueprint,
    "POST",
    "workspaces/{workspace}/regeneratetoken",
    auth=Auth.WORKSPACE_TOKEN,
    response="Workspace",
    query=(SLOT,),
    errors=(409,),
)
def renew_workspace_token(req: func.HttpRequest) -> func.HttpResponse:
    """Regenerate the primary or secondary token (`?slot=`) of a workspace."""
    workspace, by = open_workspace(req)
    renewed = regenerate_token(current_app().storage, workspace.id, read_slot(req.params.get("slot")), by=by)
    return json_reply(workspace_object(renewed, current_app().storage.secret))
