"""Web services as Azure resources: get, update and list keys."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import operation
from functions.http.replies import json_reply
from functions.http.requests import base_url, now, open_arm_service, read_body
from studio.classic.arm import arm_keys, arm_object, patch_arm_service
from studio.registry.endpoints import Endpoint
from studio.registry.web_services import WebService

blueprint = func.Blueprint()

SERVICE = (
    "subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearning/webServices/{resource}"
)


def _reply(req: func.HttpRequest, service: WebService, endpoint: Endpoint) -> func.HttpResponse:
    route = req.route_params
    address = (route["subscription"], route["group"], route["resource"])
    return json_reply(arm_object(current_app().storage, service, endpoint, address, base_url(req), now=now()))


@operation(blueprint, "GET", SERVICE, auth=Auth.ARM, response="ArmWebService")
def show_arm_service(req: func.HttpRequest) -> func.HttpResponse:
    """Get a web service as an Azure resource."""
    service, endpoint, _ = open_arm_service(req)
    return _reply(req, service, endpoint)


@operation(
    blueprint,
    "PATCH",
    SERVICE,
    auth=Auth.ARM,
    response="ArmWebService",
    body="ArmUpdate",
    errors=(409,),
    outside=True,
)
def update_arm_service(req: func.HttpRequest) -> func.HttpResponse:
    """Update the trained models or settings of a web service."""
    service, endpoint, by = open_arm_service(req)
    return _reply(req, service, patch_arm_service(current_app(), endpoint, read_body(req), by=by, now=now()))


@operation(blueprint, "GET", f"{SERVICE}/listKeys", auth=Auth.ARM, response="ArmKeys", audit=Audit.HOURLY)
def show_arm_keys(req: func.HttpRequest) -> func.HttpResponse:
    """List the keys of a web service."""
    _, endpoint, _ = open_arm_service(req)
    return json_reply(arm_keys(endpoint, current_app().storage.secret))
