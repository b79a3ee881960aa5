"""Refreshing: copies the default endpoint's definition to another endpoint after the service was published again.

References
----------
Section 4.5 of the original's wire contract.
"""

from dataclasses import replace
from datetime import datetime

from studio.errors import BadArgument, InvalidOperation
from studio.registry.endpoints import DEFAULT, Endpoint, change_endpoint, get_named_endpoint, next_change
from studio.registry.history import Cause
from studio.serving.app import App


def refresh_endpoint(app: App, endpoint: Endpoint, *, overwrite_resources: bool, by: str, now: datetime) -> bool:
    """Copy the default endpoint's definition to another endpoint; False if nothing had to change.

    Parameters
    ----------
    overwrite_resources
        Whether to replace the endpoint's trained models as well.

    Raises
    ------
    BadArgument
        For the default endpoint.
    InvalidOperation
        If the endpoint has PreventUpdate set (UpdatePrevented).
    """
    if endpoint.is_default:
        raise BadArgument(
            "BadParameterValue",
            "The default endpoint cannot be refreshed. Publish the experiment again instead.",
        )
    default = get_named_endpoint(app.storage, endpoint.workspace_id, endpoint.service_id, DEFAULT)
    if _refreshed(endpoint, default, overwrite_resources) == endpoint:
        return False

    def change(before: Endpoint) -> Endpoint:
        if before.prevent_update:
            raise InvalidOperation(
                "UpdatePrevented",
                f"The endpoint '{before.name}' has PreventUpdate set. PATCH it to false first.",
            )
        after = _refreshed(before, default, overwrite_resources)
        step = next_change(
            before, Cause(by, "refresh", "copied from the default endpoint"), now=now, resources=after.resources
        )
        return replace(after, change=step)

    changed = change_endpoint(app.storage, endpoint, change)
    app.snapshots.replace(changed)
    return True


def _refreshed(endpoint: Endpoint, default: Endpoint, overwrite_resources: bool) -> Endpoint:
    own = {resource.name: resource for resource in endpoint.resources}
    resources = tuple(
        resource if overwrite_resources else own.get(resource.name, resource) for resource in default.resources
    )
    return replace(endpoint, definition=default.definition, resources=resources)
