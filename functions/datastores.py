"""Datastores: named connections of a workspace to blobs, tables, databases and web addresses."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import now, open_workspace, read_body
from studio.datasets.datastore_trials import try_datastore
from studio.datasets.datastores import (
    datastore_object,
    get_datastore,
    list_datastores,
    put_datastore,
)
from studio.overview.datastore_users import remove_datastore as remove_unused

blueprint = func.Blueprint()

DATASTORES = "workspaces/{workspace}/datastores"
DATASTORE = f"{DATASTORES}/{{datastore}}"


@operation(blueprint, "GET", DATASTORES, auth=Auth.WORKSPACE_TOKEN, response="Datastore[]")
def show_datastores(req: func.HttpRequest) -> func.HttpResponse:
    """List the datastores of a workspace, by name."""
    workspace, _ = open_workspace(req)
    return json_reply([datastore_object(item) for item in list_datastores(current_app().storage, workspace.id)])


@operation(blueprint, "GET", DATASTORE, auth=Auth.WORKSPACE_TOKEN, response="Datastore")
def show_datastore(req: func.HttpRequest) -> func.HttpResponse:
    """Get a datastore; its secret is never shown."""
    workspace, _ = open_workspace(req)
    found = get_datastore(current_app().storage, workspace.id, req.route_params["datastore"])
    return json_reply(datastore_object(found))


@operation(
    blueprint,
    "PUT",
    DATASTORE,
    auth=Auth.WORKSPACE_TOKEN,
    response="Datastore",
    body="DatastoreRequest",
    errors=(409,),
)
def set_datastore(req: func.HttpRequest) -> func.HttpResponse:
    """Store a datastore, replacing one of that name; nothing is called."""
    workspace, _ = open_workspace(req)
    storage, name = current_app().storage, req.route_params["datastore"]
    return json_reply(datastore_object(put_datastore(storage, workspace.id, name, read_body(req), now=now())))


@operation(blueprint, "DELETE", DATASTORE, auth=Auth.WORKSPACE_TOKEN, status=204, errors=(409,))
def remove_datastore(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a datastore with its secret, if nothing uses it; what it leads to stays."""
    workspace, _ = open_workspace(req)
    storage = current_app().storage
    remove_unused(storage, get_datastore(storage, workspace.id, req.route_params["datastore"]))
    return empty_reply()


@operation(
    blueprint,
    "POST",
    f"{DATASTORE}/test",
    auth=Auth.WORKSPACE_TOKEN,
    response="DatastoreTest",
    body="DatastoreTestRequest",
    outside=True,
)
def test_datastore(req: func.HttpRequest) -> func.HttpResponse:
    """Call what a datastore leads to, and say whether it responds."""
    workspace, _ = open_workspace(req)
    storage, name = current_app().storage, req.route_params["datastore"]
    return json_reply(try_datastore(storage, workspace.id, name, read_body(req)))
