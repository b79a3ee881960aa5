"""What a page needs to try an endpoint: the form of a row, and its model for a scorer in the browser."""

import azure.functions as func

from functions.endpoints import ENDPOINT
from functions.http.app import current_app
from functions.http.openapi_document import BINARY, Auth
from functions.http.operations import operation, query
from functions.http.replies import file_reply, json_reply
from functions.http.requests import open_endpoint
from studio.registry.access import is_workspace_token
from studio.serving.forms import form_object
from studio.serving.scorer_file import scorer_file

blueprint = func.Blueprint()

RESOURCE = query("resource", {"type": "string", "description": "The name of a trained model; the first if omitted."})


@operation(blueprint, "GET", f"{ENDPOINT}/form", auth=Auth.KEY_OR_TOKEN, response="EndpointForm")
def show_form(req: func.HttpRequest) -> func.HttpResponse:
    """Get the form of an endpoint: its columns with values and ranges, a typical row, its parameters and outputs."""
    endpoint, by = open_endpoint(req)
    return json_reply(form_object(current_app(), endpoint, shows_rows=is_workspace_token(by)))


@operation(blueprint, "GET", f"{ENDPOINT}/model", auth=Auth.KEY_OR_TOKEN, media=BINARY, query=(RESOURCE,))
def download_scorer(req: func.HttpRequest) -> func.HttpResponse:
    """Get the model of an endpoint for a scorer elsewhere, such as a browser's."""
    endpoint, _ = open_endpoint(req)
    return file_reply(scorer_file(current_app(), endpoint, req.params.get("resource") or None))
