"""Whatever no other function serves: the bare root, and JSON errors for unknown addresses."""

import azure.functions as func

from functions.http.replies import json_reply, replies
from studio.errors import NotFound

blueprint = func.Blueprint()

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


@blueprint.route("{*path}", methods=METHODS)
@replies
def unknown_address(req: func.HttpRequest) -> func.HttpResponse:
    """Greet at the root; answer NotFound elsewhere."""
    if not req.route_params.get("path"):
        # Classic: the R client looks at the bare root before anything else (reference 1.1).
        return json_reply({"service": "Perennial", "schemas": ["/schemas/experiment.json"]})
    raise NotFound("AddressNotFound", f"Nothing answers {req.method} {req.url.partition('?')[0]}.")
