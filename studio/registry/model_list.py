"""The trained models of a workspace, each with its latest version and the endpoints that use one of its versions."""

from typing import Any

from studio.registry.endpoints import list_workspace_endpoints
from studio.registry.models import RegisteredModel, list_latest_models, model_family, version_object
from studio.storage.account import Storage
from studio.storage.pages import Page, by_name

Uses = dict[str, list[dict[str, Any]]]


def list_model_objects(
    storage: Storage, workspace_id: str, search: str, page: Page
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the workspace's trained models as the API lists them, and where the next page starts.

    Parameters
    ----------
    search
        A part of the name, in lower case; empty for all.
    """
    latest = ((item.name.lower(), item) for item in list_latest_models(storage, workspace_id))
    found, after = by_name(((name, item) for name, item in latest if search in name), page)
    uses = _uses(storage, workspace_id) if found else {}
    return [_model_object(item, uses) for item in found], after


def _uses(storage: Storage, workspace_id: str) -> Uses:
    uses: Uses = {}
    for endpoint in list_workspace_endpoints(storage, workspace_id):
        for resource in endpoint.resources:
            use = {
                "WebServiceId": endpoint.service_id,
                "EndpointId": endpoint.id,
                "Endpoint": endpoint.name,
                "Version": resource.version,
            }
            uses.setdefault(model_family(resource.name), []).append(use)
    return uses


def _model_object(item: RegisteredModel, uses: Uses) -> dict[str, Any]:
    return version_object(item) | {"UsedBy": uses.get(model_family(item.name), [])}
