"""Rolling back: restores an endpoint's previous trained models and deployments, as a new entry in its history."""

from dataclasses import replace
from datetime import datetime

from studio.errors import InvalidOperation
from studio.registry.deployments import NONE, Deployments, Resource, deployments_from_json
from studio.registry.endpoints import Endpoint, change_endpoint, next_change
from studio.registry.history import Cause, Change, list_history
from studio.registry.models import list_models
from studio.rollout.shadow import keep_shadow
from studio.serving.app import App
from studio.storage.account import Storage


def rollback_endpoint(app: App, endpoint: Endpoint, *, sequence: int | None, by: str, now: datetime) -> Endpoint:
    """Undo a change to an endpoint's trained models or deployments and return the endpoint.

    Parameters
    ----------
    sequence
        Sequence number of the change to undo; None undoes the latest change that replaced a model or changed which
        deployments answer. Deployments that the change said nothing of are ended.

    Raises
    ------
    InvalidOperation
        If there is no such change (NothingToUndo).
    """
    undone = _change_to_undo(list_history(app.storage, endpoint.id, endpoint.change), sequence)
    former = {item.name: item.before for item in undone.resources if item.before}
    deployments = _former_deployments(undone)

    def change(before: Endpoint) -> Endpoint:
        resources = tuple(
            _former(app.storage, endpoint, resource, former[resource.name], undone)
            if resource.name in former
            else resource
            for resource in before.resources
        )
        why = f"undoes change {undone.sequence}"
        step = next_change(before, Cause(by, "rollback", why), now=now, resources=resources)
        return replace(before, resources=resources, deployments=deployments, change=step)

    changed = change_endpoint(app.storage, endpoint, change)
    keep_shadow(app.storage, changed, now=now)
    app.snapshots.replace(changed)
    return changed


def _change_to_undo(history: list[Change], sequence: int | None) -> Change:
    undoable = [
        change
        for change in history
        if (change.deployments or any(item.before for item in change.resources)) and sequence in (None, change.sequence)
    ]
    if not undoable:
        wanted = "change" if sequence is None else f"change {sequence}"
        text = f"The endpoint's history has no {wanted} that replaced a model or changed which models answer."
        raise InvalidOperation("NothingToUndo", text)
    return undoable[-1]


def _former_deployments(undone: Change) -> Deployments:
    """Return the deployments from before a change; none if a deployment's models became the current ones by it."""
    if undone.deployments is None:
        return NONE
    before, new = deployments_from_json(undone.deployments.before), {item.after for item in undone.resources}
    promoted = any(new & {resource.model for resource in item.resources} for item in before.all())
    return NONE if promoted else before


def _former(storage: Storage, endpoint: Endpoint, resource: Resource, model: str, undone: Change) -> Resource:
    known = list_models(storage, endpoint.workspace_id, resource.name)
    version = next((item.version for item in known if item.model == model), 0)
    return Resource(resource.name, model, version, f"rollback of change {undone.sequence}")
