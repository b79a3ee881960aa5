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
    """Answer preflight requests; at the root, lead browsers to the Studio and tell others the service's name."""
    headers = preflight(req)
    if headers is not None:
        return empty_reply(headers=headers)
    if not req.route_params.get("path"):
        if "text/html" in req.headers.get("accept", ""):
            return empty_reply(302, {"location": "/studio/", "vary": "Accept"})
        # Classic: the R client requests the root URL before anything else (reference 1.1).
        return json_reply({"service": "Perennial", "schemas": ["/schemas/experiment.json"]})
    raise NotFound("AddressNotFound", f"Nothing is served at {req.method} {req.url.partition('?')[0]}.")
