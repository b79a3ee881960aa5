"""Adding and removing endpoints of a web service.

References
----------
Section 4.4 of the original's wire contract.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument
from studio.registry.endpoints import (
    DEFAULT,
    Endpoint,
    Resource,
    create_endpoint,
    delete_endpoint,
    endpoint_id,
    get_named_endpoint,
    next_change,
)
from studio.registry.history import Change
from studio.registry.web_services import WebService
from studio.rollout.policies import delete_policy
from studio.rollout.settings import read_settings_changes
from studio.serving.app import App
from studio.storage.account import Storage


def new_endpoint(
    storage: Storage,
    service: WebService,
    name: str,
    definition: str,
    resources: tuple[Resource, ...],
    *,
    by: str,
    action: str,
    why: str,
    now: datetime,
    **settings: Any,
) -> Endpoint:
    """Create an endpoint of a service with its first history entry; Conflict if the name is taken."""
    blank = Endpoint(
        workspace_id=service.workspace_id,
        service_id=service.id,
        id=endpoint_id(service.workspace_id, service.id, name),
        name=name,
        created_at=now.isoformat(),
        definition=definition,
        change=Change(0, now.isoformat(), by, action, why),
    )
    first = next_change(blank, by=by, action=action, why=why, now=now, resources=resources)
    return create_endpoint(storage, replace(blank, change=first, resources=resources, **settings), now=now)


def add_endpoint(
    storage: Storage, service: WebService, name: str, body: dict[str, Any], *, by: str, now: datetime
) -> Endpoint:
    """Add an endpoint that starts with what the default endpoint does; Conflict if the name is taken."""
    default = get_named_endpoint(storage, service.workspace_id, service.id, DEFAULT)
    return new_endpoint(
        storage,
        service,
        name,
        default.definition,
        default.resources,
        by=by,
        action="create",
        why=f"endpoint {name} added",
        now=now,
        **read_settings_changes(body),
    )


def remove_endpoint(app: App, endpoint: Endpoint) -> None:
    """Delete an endpoint; BadArgument for the default one, which goes with its web service."""
    if endpoint.is_default:
        raise BadArgument(
            "BadParameterValue",
            "The default endpoint cannot be deleted. Delete the web service instead.",
            DEFAULT,
        )
    delete_policy(app.storage, endpoint)
    delete_endpoint(app.storage, endpoint)
    app.snapshots.forget(endpoint.workspace_id, endpoint.id)
