"""Adding endpoints to a web service and deleting them.

References
----------
Section 4.4 of the original's wire contract.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument
from studio.monitoring.removal import delete_kept_rows
from studio.registry.deployments import Resource
from studio.registry.endpoints import (
    DEFAULT,
    Endpoint,
    create_endpoint,
    delete_endpoint,
    endpoint_id,
    get_named_endpoint,
    list_endpoints,
    next_change,
)
from studio.registry.history import Cause, Change
from studio.registry.web_services import WebService, delete_web_service
from studio.rollout.policies import delete_policy
from studio.rollout.promotion import delete_promotion
from studio.rollout.settings import read_settings_changes
from studio.rollout.shadow import delete_shadow
from studio.serving.app import App
from studio.storage.account import Storage


def new_endpoint(
    storage: Storage,
    service: WebService,
    name: str,
    definition: str,
    resources: tuple[Resource, ...],
    cause: Cause,
    *,
    now: datetime,
    **settings: Any,
) -> Endpoint:
    """Create an endpoint of a web service with its first history entry; Conflict if the name is taken.

    Parameters
    ----------
    settings
        Further fields of Endpoint; the others get their defaults.
    """
    blank = Endpoint(
        workspace_id=service.workspace_id,
        service_id=service.id,
        id=endpoint_id(service.workspace_id, service.id, name),
        name=name,
        created_at=now.isoformat(),
        definition=definition,
        change=Change(0, now.isoformat(), cause.by, cause.action, cause.why),
    )
    first = next_change(blank, cause, now=now, resources=resources)
    return create_endpoint(storage, replace(blank, change=first, resources=resources, **settings), now=now)


def add_endpoint(
    storage: Storage, service: WebService, name: str, body: dict[str, Any], *, by: str, now: datetime
) -> Endpoint:
    """Add an endpoint with the default endpoint's definition and models; Conflict if the name is taken."""
    default = get_named_endpoint(storage, service.workspace_id, service.id, DEFAULT)
    return new_endpoint(
        storage,
        service,
        name,
        default.definition,
        default.resources,
        Cause(by, "create", f"endpoint {name} added"),
        now=now,
        **read_settings_changes(body),
    )


def remove_endpoint(app: App, endpoint: Endpoint) -> None:
    """Delete an endpoint; BadArgument for the default one, which is deleted with its web service."""
    if endpoint.is_default:
        raise BadArgument(
            "BadParameterValue",
            "The default endpoint cannot be deleted. Delete the web service instead.",
            DEFAULT,
        )
    _delete(app, endpoint)


def remove_service(app: App, service: WebService) -> None:
    """Delete a web service with its endpoints and their retraining policies; may be repeated after an interruption.

    The default endpoint comes last, so that a service left over from an interruption works until it is deleted again.
    """
    endpoints = list_endpoints(app.storage, service.workspace_id, service.id)
    for endpoint in sorted(endpoints, key=lambda item: item.is_default):
        _delete(app, endpoint)
    delete_web_service(app.storage, service)


def _delete(app: App, endpoint: Endpoint) -> None:
    delete_policy(app.storage, endpoint)
    delete_promotion(app.storage, endpoint)
    delete_shadow(app.storage, endpoint)
    delete_endpoint(app.storage, endpoint)
    delete_kept_rows(app.storage, endpoint.workspace_id, endpoint.id)
    app.snapshots.forget(endpoint.workspace_id, endpoint.id)
