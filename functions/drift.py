"""How far the rows of an endpoint are from those its model was trained on."""

import azure.functions as func

from functions.endpoints import ENDPOINT
from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation, query
from functions.http.replies import json_reply
from functions.http.requests import now, open_service
from studio.monitoring.drift_report import drift_report, read_span
from studio.registry.endpoints import get_named_endpoint
from studio.wire import read_moment

blueprint = func.Blueprint()

TIMES = (
    query("since", {"type": "string", "description": "A time in ISO 8601; 30 days ago if omitted, by hour 48 hours."}),
    query("until", {"type": "string", "description": "A time in ISO 8601; now if omitted."}),
    query("by", {"enum": ["hour", "day"], "description": "The length of a window; a day if omitted."}),
    query("model", {"type": "string", "description": "The hash of a model; the one in use if omitted."}),
)


@operation(
    blueprint,
    "GET",
    f"{ENDPOINT}/drift",
    auth=Auth.WORKSPACE_TOKEN,
    response="Drift",
    query=TIMES,
    errors=(400,),
)
def show_drift(req: func.HttpRequest) -> func.HttpResponse:
    """Get how far an endpoint's inputs and scores are from the training's, by column and by hour or day."""
    service, _ = open_service(req)
    storage, given, moment = current_app().storage, req.params, now()
    endpoint = get_named_endpoint(storage, service.workspace_id, service.id, req.route_params["endpoint"])
    since, until = (read_moment(given[name], name) if given.get(name) else None for name in ("since", "until"))
    span = read_span(given.get("by") or "day", since, until, now=moment)
    return json_reply(drift_report(storage, endpoint, span, given.get("model") or None, now=moment))
