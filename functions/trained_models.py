"""Trained models: the versions of a named model in a workspace, and importing one from a file."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import PAGE, operation
from functions.http.replies import json_reply
from functions.http.requests import next_page, now, open_workspace, read_bytes, read_list_page
from studio.registry.model_list import list_model_objects
from studio.registry.models import list_models, registered_model_object
from studio.transfer.importing import import_model

blueprint = func.Blueprint()


@operation(
    blueprint, "GET", "workspaces/{workspace}/models/{model}", auth=Auth.WORKSPACE_TOKEN, response="ModelVersion[]"
)
def show_model_versions(req: func.HttpRequest) -> func.HttpResponse:
    """List the versions of a trained model, oldest first."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    found = list_models(storage, workspace.id, req.route_params["model"])
    return json_reply([registered_model_object(storage, item, now=moment) for item in found])


@operation(blueprint, "GET", "workspaces/{workspace}/models", auth=Auth.WORKSPACE_TOKEN, response="Model[]", query=PAGE)
def show_models(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's trained models by name, each with its latest version and the endpoints that use it."""
    workspace, _ = open_workspace(req)
    found, after = list_model_objects(current_app().storage, workspace.id, read_list_page(req))
    return json_reply(found, next_page=next_page(req, after))


@operation(
    blueprint,
    "POST",
    "workspaces/{workspace}/models/{model}",
    auth=Auth.WORKSPACE_TOKEN,
    response="ModelVersion",
    status=201,
    body="Bytes",
    errors=(409,),
)
def add_model_version(req: func.HttpRequest) -> func.HttpResponse:
    """Import a trained model from the .ilearner file in the body, as the next version of its name."""
    workspace, _ = open_workspace(req)
    app, moment, name = current_app(), now(), req.route_params["model"]
    item = import_model(app, workspace.id, name, read_bytes(req), now=moment)
    return json_reply(registered_model_object(app.storage, item, now=moment), 201)
