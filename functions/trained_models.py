"""Trained models: the versions of a named model in a workspace."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import PAGE, operation
from functions.http.replies import json_reply
from functions.http.requests import next_page, now, open_workspace, read_list_page
from studio.registry.model_list import list_model_objects
from studio.registry.models import list_models, registered_model_object

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
