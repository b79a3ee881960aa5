"""Endpoints in the management API: the settings in PUT and PATCH bodies, and the endpoint object.

References
----------
Sections 4.3 to 4.5 of the original's wire contract.
"""

from datetime import datetime
from typing import Any

from studio.errors import BadArgument
from studio.registry.endpoints import Endpoint
from studio.registry.models import model_path
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.wire import classic_time, read_flag, read_text

LOW, HIGH = "Low", "High"
LOW_CONCURRENCY, DEFAULT_CONCURRENCY, MAX_CONCURRENCY = 4, 20, 200
DIAGNOSTICS = ("None", "Error", "All")


def read_settings_changes(body: dict[str, Any], throttle_level: str = HIGH) -> dict[str, Any]:
    """Return the endpoint fields that a PUT or PATCH body sets; absent and null properties are ignored.

    Parameters
    ----------
    throttle_level
        The endpoint's current level.

    Raises
    ------
    BadArgument
        If a value is out of range; names the range.
    """
    changes: dict[str, Any] = {}
    if body.get("Description") is not None:
        changes["description"] = read_text(body["Description"], "Description")
    if body.get("DiagnosticsTraceLevel") is not None:
        changes["diagnostics_level"] = _choice(body, "DiagnosticsTraceLevel", DIAGNOSTICS)
    if body.get("PreventUpdate") is not None:
        changes["prevent_update"] = read_flag(body["PreventUpdate"], "PreventUpdate")
    if body.get("ThrottleLevel") is not None:
        changes["throttle_level"] = _choice(body, "ThrottleLevel", (LOW, HIGH))
    # Classic: with ThrottleLevel Low, MaxConcurrentCalls in the body is ignored and set to 4 (reference 4.4).
    level = changes.get("throttle_level", throttle_level)
    if level == LOW:
        changes["max_concurrent_calls"] = LOW_CONCURRENCY
    elif body.get("MaxConcurrentCalls") is not None:
        changes["max_concurrent_calls"] = _concurrency(body["MaxConcurrentCalls"])
    elif throttle_level == LOW:
        changes["max_concurrent_calls"] = DEFAULT_CONCURRENCY
    return changes


def endpoint_object(storage: Storage, endpoint: Endpoint, base_url: str, *, now: datetime) -> dict[str, Any]:
    """Return an endpoint as the management API shows it.

    Parameters
    ----------
    base_url
        The URL at which the caller reaches this app, without a trailing slash.
    """
    workspace, service = endpoint.workspace_id, endpoint.service_id
    return {
        "Name": endpoint.name,
        "Description": endpoint.description,
        "CreationTime": classic_time(endpoint.created_at),
        "WorkspaceId": workspace,
        "WebServiceId": service,
        "HelpLocation": f"{base_url}/apihelp/workspaces/{workspace}/webservices/{service}/endpoints/{endpoint.id}",
        "PrimaryKey": endpoint.key(storage.secret, 0),
        "SecondaryKey": endpoint.key(storage.secret, 1),
        "ApiLocation": f"{base_url}/workspaces/{workspace}/services/{endpoint.id}",
        "Version": str(endpoint.change.sequence),
        "PreventUpdate": endpoint.prevent_update,
        "SampleDataEnabled": False,
        "ExperimentLocation": None,
        "MaxConcurrentCalls": endpoint.max_concurrent_calls,
        "DiagnosticsTraceLevel": endpoint.diagnostics_level,
        "ThrottleLevel": endpoint.throttle_level,
        "Resources": [
            {
                "Name": resource.name,
                "Kind": "TrainedModel",
                "Location": own_blob(storage, model_path(resource.model), now).to_json(),
                "Version": resource.version,
                "Model": resource.model,
            }
            for resource in endpoint.resources
        ],
    }


def _choice(body: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    for choice in choices:
        if str(body[name]).lower() == choice.lower():
            return choice
    raise BadArgument("BadParameterValue", f"{name} must be {' or '.join(choices)}, got {body[name]!r}.", name)


def _concurrency(value: Any) -> int:
    # Classic: some clients send the number as a string (reference 4.4).
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < 1:
        raise BadArgument(
            "WebServiceConcurrentRequestRequirementInvalid",
            f"MaxConcurrentCalls must be a whole number from 1 to {MAX_CONCURRENCY}, got {value!r}.",
            "MaxConcurrentCalls",
        )
    if number > MAX_CONCURRENCY:
        raise BadArgument(
            "WebServiceTooManyConcurrentRequestRequirement",
            f"MaxConcurrentCalls must be {MAX_CONCURRENCY} or less, got {number}.",
            "MaxConcurrentCalls",
        )
    return number
