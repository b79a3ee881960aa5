"""Liveness and readiness probes, for load balancers and alerts; no key is needed."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation
from functions.http.replies import json_reply
from functions.http.requests import now
from studio.storage.readiness import readiness

blueprint = func.Blueprint()


@operation(blueprint, "GET", "health", auth=Auth.NOTHING, response="Health")
def show_health(req: func.HttpRequest) -> func.HttpResponse:
    """Report that the process is alive; checks nothing else."""
    return json_reply({"status": "alive"})


@operation(blueprint, "GET", "ready", auth=Auth.NOTHING, response="Readiness")
def show_readiness(req: func.HttpRequest) -> func.HttpResponse:
    """Report whether the app can do its work: 200 or 503, with the result of each check.

    If settings are missing, the response is the same error as on every other route.
    """
    found = readiness(current_app().storage, now=now())
    return json_reply(found, 200 if found["ready"] else 503)
