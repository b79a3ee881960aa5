"""What a page shows of an endpoint: the form of a row, its model for a scorer in the browser, its calls."""

import azure.functions as func

from functions.endpoints import ENDPOINT
from functions.http.app import current_app
from functions.http.openapi_document import BINARY, Auth
from functions.http.operations import operation, query
from functions.http.replies import file_reply, json_reply
from functions.http.requests import now, open_endpoint
from studio.registry.access import is_workspace_token
from studio.serving.forms import form_object
from studio.serving.scorer_file import scorer_file
from studio.serving.traffic_rows import metrics_object, read_endpoint, read_hours

blueprint = func.Blueprint()

RESOURCE = query("resource", {"type": "string", "description": "The name of a trained model; the first if omitted."})
HOURS = query("hours", {"type": "string", "description": "How many hours, 1 to 168; 24 if omitted."})


@operation(blueprint, "GET", f"{ENDPOINT}/form", auth=Auth.KEY_OR_TOKEN, response="EndpointForm")
def show_form(req: func.HttpRequest) -> func.HttpResponse:
    """Get the form of an endpoint: its columns with values and ranges, a typical row, its parameters and outputs."""
    endpoint, by = open_endpoint(req)
    return json_reply(form_object(current_app(), endpoint, shows_rows=is_workspace_token(by)))


@operation(blueprint, "GET", f"{ENDPOINT}/model", auth=Auth.KEY_OR_TOKEN, media=BINARY, query=(RESOURCE,))
def download_scorer(req: func.HttpRequest) -> func.HttpResponse:
    """Get the model of an endpoint for a scorer elsewhere, such as a browser's."""
    endpoint, by = open_endpoint(req)
    resource = req.params.get("resource") or None
    return file_reply(scorer_file(current_app(), endpoint, resource, shows_rows=is_workspace_token(by)))


@operation(blueprint, "GET", f"{ENDPOINT}/metrics", auth=Auth.KEY_OR_TOKEN, response="EndpointMetrics", query=(HOURS,))
def show_metrics(req: func.HttpRequest) -> func.HttpResponse:
    """Get how many calls an endpoint had in the last hours, how long they took, and which failed."""
    endpoint, _ = open_endpoint(req)
    app, hours = current_app(), read_hours(req.params.get("hours"))
    app.traffic.refresh()
    found = read_endpoint(app.storage, endpoint.workspace_id, endpoint.id, hours, now=now())
    return json_reply(metrics_object(found))
