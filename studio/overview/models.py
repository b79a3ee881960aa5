"""The trained models of a workspace, each with its latest version and the endpoints that use one of its versions.

What a version's file says of itself is kept in its row once it was read for a list (column About), so that a list
reads rows only.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from studio.errors import BadArgument, NotFound
from studio.registry.endpoints import list_workspace_endpoints
from studio.registry.models import RegisteredModel, list_latest_models, model_family, put_about, version_object
from studio.serving.model_facts import read_facts
from studio.storage.account import Storage
from studio.storage.pages import Page, by_name

Uses = dict[str, list[dict[str, Any]]]
ABOUT = ("Task", "Learner", "Runtime")
# The most files that one request reads, and how many at once; versions beyond get what their files say the next time.
MAX_READ, AT_ONCE = 50, 8


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
    about = _read_missing(storage, workspace_id, found)
    return [_model_object(item, about.get(item.model, item.about), uses) for item in found], after


def _read_missing(storage: Storage, workspace_id: str, found: list[RegisteredModel]) -> dict[str, dict[str, str]]:
    """Return what the files say of the versions whose rows do not, by hash, and keep it there."""
    missing = [item for item in found if not item.about][:MAX_READ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        read = pool.map(lambda item: _read_about(storage, workspace_id, item), missing)
        return {item.model: about for item, about in zip(missing, read, strict=True)}


def _read_about(storage: Storage, workspace_id: str, item: RegisteredModel) -> dict[str, str]:
    try:
        manifest = read_facts(storage, item.model).manifest
    except (BadArgument, NotFound):
        # A file that is gone or damaged says nothing.
        return {}
    about = dict(zip(ABOUT, (manifest.task, manifest.learner, manifest.runtime), strict=True))
    put_about(storage, workspace_id, item, about)
    return about


def _uses(storage: Storage, workspace_id: str) -> Uses:
    uses: Uses = {}
    for endpoint in list_workspace_endpoints(storage, workspace_id):
        for resource in endpoint.models_in_use():
            use = {
                "WebServiceId": endpoint.service_id,
                "EndpointId": endpoint.id,
                "Endpoint": endpoint.name,
                "Version": resource.version,
            }
            uses.setdefault(model_family(resource.name), []).append(use)
    return uses


def _model_object(item: RegisteredModel, about: dict[str, str], uses: Uses) -> dict[str, Any]:
    said = {name: about.get(name) for name in ABOUT}
    return version_object(item) | said | {"UsedBy": uses.get(model_family(item.name), [])}
