"""What an endpoint was asked and answered: its prediction log, truths that come later, and live metrics."""

from urllib.parse import urlencode

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation, query
from functions.http.replies import empty_reply, json_reply, page_reply
from functions.http.requests import SERVICES, now, open_endpoint, open_workspace_endpoint, read_body
from studio.monitoring.log_pages import (
    FORMATS,
    LogPage,
    Span,
    exact_time,
    read_format,
    read_page,
    read_page_size,
    read_span,
    write_page,
)
from studio.monitoring.log_view import LATEST, ORDERS, View, read_order
from studio.monitoring.metrics import live_metrics, live_metrics_object
from studio.monitoring.settings import (
    delete_prediction_log,
    get_prediction_log,
    prediction_log_object,
    put_prediction_log,
)
from studio.wire import read_flag

blueprint = func.Blueprint()

ENDPOINT = f"{SERVICES}/{{service}}/endpoints/{{endpoint}}"
SETTINGS = f"{ENDPOINT}/predictionlog"
SINCE = query("since", {"type": "string", "description": "From when: ISO 8601, or so long ago: `30m`, `24h`, `7d`."})
UNTIL = query("until", {"type": "string", "description": "Before when, likewise; now if omitted."})
COLUMNS = query("columns", {"type": "string", "description": "Names of columns with commas between; all if omitted."})
LIMIT = query("limit", {"type": "string", "description": "About how many rows, 1 to 100000; 1000 if omitted."})
FORMAT = query("format", {"enum": list(FORMATS)})
ORDER = query("order", {"enum": list(ORDERS), "description": "Which row comes first; the oldest if omitted."})
DEPLOYMENT = query("deployment", {"type": "string", "description": "Only rows that this deployment scored."})
TRUTHS = query("truths", {"enum": ["true", "false"], "description": "`true` adds what turned out to be right."})
OR_NULL = query("orNull", {"enum": ["true", "false"], "description": "`true` returns null if the log is off."})


@operation(blueprint, "GET", SETTINGS, auth=Auth.WORKSPACE_TOKEN, response="FoundPredictionLog", query=(OR_NULL,))
def show_prediction_log(req: func.HttpRequest) -> func.HttpResponse:
    """Get the settings of an endpoint's prediction log."""
    endpoint, _ = open_workspace_endpoint(req)
    or_null = read_flag(req.params.get("orNull", "false"), "orNull")
    settings = endpoint.prediction_log if or_null else get_prediction_log(endpoint)
    return json_reply(settings and prediction_log_object(settings))


@operation(blueprint, "PUT", SETTINGS, auth=Auth.WORKSPACE_TOKEN, response="PredictionLog", body="PredictionLogRequest")
def set_prediction_log(req: func.HttpRequest) -> func.HttpResponse:
    """Switch an endpoint's prediction log on, or change its settings."""
    endpoint, by = open_workspace_endpoint(req)
    changed = put_prediction_log(current_app().storage, endpoint, read_body(req), by=by, now=now())
    current_app().snapshots.replace(changed)
    return json_reply(prediction_log_object(get_prediction_log(changed)))


@operation(blueprint, "DELETE", SETTINGS, auth=Auth.WORKSPACE_TOKEN, status=204)
def remove_prediction_log(req: func.HttpRequest) -> func.HttpResponse:
    """Switch an endpoint's prediction log off; rows that it has stay until they expire."""
    endpoint, by = open_workspace_endpoint(req)
    current_app().snapshots.replace(delete_prediction_log(current_app().storage, endpoint, by=by, now=now()))
    return empty_reply()


@operation(
    blueprint,
    "GET",
    f"{ENDPOINT}/log",
    auth=Auth.WORKSPACE_TOKEN,
    response="LogPage",
    query=(SINCE, UNTIL, COLUMNS, LIMIT, FORMAT, ORDER, DEPLOYMENT, TRUTHS),
)
def show_log(req: func.HttpRequest) -> func.HttpResponse:
    """List an endpoint's logged rows in order of time, the oldest or the latest first."""
    endpoint, _ = open_workspace_endpoint(req)
    span = read_span(req.params.get("since"), req.params.get("until"), now=now())
    columns = [name for name in req.params.get("columns", "").split(",") if name] or None
    format_, limit = read_format(req.params.get("format")), read_page_size(req.params.get("limit"))
    view = View(
        req.params.get("deployment", "").lower(),
        read_order(req.params.get("order")) == LATEST,
        read_flag(req.params.get("truths", "false"), "truths"),
    )
    page = read_page(current_app().storage, endpoint, span, limit, columns, view)
    headers = {"x-perennial-missing-rows": str(page.missing), "x-perennial-until": exact_time(page.until)}
    return page_reply(write_page(page, format_), FORMATS[format_], _next(req, page, span, view), headers)


def _next(req: func.HttpRequest, page: LogPage, span: Span, view: View) -> str | None:
    if page.complete:
        return None
    since, until = (span.since, page.since) if view.latest_first else (page.until, span.until)
    asked = {**req.params, "since": exact_time(since), "until": exact_time(until)}
    return f"{req.url.partition('?')[0]}?{urlencode(asked)}"


@operation(
    blueprint,
    "POST",
    f"{ENDPOINT}/feedback",
    auth=Auth.KEY_OR_TOKEN,
    response="FeedbackTaken",
    body="Feedback",
)
def take_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Take what turned out to be right for rows that were scored, by their ids."""
    endpoint, _ = open_endpoint(req)
    return json_reply({"Truths": current_app().truths.add(endpoint, read_body(req), now=now())})


@operation(
    blueprint,
    "GET",
    f"{ENDPOINT}/livemetrics",
    auth=Auth.KEY_OR_TOKEN,
    response="LiveMetrics",
    query=(SINCE, UNTIL),
)
def show_live_metrics(req: func.HttpRequest) -> func.HttpResponse:
    """Get the metrics of an endpoint's models on the truths that came, by day and model."""
    endpoint, _ = open_endpoint(req)
    span = read_span(req.params.get("since") or "30d", req.params.get("until"), now=now())
    found = live_metrics(current_app().storage, endpoint, since=span.since, until=span.until)
    return json_reply(live_metrics_object(found))
