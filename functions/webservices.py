"""Web services: list, look, delete."""

import azure.functions as func

from functions.deployment import deployment
from functions.replies import empty_reply, json_reply, replies
from functions.requests import SERVICES, open_service, open_workspace, read_body
from studio.endpoints import count_endpoints
from studio.webservices import (
    delete_web_service,
    list_web_service_objects,
    refuse_code_service,
    web_service_object,
)

blueprint = func.Blueprint()


@blueprint.route(SERVICES, methods=["GET"])
@replies
def show_web_services(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's web services."""
    workspace, _ = open_workspace(req)
    return json_reply(list_web_service_objects(deployment().storage, workspace.id))


@blueprint.route(f"{SERVICES}/{{service}}", methods=["GET"])
@replies
def show_web_service(req: func.HttpRequest) -> func.HttpResponse:
    """Answer one web service."""
    service, _ = open_service(req)
    counts = count_endpoints(deployment().storage, service.workspace_id)
    return json_reply(web_service_object(service, counts.get(service.id, 0)))


@blueprint.route(f"{SERVICES}/{{service}}", methods=["DELETE"])
@replies
def remove_web_service(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a web service with its endpoints."""
    service, _ = open_service(req)
    delete_web_service(deployment().storage, service)
    return empty_reply()


@blueprint.route(f"{SERVICES}/{{service}}", methods=["PUT"])
@replies
def publish_code(req: func.HttpRequest) -> func.HttpResponse:
    """Refuse a service made of code, with how to publish instead."""
    open_workspace(req)
    refuse_code_service(read_body(req))
