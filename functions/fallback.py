"""The root URL, and a JSON error for every URL that no other function serves."""

import azure.functions as func

from functions.http.replies import json_reply, replies
from studio.errors import NotFound

blueprint = func.Blueprint()

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


# Azure's host tries routes in the order of function names, so this name must come after all others.
@blueprint.route("{*path}", methods=METHODS)
@replies
def zz_unknown_address(req: func.HttpRequest) -> func.HttpResponse:
    """Return the service's name at the root; raise NotFound elsewhere."""
    if not req.route_params.get("path"):
        # Classic: the R client requests the root URL before anything else (reference 1.1).
        return json_reply({"service": "Perennial", "schemas": ["/schemas/experiment.json"]})
    raise NotFound("AddressNotFound", f"Nothing is served at {req.method} {req.url.partition('?')[0]}.")
