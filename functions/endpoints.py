"""Endpoints: list, add, get, compare, update, refresh, roll back, delete them, show their history, renew keys."""

from itertools import islice

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import AFTER, LIMIT, SEARCH, SLOT, operation
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import (
    SERVICES,
    base_url,
    next_page,
    now,
    open_endpoint,
    open_service,
    read_body,
    read_list_page,
)
from studio.errors import BadArgument
from studio.registry.access import is_workspace_token
from studio.registry.endpoint_names import search_endpoints
from studio.registry.endpoints import Endpoint, regenerate_key
from studio.registry.history import change_object, list_history
from studio.registry.workspaces import read_slot
from studio.rollout.endpoints import add_endpoint, remove_endpoint
from studio.rollout.refresh import refresh_endpoint
from studio.rollout.rollback import rollback_endpoint
from studio.rollout.settings import endpoint_object
from studio.rollout.update_resource import compare_with_used, patch_endpoint
from studio.storage.keys import is_id
from studio.storage.pages import ALL, read_search
from studio.wire import read_flag

blueprint = func.Blueprint()

ENDPOINTS = f"{SERVICES}/{{service}}/endpoints"
ENDPOINT = f"{ENDPOINTS}/{{endpoint}}"


def _reply(req: func.HttpRequest, endpoint: Endpoint, status: int = 200) -> func.HttpResponse:
    app = current_app()
    shown = endpoint_object(app.storage, endpoint, base_url(req), now=now())
    return json_reply(shown, status)


@operation(
    blueprint,
    "GET",
    ENDPOINTS,
    auth=Auth.WORKSPACE_TOKEN,
    response="Endpoint[]",
    query=(LIMIT, AFTER, SEARCH),
    errors=(400,),
    audit=Audit.HOURLY,
)
def show_endpoints(req: func.HttpRequest) -> func.HttpResponse:
    """List the endpoints of a web service in the order of their ids, all of them or one page."""
    service, _ = open_service(req)
    app, moment, base = current_app(), now(), base_url(req)
    page = read_list_page(req, ALL)
    if page.after and not is_id(page.after):
        raise BadArgument("BadParameterValue", f"after must be the id of an endpoint, got {page.after!r}.", "after")
    wanted = read_search(req.params.get("q"))
    place = service.workspace_id, service.id
    found = list(islice(search_endpoints(app.storage, app.endpoint_names, *place, wanted, page.after), page.limit))
    shown = [endpoint_object(app.storage, item, base, now=moment) for item in found]
    return json_reply(shown, next_page=next_page(req, found[-1].id if len(found) == page.limit else None))


@operation(blueprint, "GET", ENDPOINT, auth=Auth.KEY_OR_TOKEN, response="Endpoint", audit=Audit.HOURLY)
def show_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Get an endpoint."""
    endpoint, _ = open_endpoint(req)
    return _reply(req, endpoint)


@operation(
    blueprint,
    "PUT",
    ENDPOINT,
    auth=Auth.WORKSPACE_TOKEN,
    response="Endpoint",
    status=201,
    body="EndpointSettings",
    errors=(409,),
)
def create_named_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Add an endpoint to a web service."""
    service, by = open_service(req)
    name = req.route_params["endpoint"]
    return _reply(req, add_endpoint(current_app().storage, service, name, read_body(req), by=by, now=now()), 201)


@operation(
    blueprint,
    "PATCH",
    ENDPOINT,
    auth=Auth.KEY_OR_TOKEN,
    response="Endpoint",
    body="EndpointUpdate",
    errors=(409,),
    outside=True,
)
def update_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Update an endpoint's trained models or settings."""
    endpoint, by = open_endpoint(req)
    return _reply(req, patch_endpoint(current_app(), endpoint, read_body(req), by=by, now=now()))


@operation(
    blueprint,
    "POST",
    f"{ENDPOINT}/compare",
    auth=Auth.KEY_OR_TOKEN,
    response="Comparison",
    body="CompareRequest",
    errors=(409,),
    outside=True,
    audit=Audit.NOTHING,
)
def compare_with_model_in_use(req: func.HttpRequest) -> func.HttpResponse:
    """Compare a trained model with the one that an endpoint uses, on the same rows."""
    endpoint, by = open_endpoint(req)
    shows_rows = is_workspace_token(by)
    return json_reply(compare_with_used(current_app(), endpoint, read_body(req), now=now(), shows_rows=shows_rows))


@operation(blueprint, "DELETE", ENDPOINT, auth=Auth.KEY_OR_TOKEN, status=204)
def remove_named_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Delete an endpoint."""
    endpoint, _ = open_endpoint(req)
    remove_endpoint(current_app(), endpoint)
    return empty_reply()


@operation(
    blueprint,
    "POST",
    f"{ENDPOINT}/refresh",
    auth=Auth.KEY_OR_TOKEN,
    status=204,
    body="RefreshRequest",
    errors=(304, 409),
)
def refresh(req: func.HttpRequest) -> func.HttpResponse:
    """Copy the default endpoint's definition to an endpoint; 304 if nothing had to change."""
    endpoint, by = open_endpoint(req)
    overwrite = read_flag(read_body(req).get("OverwriteResources", False), "OverwriteResources")
    changed = refresh_endpoint(current_app(), endpoint, overwrite_resources=overwrite, by=by, now=now())
    return empty_reply(204 if changed else 304)


@operation(
    blueprint,
    "POST",
    f"{ENDPOINT}/rollback",
    auth=Auth.KEY_OR_TOKEN,
    response="Endpoint",
    body="RollbackRequest",
    errors=(409,),
)
def rollback(req: func.HttpRequest) -> func.HttpResponse:
    """Restore an endpoint's previous trained models."""
    endpoint, by = open_endpoint(req)
    sequence = read_body(req).get("Sequence")
    changed = rollback_endpoint(current_app(), endpoint, sequence=sequence, by=by, now=now())
    return _reply(req, changed)


@operation(blueprint, "GET", f"{ENDPOINT}/history", auth=Auth.KEY_OR_TOKEN, response="Change[]")
def show_history(req: func.HttpRequest) -> func.HttpResponse:
    """List the changes to an endpoint, oldest first."""
    endpoint, _ = open_endpoint(req)
    return json_reply(
        [change_object(change) for change in list_history(current_app().storage, endpoint.id, endpoint.change)]
    )


@operation(
    blueprint,
    "POST",
    f"{ENDPOINT}/regeneratekey",
    auth=Auth.KEY_OR_TOKEN,
    response="Endpoint",
    query=(SLOT,),
    errors=(409,),
)
def renew_endpoint_key(req: func.HttpRequest) -> func.HttpResponse:
    """Regenerate the primary or secondary key (`?slot=`) of an endpoint."""
    endpoint, by = open_endpoint(req)
    storage, slot = current_app().storage, read_slot(req.params.get("slot"))
    changed = regenerate_key(storage, endpoint, slot, by=by, now=now())
    current_app().snapshots.replace(changed)
    return _reply(req, changed)
