"""Web services: list, get, export, import and delete them."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import SERVICES, now, open_service, open_workspace, read_body
from studio.registry.web_services import (
    list_web_service_objects,
    refuse_code_service,
    web_service_object,
)
from studio.rollout.endpoints import remove_service
from studio.transfer.exporting import service_document
from studio.transfer.importing import import_service

blueprint = func.Blueprint()


@operation(blueprint, "GET", SERVICES, auth=Auth.WORKSPACE_TOKEN, response="WebService[]")
def show_web_services(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's web services."""
    workspace, _ = open_workspace(req)
    app = current_app()
    return json_reply(list_web_service_objects(app.storage, app.endpoint_names, workspace.id))


@operation(blueprint, "GET", f"{SERVICES}/{{service}}", auth=Auth.WORKSPACE_TOKEN, response="WebService")
def show_web_service(req: func.HttpRequest) -> func.HttpResponse:
    """Get a web service."""
    service, _ = open_service(req)
    app = current_app()
    counts = app.endpoint_names.get(app.storage, service.workspace_id).counts
    return json_reply(web_service_object(service, counts.get(service.id, 0)))


@operation(blueprint, "GET", f"{SERVICES}/{{service}}/export", auth=Auth.WORKSPACE_TOKEN, response="ExportedWebService")
def export_web_service(req: func.HttpRequest) -> func.HttpResponse:
    """Get a web service with its definitions and endpoints, as another deployment can import it, without keys."""
    service, _ = open_service(req)
    return json_reply(service_document(current_app().storage, service))


@operation(
    blueprint,
    "POST",
    SERVICES,
    auth=Auth.WORKSPACE_TOKEN,
    response="ImportedWebService",
    status=201,
    body="ExportedWebService",
    errors=(409,),
)
def import_web_service(req: func.HttpRequest) -> func.HttpResponse:
    """Create an exported web service, or those of its endpoints that are missing; its models are imported before."""
    workspace, by = open_workspace(req)
    return json_reply(import_service(current_app(), workspace.id, read_body(req), by=by, now=now()), 201)


@operation(blueprint, "DELETE", f"{SERVICES}/{{service}}", auth=Auth.WORKSPACE_TOKEN, status=204)
def remove_web_service(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a web service with its endpoints and their retraining policies."""
    service, _ = open_service(req)
    remove_service(current_app(), service)
    return empty_reply()


@operation(
    blueprint,
    "PUT",
    f"{SERVICES}/{{service}}",
    auth=Auth.WORKSPACE_TOKEN,
    status=400,
    response="Error",
    body="CodeService",
)
def publish_code(req: func.HttpRequest) -> func.HttpResponse:
    """Reject a web service made of code with an error that says how to publish instead."""
    open_workspace(req)
    refuse_code_service(read_body(req))
