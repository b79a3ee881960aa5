"""Liveness and readiness probes, for load balancers and alerts; no key is needed.

Neither waits for the threads of other requests: a probe that did would have a busy process restarted.
"""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import azure.functions as func

from functions.http.app import current_app
from functions.http.host import host_facts
from functions.http.openapi_document import Auth
from functions.http.operations import operation
from functions.http.replies import json_reply
from functions.http.requests import now
from studio.storage.readiness import readiness

blueprint = func.Blueprint()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "ready")


def _readiness() -> dict[str, Any]:
    return readiness(current_app().storage, now=now()) | {"host": host_facts()}


@operation(blueprint, "GET", "health", auth=Auth.NOTHING, response="Health")
async def show_health(req: func.HttpRequest) -> func.HttpResponse:
    """Report that the process is alive; checks nothing else."""
    return json_reply({"status": "alive"})


@operation(blueprint, "GET", "ready", auth=Auth.NOTHING, response="Readiness")
async def show_readiness(req: func.HttpRequest) -> func.HttpResponse:
    """Report whether the app can do its work: 200 or 503, with the result of each check.

    If settings are missing, the response is the same error as on every other route.
    """
    found = await asyncio.get_running_loop().run_in_executor(_threads(), _readiness)
    return json_reply(found, 200 if found["ready"] else 503)
