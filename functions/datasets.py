"""Datasets: links for uploading a workspace's files directly to storage, and how their files are read."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import CSV, Auth
from functions.http.operations import CHOICE, PAGE, SEARCH, TABLE_FORMAT, WINDOW, operation, query
from functions.http.replies import json_reply, rows_reply
from functions.http.requests import (
    next_page,
    now,
    open_workspace,
    read_body,
    read_list_page,
    read_rows_choice,
    read_rows_window,
)
from studio.datasets.datasets import list_dataset_objects
from studio.datasets.labelling import put_labels
from studio.datasets.readings import get_profile
from studio.datasets.reference_sources import find_source, get_reference, put_reference
from studio.datasets.summaries import get_summary, list_dataset_rows, write_dataset_rows
from studio.datasets.workspace_data import check_dataset_name, start_upload
from studio.storage.account import Storage
from studio.storage.pages import read_search
from studio.tables.row_downloads import FORMATS, read_format

blueprint = func.Blueprint()

DATASET = "workspaces/{workspace}/datasets/{dataset}"
LABEL = query("Label", {"type": "string", "description": "The column to predict: columns that give it away are named."})


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
    return json_reply(start_upload(current_app().storage, workspace.id, read_body(req), now=now()), 201)


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/datasets/{dataset}/profile",
    auth=Auth.WORKSPACE_TOKEN,
    response="DatasetProfile",
    query=(LABEL,),
    outside=True,
)
def show_dataset_profile(req: func.HttpRequest) -> func.HttpResponse:
    """Get how a dataset is read: encoding, separator, the type and format of each column, and warnings."""
    place = _place(req)
    return json_reply(get_profile(*place, req.params.get("Label", ""), find_source(*place)))


@operation(
    blueprint,
    "PUT",
    f"{DATASET}/reference",
    auth=Auth.WORKSPACE_TOKEN,
    response="DatasetReference",
    body="DatasetReferenceRequest",
)
def set_reference(req: func.HttpRequest) -> func.HttpResponse:
    """Make a dataset a reference to data in a datastore, replacing one of that name; nothing is called."""
    return json_reply(put_reference(*_place(req), read_body(req)))


@operation(
    blueprint, "GET", f"{DATASET}/reference", auth=Auth.WORKSPACE_TOKEN, response="VersionedReference", outside=True
)
def show_reference(req: func.HttpRequest) -> func.HttpResponse:
    """Get where a dataset's data is, if it is a reference, and its version now."""
    return json_reply(get_reference(*_place(req)))


@operation(
    blueprint,
    "GET",
    f"{DATASET}/summary",
    auth=Auth.WORKSPACE_TOKEN,
    response="DatasetSummary",
    errors=(413,),
    outside=True,
)
def show_dataset_summary(req: func.HttpRequest) -> func.HttpResponse:
    """Get what there is to show of a dataset: its columns with statistics, and its first rows."""
    return json_reply(get_summary(*_place(req)))


@operation(
    blueprint,
    "GET",
    f"{DATASET}/rows",
    auth=Auth.WORKSPACE_TOKEN,
    response="DatasetRows",
    query=WINDOW,
    errors=(413,),
    outside=True,
)
def show_dataset_rows(req: func.HttpRequest) -> func.HttpResponse:
    """List rows of a dataset."""
    return json_reply(list_dataset_rows(*_place(req), read_rows_window(req)))


@operation(
    blueprint,
    "GET",
    f"{DATASET}/table",
    auth=Auth.WORKSPACE_TOKEN,
    media=CSV,
    query=(TABLE_FORMAT, *CHOICE),
    errors=(413,),
    outside=True,
)
def download_dataset_rows(req: func.HttpRequest) -> func.HttpResponse:
    """Get rows of a dataset as a file: CSV, Parquet or Arrow."""
    format_ = read_format(req.params.get("format"))
    storage, workspace_id, name = _place(req)
    content, left_out = write_dataset_rows(storage, workspace_id, name, read_rows_choice(req), format_)
    return rows_reply(content, FORMATS[format_], f"{name.rpartition('.')[0] or name}.{format_}", left_out)


@operation(
    blueprint,
    "PUT",
    f"{DATASET}/labels",
    auth=Auth.WORKSPACE_TOKEN,
    response="DatasetLabelled",
    body="DatasetLabels",
    errors=(412,),
)
def label_dataset(req: func.HttpRequest) -> func.HttpResponse:
    """Write labels into a column of a dataset, if it is still the one that was labelled."""
    return json_reply(put_labels(*_place(req), read_body(req), req.headers.get("if-match", "").strip()))


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/data",
    auth=Auth.WORKSPACE_TOKEN,
    response="Dataset[]",
    query=(SEARCH, *PAGE),
)
def show_datasets(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's datasets, by file name."""
    workspace, _ = open_workspace(req)
    search, page = read_search(req.params.get("q")), read_list_page(req)
    found, after = list_dataset_objects(current_app().storage, workspace.id, search, page)
    return json_reply(found, next_page=next_page(req, after))


def _place(req: func.HttpRequest) -> tuple[Storage, str, str]:
    workspace, _ = open_workspace(req)
    name = req.route_params["dataset"]
    check_dataset_name(name)
    return current_app().storage, workspace.id, name
