"""What goes on in a workspace, for a page that shows it at a glance."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation, query
from functions.http.replies import json_reply
from functions.http.requests import now, open_workspace
from studio.overview.activity import activity_object, read_since
from studio.overview.directory import Directories

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
    moment = now()
    since = read_since(req.params.get("since"), now=moment)
    return json_reply(activity_object(current_app().storage, DIRECTORIES, workspace.id, since, now=moment))
