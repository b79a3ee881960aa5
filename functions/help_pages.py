"""Swagger documents and help pages of endpoints; no key is needed."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import HTML, Auth
from functions.http.operations import operation
from functions.http.replies import html_reply, json_reply
from functions.http.requests import EXECUTION, SERVICES, base_url, workspace_id
from studio.classic.help_pages import CONTENT_SECURITY_POLICY, help_page
from studio.classic.swagger import swagger_document
from studio.registry.definitions import Definition, get_definition
from studio.registry.endpoints import Endpoint, get_endpoint, get_named_endpoint
from studio.registry.web_services import WebService, get_web_service

blueprint = func.Blueprint()

MANAGED = f"{SERVICES}/{{service}}/endpoints/{{endpoint}}"


def _find(req: func.HttpRequest) -> tuple[WebService, Endpoint, Definition]:
    """Return the service, endpoint and definition of a management URL; no credential is needed."""
    storage, route = current_app().storage, req.route_params
    service = get_web_service(storage, workspace_id(req), route["service"].lower())
    endpoint = get_named_endpoint(storage, service.workspace_id, service.id, route["endpoint"])
    return service, endpoint, get_definition(storage, endpoint.definition)


@operation(blueprint, "GET", f"{EXECUTION}/swagger.json", auth=Auth.NOTHING, response="Document")
def show_swagger(req: func.HttpRequest) -> func.HttpResponse:
    """Get the Swagger document of an endpoint."""
    storage, route = current_app().storage, req.route_params
    endpoint = get_endpoint(storage, workspace_id(req), route["endpoint"].lower())
    service = get_web_service(storage, endpoint.workspace_id, endpoint.service_id)
    definition = get_definition(storage, endpoint.definition)
    return json_reply(swagger_document(service, endpoint, definition, base_url(req)))


@operation(blueprint, "GET", f"{MANAGED}/apidocument", auth=Auth.NOTHING, response="Document")
def show_api_document(req: func.HttpRequest) -> func.HttpResponse:
    """Get the Swagger document of an endpoint by its management URL."""
    service, endpoint, definition = _find(req)
    return json_reply(swagger_document(service, endpoint, definition, base_url(req)))


# Classic: the R client reads the document at the help location (it changes only the original's host). Routes are tried
# in the order of the functions' names, so this one must come before show_help.
@operation(blueprint, "GET", f"apihelp/{MANAGED}/apidocument", auth=Auth.NOTHING, response="Document")
def show_api_document_as_help(req: func.HttpRequest) -> func.HttpResponse:
    """Get the Swagger document of an endpoint by its help location."""
    service, endpoint, definition = _find(req)
    return json_reply(swagger_document(service, endpoint, definition, base_url(req)))


@operation(blueprint, "GET", f"apihelp/{MANAGED}/{{page?}}", auth=Auth.NOTHING, media=HTML)
def show_help(req: func.HttpRequest) -> func.HttpResponse:
    """Get a help page of an endpoint: score, jobs or update."""
    name = req.route_params.get("page", "score").lower()
    page = help_page(name, *_find(req), base_url(req))
    return html_reply(page, CONTENT_SECURITY_POLICY)
