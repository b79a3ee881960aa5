"""The OpenAPI document of the app; no key is needed."""

import azure.functions as func

from functions.http.openapi_document import Auth, openapi_document
from functions.http.operations import OPERATIONS, operation
from functions.http.replies import json_reply
from functions.http.requests import base_url
from studio.settings import app_version

blueprint = func.Blueprint()


@operation(blueprint, "GET", "openapi.json", auth=Auth.NOTHING, response="Document")
def show_openapi(req: func.HttpRequest) -> func.HttpResponse:
    """Get the OpenAPI 3.1 document of all operations."""
    return json_reply(openapi_document(OPERATIONS, base_url(req), app_version()))
