"""Traffic of an endpoint: which deployments answer, which share of the rows each gets, a candidate in
the shadow, and plans that move them."""

import azure.functions as func

from functions.endpoint_forms import HOURS
from functions.endpoints import ENDPOINT
from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation, query
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import now, open_endpoint, read_body
from studio.registry.endpoints import Endpoint
from studio.rollout.promotion import get_promotion, put_promotion, stop_promotion
from studio.rollout.promotion_plan import find_plan, plan_object
from studio.rollout.shadow import put_shadow, shadow_object, stop_shadow
from studio.rollout.shadow_state import find_state
from studio.rollout.traffic import put_traffic, traffic_object
from studio.serving.traffic_rows import read_hours
from studio.wire import read_flag

blueprint = func.Blueprint()

TRAFFIC, PROMOTION, SHADOW = (f"{ENDPOINT}/{name}" for name in ("traffic", "promotion", "shadow"))
OR_NULL = query("orNull", {"enum": ["true", "false"], "description": "`true` returns null if there never was one."})


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


@operation(blueprint, "GET", PROMOTION, auth=Auth.KEY_OR_TOKEN, response="FoundPromotion", query=(OR_NULL,))
def show_promotion(req: func.HttpRequest) -> func.HttpResponse:
    """Get the latest promotion plan of an endpoint: where it is, and what each step showed."""
    endpoint, _ = open_endpoint(req)
    storage = current_app().storage
    if read_flag(req.params.get("orNull", "false"), "orNull"):
        found = find_plan(storage, endpoint.workspace_id, endpoint.id)
        return json_reply(found and plan_object(found))
    return json_reply(plan_object(get_promotion(storage, endpoint)))


@operation(
    blueprint,
    "PUT",
    PROMOTION,
    auth=Auth.KEY_OR_TOKEN,
    response="Promotion",
    body="PromotionRequest",
    errors=(409,),
    outside=True,
)
def start_promotion(req: func.HttpRequest) -> func.HttpResponse:
    """Start a promotion plan: a candidate answers a growing share of the rows as long as it passes its gates."""
    endpoint, by = open_endpoint(req)
    return json_reply(plan_object(put_promotion(current_app(), endpoint, read_body(req), by=by, now=now())))


@operation(blueprint, "DELETE", PROMOTION, auth=Auth.KEY_OR_TOKEN, status=204)
def end_promotion(req: func.HttpRequest) -> func.HttpResponse:
    """Stop the promotion plan of an endpoint: the current models answer all rows again."""
    endpoint, by = open_endpoint(req)
    stop_promotion(current_app(), endpoint, by=by, now=now())
    return empty_reply()


@operation(blueprint, "GET", SHADOW, auth=Auth.KEY_OR_TOKEN, response="FoundShadow", query=(OR_NULL,))
def show_shadow(req: func.HttpRequest) -> func.HttpResponse:
    """Get the candidate in an endpoint's shadow, and how its scores compare with those that were answered."""
    endpoint, _ = open_endpoint(req)
    or_null = read_flag(req.params.get("orNull", "false"), "orNull")
    if or_null and find_state(current_app().storage, endpoint.workspace_id, endpoint.id) is None:
        return json_reply(None)
    return json_reply(shadow_object(current_app(), endpoint, now=now()))


@operation(
    blueprint,
    "PUT",
    SHADOW,
    auth=Auth.KEY_OR_TOKEN,
    response="Shadow",
    body="ShadowRequest",
    errors=(409,),
    outside=True,
)
def set_shadow(req: func.HttpRequest) -> func.HttpResponse:
    """Have a candidate score what an endpoint scores, from its prediction log, without answering anybody."""
    endpoint, by = open_endpoint(req)
    changed = put_shadow(current_app(), endpoint, read_body(req), by=by, now=now())
    return json_reply(shadow_object(current_app(), changed, now=now()))


@operation(blueprint, "DELETE", SHADOW, auth=Auth.KEY_OR_TOKEN, status=204)
def end_shadow(req: func.HttpRequest) -> func.HttpResponse:
    """End the shadow of an endpoint; what was compared stays."""
    endpoint, by = open_endpoint(req)
    stop_shadow(current_app(), endpoint, by=by, now=now())
    return empty_reply()
