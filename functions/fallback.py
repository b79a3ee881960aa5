"""The root URL, browsers' preflight requests, and a JSON error for every URL that no other function serves."""

import azure.functions as func

from functions.http.cors import preflight
from functions.http.replies import empty_reply, json_reply, replies
from studio.errors import NotFound

blueprint = func.Blueprint()

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


# Azure's host tries routes in the order of function names, so this name must come after all others.
@blueprint.route("{*path}", methods=METHODS)
@replies
def zz_unknown_address(req: func.HttpRequest) -> func.HttpResponse:
    """Return the service's name at the root, answer browsers' preflight requests, and raise NotFound otherwise."""
    headers = preflight(req)
    if headers is not None:
        return empty_reply(headers=headers)
    if not req.route_params.get("path"):
        # Classic: the R client requests the root URL before anything else (reference 1.1).
        return json_reply({"service": "Perennial", "schemas": ["/schemas/experiment.json"]})
    raise NotFound("AddressNotFound", f"Nothing is served at {req.method} {req.url.partition('?')[0]}.")
