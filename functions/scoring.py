"""Request-response scoring."""

import asyncio
import sys

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import API_VERSION, DETAILS, EXPLAIN, FORMAT, operation
from functions.http.replies import body_reply
from functions.http.requests import EXECUTION, check_api_version, read_bytes, workspace_id
from studio.registry.access import check_endpoint_key
from studio.serving.app import App
from studio.serving.extras import read_extras
from studio.serving.graph_scoring import score_with_modules
from studio.serving.scoring import refuse_first_version, score_async
from studio.serving.snapshots import Snapshot
from studio.telemetry import timed_scoring

blueprint = func.Blueprint()

# Compute threads, such as a swap's, yield to requests after this time; callers notice Python's default of 5 ms.
SWITCH_SECONDS = 0.0001


@operation(
    blueprint,
    "POST",
    f"{EXECUTION}/execute",
    auth=Auth.ENDPOINT_KEY,
    response="ScoringResponse",
    body="ScoringRequest",
    query=(FORMAT, API_VERSION, DETAILS, EXPLAIN),
)
async def execute(req: func.HttpRequest) -> func.HttpResponse:
    """Score the rows of a request with the endpoint's trained models."""
    check_api_version(req)
    app = current_app()
    workspace, endpoint = workspace_id(req), req.route_params["endpoint"].lower()
    snapshot = app.snapshots.find(workspace, endpoint) or await _load(app, workspace, endpoint)
    check_endpoint_key(snapshot.keys, req.headers.get("authorization"))
    body, watched = read_bytes(req), snapshot.endpoint
    swagger = req.params.get("format", "").lower() == "swagger"
    extras = read_extras(app, snapshot, req.headers, req.params)
    with timed_scoring(watched.id), app.diagnostics.watch(watched, body), app.limits.enter(watched, extras.routing):
        if snapshot.definition.models:
            scored = await asyncio.to_thread(
                score_with_modules, app, snapshot, body, swagger=swagger, routing=extras.routing
            )
        else:
            scored = await score_async(snapshot, app.models, body, swagger=swagger, extras=extras)
    return body_reply(scored, headers=extras.headers)


async def _load(app: App, workspace: str, endpoint: str) -> Snapshot:
    # On the first request rather than at start-up, since background processes serve no requests.
    sys.setswitchinterval(SWITCH_SECONDS)
    return await asyncio.to_thread(app.snapshots.load, workspace, endpoint)


@operation(blueprint, "POST", f"{EXECUTION}/score", auth=Auth.NOTHING, status=400, response="Error", body="Bytes")
def score_as_before_2_0(req: func.HttpRequest) -> func.HttpResponse:
    """Reject a request of the API before version 2.0 with an error that says what to send instead."""
    refuse_first_version()
