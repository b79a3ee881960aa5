"""Datasets: links for uploading a workspace's files directly to storage."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import PAGE, operation
from functions.http.replies import json_reply
from functions.http.requests import next_page, now, open_workspace, read_body, read_list_page
from studio.datasets.datasets import list_dataset_objects
from studio.datasets.workspace_data import start_upload

blueprint = func.Blueprint()


@operation(
    blueprint,
    "POST",
    "workspaces/{workspace}/datasets",
    auth=Auth.WORKSPACE_TOKEN,
    response="DatasetLinks",
    status=201,
    body="DatasetRequest",
)
def upload_dataset(req: func.HttpRequest) -> func.HttpResponse:
    """Return links for writing and reading a dataset with the given name."""
    workspace, _ = open_workspace(req)
    return json_reply(start_upload(current_app().storage, workspace.id, read_body(req).get("Name"), now=now()), 201)


@operation(blueprint, "GET", "workspaces/{workspace}/data", auth=Auth.WORKSPACE_TOKEN, response="Dataset[]", query=PAGE)
def show_datasets(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's datasets, by file name."""
    workspace, _ = open_workspace(req)
    found, after = list_dataset_objects(current_app().storage, workspace.id, read_list_page(req))
    return json_reply(found, next_page=next_page(req, after))
