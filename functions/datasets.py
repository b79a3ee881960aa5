"""Datasets: links to upload a workspace's files straight to storage."""

import azure.functions as func

from functions.deployment import deployment
from functions.replies import json_reply, replies
from functions.requests import now, open_workspace, read_body
from studio.datasets import start_upload

blueprint = func.Blueprint()


@blueprint.route("workspaces/{workspace}/datasets", methods=["POST"])
@replies
def upload_dataset(req: func.HttpRequest) -> func.HttpResponse:
    """Answer links to write and to read a dataset of the given name."""
    workspace, _ = open_workspace(req)
    return json_reply(start_upload(deployment().storage, workspace.id, read_body(req).get("Name"), now=now()), 201)
