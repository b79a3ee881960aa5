"""Drafts of experiments: list, get, save and delete them."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import PAGE, operation, query
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import next_page, open_workspace, read_body, read_list_page
from studio.experiments.drafts import (
    Draft,
    delete_draft,
    draft_object,
    get_draft,
    page_drafts,
    put_draft,
    read_condition,
)
from studio.experiments.editing import open_draft
from studio.experiments.experiments import kept_secrets
from studio.wire import read_flag

blueprint = func.Blueprint()

DRAFT = "workspaces/{workspace}/experiments/{experiment}/draft"
OR_START = query(
    "orStart",
    {"enum": ["true", "false"], "description": "`true` returns what a draft would begin with if there is none."},
)


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/drafts",
    auth=Auth.WORKSPACE_TOKEN,
    response="DraftSummary[]",
    query=PAGE,
)
def show_drafts(req: func.HttpRequest) -> func.HttpResponse:
    """List the drafts of the workspace, also of experiments that have never been saved."""
    workspace, _ = open_workspace(req)
    found, after = page_drafts(current_app().storage, workspace.id, read_list_page(req))
    return json_reply(found, next_page=next_page(req, after))


@operation(blueprint, "GET", DRAFT, auth=Auth.WORKSPACE_TOKEN, response="Draft", query=(OR_START,))
def show_draft(req: func.HttpRequest) -> func.HttpResponse:
    """Get the draft of an experiment."""
    workspace, _ = open_workspace(req)
    find = open_draft if read_flag(req.params.get("orStart", "false"), "orStart") else get_draft
    return _reply(find(current_app().storage, workspace.id, req.route_params["experiment"]))


@operation(
    blueprint,
    "PUT",
    DRAFT,
    auth=Auth.WORKSPACE_TOKEN,
    response="Draft",
    body="DraftRequest",
    errors=(412,),
    audit=Audit.HOURLY,
)
def save_draft(req: func.HttpRequest) -> func.HttpResponse:
    """Save what is being edited of an experiment, without checking it."""
    workspace, _ = open_workspace(req)
    storage, name, body = current_app().storage, req.route_params["experiment"], read_body(req)
    condition = read_condition(req.headers.get("if-match"), req.headers.get("if-none-match"))
    return _reply(put_draft(storage, workspace.id, name, body, condition, kept_secrets(storage, workspace.id, name)))


@operation(blueprint, "DELETE", DRAFT, auth=Auth.WORKSPACE_TOKEN, status=204, errors=(412,))
def remove_draft(req: func.HttpRequest) -> func.HttpResponse:
    """Delete the draft of an experiment; what was saved stays."""
    workspace, _ = open_workspace(req)
    condition = read_condition(req.headers.get("if-match"), None)
    delete_draft(current_app().storage, workspace.id, req.route_params["experiment"], condition)
    return empty_reply()


def _reply(draft: Draft) -> func.HttpResponse:
    reply = json_reply(draft_object(draft))
    if draft.etag:
        reply.headers["etag"] = draft.etag
    return reply
