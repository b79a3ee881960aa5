"""Trained models: the versions of a named model in a workspace, importing one from a file, publishing one by name."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import PAGE, SEARCH, UPDATE_EXISTING, operation, query
from functions.http.replies import json_reply
from functions.http.requests import next_page, now, open_workspace, read_body, read_bytes, read_list_page, read_number
from studio.model.environment import environment_object
from studio.overview.models import list_model_objects
from studio.registry.models import list_models, registered_model_object
from studio.rollout.imported_models import import_foreign_model
from studio.rollout.model_services import publish_model
from studio.rollout.publish import publication_object
from studio.storage.pages import read_search
from studio.transfer.importing import import_model
from studio.wire import read_flag

blueprint = func.Blueprint()

MODEL = "workspaces/{workspace}/models/{model}"
VERSION = query("version", {"type": "string", "description": "The version to publish; the latest if omitted."})


@operation(blueprint, "GET", MODEL, auth=Auth.WORKSPACE_TOKEN, response="ModelVersion[]")
def show_model_versions(req: func.HttpRequest) -> func.HttpResponse:
    """List the versions of a trained model, oldest first."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    found = list_models(storage, workspace.id, req.route_params["model"])
    return json_reply([registered_model_object(storage, item, now=moment) for item in found])


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/models",
    auth=Auth.WORKSPACE_TOKEN,
    response="Model[]",
    query=(SEARCH, *PAGE),
)
def show_models(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's trained models by name, each with its latest version and the endpoints that use it."""
    workspace, _ = open_workspace(req)
    search, page = read_search(req.params.get("q")), read_list_page(req)
    found, after = list_model_objects(current_app().storage, workspace.id, search, page)
    return json_reply(found, next_page=next_page(req, after))


@operation(
    blueprint,
    "POST",
    MODEL,
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


@operation(
    blueprint,
    "POST",
    f"{MODEL}/import",
    auth=Auth.WORKSPACE_TOKEN,
    response="ImportedModel",
    status=201,
    body="ModelImport",
    errors=(409,),
    outside=True,
)
def import_model_from_elsewhere(req: func.HttpRequest) -> func.HttpResponse:
    """Import a model that was trained elsewhere, an ONNX graph, as the next version of its name."""
    workspace, _ = open_workspace(req)
    app, moment, name = current_app(), now(), req.route_params["model"]
    item, found = import_foreign_model(app, workspace.id, name, read_body(req), now=moment)
    return json_reply(registered_model_object(app.storage, item, now=moment) | found, 201)


@operation(
    blueprint,
    "POST",
    f"{MODEL}/webservice",
    auth=Auth.WORKSPACE_TOKEN,
    response="Publication",
    query=(VERSION, UPDATE_EXISTING),
    errors=(409,),
)
def publish_named_model(req: func.HttpRequest) -> func.HttpResponse:
    """Publish a trained model as a predictive web service, without an experiment."""
    workspace, by = open_workspace(req)
    version = read_number(req, "version") if req.params.get("version") else None
    update = read_flag(req.params.get("updateExistingWebService", "false"), "updateExistingWebService")
    name, app = req.route_params["model"], current_app()
    endpoint = publish_model(app, workspace.id, name, version=version, update_existing=update, by=by, now=now())
    return json_reply(publication_object(endpoint))


@operation(blueprint, "GET", "workspaces/{workspace}/environments", auth=Auth.WORKSPACE_TOKEN, response="Environment[]")
def show_environments(req: func.HttpRequest) -> func.HttpResponse:
    """List the environments that score models, of which there is one: versions and operator sets."""
    open_workspace(req)
    return json_reply([environment_object()])
