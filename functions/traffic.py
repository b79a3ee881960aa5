"""Traffic of an endpoint: which deployments answer, and which share of the rows each gets."""

import azure.functions as func

from functions.endpoint_forms import HOURS
from functions.endpoints import ENDPOINT
from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation
from functions.http.replies import json_reply
from functions.http.requests import now, open_endpoint, read_body
from studio.registry.endpoints import Endpoint
from studio.rollout.traffic import put_traffic, traffic_object
from studio.serving.traffic_rows import read_hours

blueprint = func.Blueprint()

TRAFFIC = f"{ENDPOINT}/traffic"


def _reply(req: func.HttpRequest, endpoint: Endpoint) -> func.HttpResponse:
    app, hours = current_app(), read_hours(req.params.get("hours"))
    app.traffic.refresh()
    return json_reply(traffic_object(app, endpoint, hours, now=now()))


@operation(blueprint, "GET", TRAFFIC, auth=Auth.KEY_OR_TOKEN, response="EndpointTraffic", query=(HOURS,))
def show_traffic(req: func.HttpRequest) -> func.HttpResponse:
    """Get the deployments of an endpoint with their shares, models and calls."""
    endpoint, _ = open_endpoint(req)
    return _reply(req, endpoint)


@operation(
    blueprint,
    "PUT",
    TRAFFIC,
    auth=Auth.KEY_OR_TOKEN,
    response="EndpointTraffic",
    body="TrafficRequest",
    query=(HOURS,),
    errors=(409,),
    outside=True,
)
def set_traffic(req: func.HttpRequest) -> func.HttpResponse:
    """Set which deployments of an endpoint answer and their shares, or promote one to answer all rows."""
    endpoint, by = open_endpoint(req)
    return _reply(req, put_traffic(current_app(), endpoint, read_body(req), by=by, now=now()))
