"""Swagger documents and help pages of endpoints, for anyone."""

import azure.functions as func

from functions.deployment import deployment
from functions.replies import html_reply, json_reply, replies
from functions.requests import SERVICES, base_url
from studio.definitions import get_definition
from studio.endpoints import get_endpoint, get_named_endpoint
from studio.help_pages import CONTENT_SECURITY_POLICY, help_page
from studio.swagger import swagger_document
from studio.webservices import get_web_service

blueprint = func.Blueprint()

MANAGED = f"{SERVICES}/{{service}}/endpoints/{{endpoint}}"


@blueprint.route("workspaces/{workspace}/services/{endpoint}/swagger.json", methods=["GET"])
@replies
def show_swagger(req: func.HttpRequest) -> func.HttpResponse:
    """Answer the swagger document of an endpoint."""
    storage, route = deployment().storage, req.route_params
    endpoint = get_endpoint(storage, route["workspace"].lower(), route["endpoint"].lower())
    service = get_web_service(storage, endpoint.workspace_id, endpoint.service_id)
    definition = get_definition(storage, endpoint.definition)
    return json_reply(swagger_document(service, endpoint, definition, base_url(req)))


@blueprint.route(f"{MANAGED}/apidocument", methods=["GET"])
@replies
def show_api_document(req: func.HttpRequest) -> func.HttpResponse:
    """Answer the same document under the management address."""
    storage, route = deployment().storage, req.route_params
    service = get_web_service(storage, route["workspace"].lower(), route["service"].lower())
    endpoint = get_named_endpoint(storage, service.workspace_id, service.id, route["endpoint"])
    definition = get_definition(storage, endpoint.definition)
    return json_reply(swagger_document(service, endpoint, definition, base_url(req)))


@blueprint.route(f"apihelp/{MANAGED}/{{page?}}", methods=["GET"])
@replies
def show_help(req: func.HttpRequest) -> func.HttpResponse:
    """Answer a help page: score, jobs or update."""
    storage, route = deployment().storage, req.route_params
    service = get_web_service(storage, route["workspace"].lower(), route["service"].lower())
    endpoint = get_named_endpoint(storage, service.workspace_id, service.id, route["endpoint"])
    definition = get_definition(storage, endpoint.definition)
    page = help_page(route.get("page", "score").lower(), service, endpoint, definition, base_url(req))
    return html_reply(page, CONTENT_SECURITY_POLICY)
