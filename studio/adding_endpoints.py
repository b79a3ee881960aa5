"""Adding and removing endpoints of a web service.

References
----------
Section 4.4 of the original's wire contract.
"""

from datetime import datetime
from typing import Any

from studio.deployment import Deployment
from studio.endpoint_settings import read_settings_changes
from studio.endpoints import DEFAULT, Endpoint, delete_endpoint, get_named_endpoint
from studio.errors import BadArgument
from studio.publishing import new_endpoint
from studio.webservices import WebService


def add_endpoint(
    deployment: Deployment, service: WebService, name: str, body: dict[str, Any], *, by: str, now: datetime
) -> Endpoint:
    """Add an endpoint that starts with what the default endpoint does; Conflict if the name is taken."""
    default = get_named_endpoint(deployment.storage, service.workspace_id, service.id, DEFAULT)
    return new_endpoint(
        deployment.storage,
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


def remove_endpoint(deployment: Deployment, endpoint: Endpoint) -> None:
    """Delete an endpoint; BadArgument for the default one, which goes with its web service."""
    if endpoint.is_default:
        raise BadArgument(
            "BadParameterValue",
            "The default endpoint cannot be deleted. Delete the web service instead.",
            DEFAULT,
        )
    delete_endpoint(deployment.storage, endpoint)
    deployment.snapshots.forget(endpoint.workspace_id, endpoint.id)
