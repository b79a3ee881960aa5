"""Datasets in the Studio API: list, upload in blocks, create, get and delete them."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import operation, query
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import now, open_workspace, read_body, read_bytes, read_number
from studio.classic.module_outputs import promote_dataset
from studio.datasets.datasets import (
    TYPES,
    create_data_source,
    data_source_object,
    delete_data_source,
    get_data_source,
    put_block,
    start_block_upload,
)
from studio.datasets.sample_sources import get_with_samples, list_with_samples

blueprint = func.Blueprint()

DATASOURCES = "api/workspaces/{workspace}/datasources"
DATA_TYPE = query("dataTypeId", {"enum": list(TYPES)})


@operation(blueprint, "GET", DATASOURCES, auth=Auth.WORKSPACE_TOKEN, response="DataSource[]")
def show_data_sources(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's datasets, and the samples, whose ids do not begin with the workspace's."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    found = list_with_samples(storage, workspace.id)
    return json_reply([data_source_object(storage, source, now=moment) for source in found])


@operation(blueprint, "GET", f"{DATASOURCES}/{{dataset}}", auth=Auth.WORKSPACE_TOKEN, response="DataSource")
def show_data_source(req: func.HttpRequest) -> func.HttpResponse:
    """Get a dataset or a sample, with a link to its file."""
    workspace, _ = open_workspace(req)
    source = get_with_samples(current_app().storage, workspace.id, req.route_params["dataset"])
    return json_reply(data_source_object(current_app().storage, source, now=now()))


@operation(
    blueprint,
    "POST",
    DATASOURCES,
    auth=Auth.WORKSPACE_TOKEN,
    response="DataSourceId",
    body="DataSourceRequest",
    errors=(409,),
)
def add_data_source(req: func.HttpRequest) -> func.HttpResponse:
    """Create a dataset from an upload, or from a module's output, and return its id as a JSON string."""
    workspace, _ = open_workspace(req)
    storage, body = current_app().storage, read_body(req)
    if "ModuleNodeId" in body:
        return json_reply(promote_dataset(storage, workspace.id, body).id)
    return json_reply(create_data_source(storage, workspace.id, body, now=now()).id)


@operation(
    blueprint,
    "DELETE",
    f"{DATASOURCES}/family/{{dataset}}",
    auth=Auth.WORKSPACE_TOKEN,
    status=204,
    errors=(409,),
)
def remove_data_source(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a dataset by its family id; samples cannot be deleted."""
    workspace, _ = open_workspace(req)
    storage = current_app().storage
    delete_data_source(storage, get_data_source(storage, workspace.id, req.route_params["dataset"]))
    return empty_reply()


@operation(
    blueprint,
    "POST",
    "api/resourceuploads/workspaces/{workspace}",
    auth=Auth.WORKSPACE_TOKEN,
    response="UploadStarted",
    body="Bytes",
    query=(DATA_TYPE,),
)
def begin_upload(req: func.HttpRequest) -> func.HttpResponse:
    """Start an upload and return its id; the body, if any, is the whole file."""
    workspace, _ = open_workspace(req)
    data_type = req.params.get("dataTypeId", "")
    return json_reply({"Id": start_block_upload(current_app().storage, workspace.id, data_type, read_bytes(req))})


@operation(
    blueprint,
    "POST",
    "api/blobuploads/workspaces/{workspace}",
    auth=Auth.WORKSPACE_TOKEN,
    response="UploadStarted",
    body="Bytes",
    query=(
        query("uploadId", {"type": "string"}),
        query("blockId", {"type": "integer"}),
        query("numberOfBlocks", {"type": "integer"}),
        DATA_TYPE,
    ),
    audit=Audit.HOURLY,
)
def upload_block(req: func.HttpRequest) -> func.HttpResponse:
    """Store one block of an upload."""
    workspace, _ = open_workspace(req)
    upload, index = req.params.get("uploadId", ""), read_number(req, "blockId")
    put_block(current_app().storage, workspace.id, upload, index, read_number(req, "numberOfBlocks"), read_bytes(req))
    return json_reply({"Id": upload})
