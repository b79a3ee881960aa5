"""Web services in Azure Resource Manager's form, as for the original's "new" web services.

A resource shows a web service with its default endpoint. The subscription's GUID without dashes is the workspace id;
the resource's name is the web service's name or id, or the name of the experiment it was published from. The resource
group is ignored.

References
----------
Section 10 of the original's wire contract.
"""

from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from azure.storage.blob import BlobClient

from studio.errors import BadArgument
from studio.registry.endpoints import Endpoint
from studio.registry.models import model_path
from studio.registry.web_services import WebService
from studio.rollout.update_resource import update_endpoint
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.wire import classic_time

TYPE = "Microsoft.MachineLearning/webServices"


def patch_arm_service(app: App, endpoint: Endpoint, body: dict[str, Any], *, by: str, now: datetime) -> Endpoint:
    """Change what `properties` of the resource names: trained models (`assets`), description, limits or diagnostics.

    Raises
    ------
    BadArgument, InvalidOperation, Conflict, TooLarge
        If the body is invalid or a model fails a check; the message says what to do. The service is left as it was.
    """
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise BadArgument("RequestBodyInvalid", "The body must have an object `properties`.", "properties")
    assets = properties.get("assets") or {}
    if not isinstance(assets, dict):
        raise BadArgument("RequestBodyInvalid", "`assets` must be an object that maps names to assets.", "assets")
    changes = {
        "Resources": [_read_asset(key, asset, endpoint) for key, asset in assets.items()],
        "Description": properties.get("description"),
        "MaxConcurrentCalls": _part(properties, "realtimeConfiguration").get("maxConcurrentCalls"),
        "DiagnosticsTraceLevel": _part(properties, "diagnostics").get("level"),
        "Why": "UpdateResource by Azure Resource Manager",
    }
    return update_endpoint(app, endpoint, changes, by=by, now=now)


def arm_object(
    storage: Storage,
    service: WebService,
    endpoint: Endpoint,
    address: tuple[str, str, str],
    base_url: str,
    *,
    now: datetime,
) -> dict[str, Any]:
    """Return a web service as an Azure resource; its assets are the trained models, each with a fresh link.

    Parameters
    ----------
    address
        Subscription, resource group and name, as in the caller's URL.
    """
    subscription, group, name = address
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{TYPE}/{name}",
        "name": name,
        "type": TYPE,
        "location": "",
        "tags": {},
        "properties": {
            "title": service.name,
            "description": endpoint.description or service.description,
            "createdOn": classic_time(service.created_at),
            "modifiedOn": classic_time(endpoint.change.at),
            "provisioningState": "Succeeded",
            "readOnly": False,
            "swaggerLocation": f"{base_url}/subscriptions/{subscription}/services/{endpoint.id}/swagger.json",
            "exposeSampleData": False,
            "realtimeConfiguration": {"maxConcurrentCalls": endpoint.max_concurrent_calls},
            "diagnostics": {"level": endpoint.diagnostics_level},
            "storageAccount": {"name": storage.account_name},
            "machineLearningWorkspace": {"id": endpoint.workspace_id},
            "packageType": "Graph",
            "assets": _assets(storage, endpoint, now),
        },
    }


def arm_keys(endpoint: Endpoint, master_secret: str) -> dict[str, str]:
    """Return the endpoint's keys as in the response of `listKeys`."""
    return {"primary": endpoint.key(master_secret, 0), "secondary": endpoint.key(master_secret, 1)}


def _assets(storage: Storage, endpoint: Endpoint, now: datetime) -> dict[str, Any]:
    assets = {}
    for number, resource in enumerate(endpoint.resources, start=1):
        link = own_blob(storage, model_path(resource.model), now)
        uri = f"{link.base_location}{link.relative_location}{link.sas_token}"
        assets[f"asset{number}"] = {
            "name": resource.name,
            "type": "Resource",
            "locationInfo": {"uri": uri, "credentials": ""},
        }
    return assets


def _read_asset(key: str, asset: Any, endpoint: Endpoint) -> dict[str, Any]:
    """Return an asset as an entry of `Resources`; without a name, it is found by its key in the response to GET."""
    if not isinstance(asset, dict):
        raise BadArgument("RequestBodyInvalid", f"The asset '{key}' must be an object.", key)
    by_key = {f"asset{number}": resource.name for number, resource in enumerate(endpoint.resources, start=1)}
    uri = str(_part(asset, "locationInfo").get("uri") or "")
    return {"Name": asset.get("name") or by_key.get(key, key), "Location": _read_uri(uri, key)}


def _read_uri(uri: str, key: str) -> dict[str, str]:
    parts = urlsplit(uri)
    try:
        blob = BlobClient.from_blob_url(uri.partition("?")[0])
    except ValueError as error:
        raise BadArgument(
            "MissingInputBlobInformation",
            f"locationInfo.uri of '{key}' must be the URL of a blob with its SAS token, got '{uri.partition('?')[0]}'.",
            key,
        ) from error
    location = f"{blob.container_name}/{blob.blob_name}"
    path = unquote(parts.path)
    base = f"{parts.scheme}://{parts.netloc}{path.removesuffix(location)}"
    return {
        "BaseLocation": base,
        "RelativeLocation": location,
        "SasBlobToken": f"?{parts.query}" if parts.query else "",
    }


def _part(value: dict[str, Any], name: str) -> dict[str, Any]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}
