"""Versions of trained models: what is known of one, its evaluation, and its file."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import BINARY, Audit, Auth
from functions.http.operations import operation
from functions.http.replies import file_reply, json_reply
from functions.http.requests import open_workspace, read_body
from studio.registry.models import RegisteredModel, get_model
from studio.rollout.model_comparison import compare_versions
from studio.serving.model_facts import model_details, model_evaluation, read_version

blueprint = func.Blueprint()

VERSION = "workspaces/{workspace}/models/{model}/versions/{version}"


def _open(req: func.HttpRequest) -> tuple[str, RegisteredModel]:
    workspace, _ = open_workspace(req)
    storage, route = current_app().storage, req.route_params
    return workspace.id, read_version(storage, workspace.id, route["model"], route["version"])


@operation(blueprint, "GET", VERSION, auth=Auth.WORKSPACE_TOKEN, response="ModelVersionDetails")
def show_model_version(req: func.HttpRequest) -> func.HttpResponse:
    """Get a version of a trained model, with what its file says and the endpoints that use it."""
    return json_reply(model_details(current_app().storage, *_open(req)))


@operation(blueprint, "GET", f"{VERSION}/evaluation", auth=Auth.WORKSPACE_TOKEN, response="ModelEvaluation")
def show_model_evaluation(req: func.HttpRequest) -> func.HttpResponse:
    """Get the evaluation that is kept with a version of a trained model."""
    _, item = _open(req)
    return json_reply(model_evaluation(current_app().storage, item))


@operation(blueprint, "GET", f"{VERSION}/file", auth=Auth.WORKSPACE_TOKEN, media=BINARY)
def download_model(req: func.HttpRequest) -> func.HttpResponse:
    """Get the file of a version of a trained model."""
    _, item = _open(req)
    return file_reply(get_model(current_app().storage, item.model))


# Before add_model_version, whose route fits as well: routes are tried in the order of names.
@operation(
    blueprint,
    "POST",
    "workspaces/{workspace}/models/compare",
    auth=Auth.WORKSPACE_TOKEN,
    response="ModelComparison",
    body="ModelCompareRequest",
    audit=Audit.NOTHING,
)
def add_comparison(req: func.HttpRequest) -> func.HttpResponse:
    """Compare two versions of trained models of the workspace on the same rows."""
    workspace, _ = open_workspace(req)
    return json_reply(compare_versions(current_app(), workspace.id, read_body(req)))
