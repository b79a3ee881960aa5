"""What goes on in a workspace, for a page that shows it at a glance, and its retraining policies."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import PAGE, SEARCH, operation, query
from functions.http.replies import json_reply
from functions.http.requests import next_page, now, open_workspace, read_list_page
from studio.overview.activity import activity_object, read_since
from studio.overview.directory import Directories
from studio.overview.policies import list_policies
from studio.storage.pages import read_search

blueprint = func.Blueprint()

DIRECTORIES = Directories()
SINCE = query("since", {"type": "string", "description": "A time in ISO 8601; 24 hours ago if omitted or earlier."})


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/activity",
    auth=Auth.WORKSPACE_TOKEN,
    response="Activity",
    query=(SINCE,),
)
def show_activity(req: func.HttpRequest) -> func.HttpResponse:
    """Get what runs in the workspace, what ended lately, what is due next, and how much of everything there is."""
    workspace, _ = open_workspace(req)
    app, moment = current_app(), now()
    since = read_since(req.params.get("since"), now=moment)
    found = activity_object(app.storage, DIRECTORIES, app.endpoint_names, workspace.id, since, now=moment)
    return json_reply(found)


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/policies",
    auth=Auth.WORKSPACE_TOKEN,
    response="PolicySummary[]",
    query=(SEARCH, *PAGE),
)
def show_workspace_policies(req: func.HttpRequest) -> func.HttpResponse:
    """List the retraining policies of all endpoints of the workspace, with their next and last run."""
    workspace, _ = open_workspace(req)
    app, search, page = current_app(), read_search(req.params.get("q")), read_list_page(req)
    names = DIRECTORIES.get(app.storage, app.endpoint_names, workspace.id)
    found, after = list_policies(app.storage, names, workspace.id, search, page)
    return json_reply(found, next_page=next_page(req, after))
