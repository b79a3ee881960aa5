"""The events of changes to endpoints and workspaces: announced before a change is written, recorded after it."""

import hashlib
from typing import Any, Protocol

from studio.registry.deployments import Resource
from studio.registry.history import MAX_NOTED, Change, change_to_json
from studio.storage.audit_log import Act
from studio.storage.event_log import KEY_REGENERATED, SWAPPED, Notice
from studio.storage.keys import SLOTS

REGENERATE_KEY = "regenerate key"
# Witnesses: how studio/events/announced.py sees that a change was made.
CHANGE, GENERATION = "change", "generation"


class Changed(Protocol):
    """As much of an endpoint (endpoints.py) as is told of its change."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def service_id(self) -> str:
        """The id of its web service."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def change(self) -> Change:
        """Its latest change."""
        ...

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Its trained models after the change."""
        ...


def change_digest(text: str) -> str:
    """Return a hash of a change as its row holds it."""
    return hashlib.sha256(text.encode()).hexdigest()


def change_notice(after: Changed) -> Notice | None:
    """Return the event of an endpoint's latest change: a swap, or a key that was regenerated; None for any other."""
    change = after.change
    about = {"endpointId": after.id, "webServiceId": after.service_id, "endpoint": after.name, "by": change.by}
    if change.resources:
        versions = {resource.name: resource.version for resource in after.resources}
        models = [
            {"name": item.name, "from": item.before, "to": item.after, "version": versions.get(item.name)}
            for item in change.resources[:MAX_NOTED]
        ]
        more = {"sequence": change.sequence, "action": change.action, "why": change.why, "models": models}
        return _notice(SWAPPED, after, about | more)
    if change.action == REGENERATE_KEY:
        return _notice(KEY_REGENERATED, after, about | {"sequence": change.sequence, "slot": change.why})
    return None


def change_witness(after: Changed) -> dict[str, Any]:
    """Return how to see, later, that the latest change of an endpoint was written."""
    return {
        "kind": CHANGE,
        "endpoint": after.id,
        "sequence": after.change.sequence,
        "digest": change_digest(change_to_json(after.change)),
    }


def change_act(after: Changed) -> Act:
    """Return the latest change of an endpoint as the audit log has it if the app made the change by itself."""
    change, path = after.change, f"services/{after.service_id}/endpoints/{after.name}"
    return Act(change.by, "", "", change.action, "", path)


def token_notice(workspace_id: str, slot: int, generation: int, by: str, at: str) -> Notice:
    """Return the event of a workspace's token that was regenerated."""
    data = {"slot": SLOTS[slot], "by": by}
    return Notice(KEY_REGENERATED, "workspace", data, f"{workspace_id}/{slot}/{generation}", at)


def token_witness(column: str, generation: int) -> dict[str, Any]:
    """Return how to see, later, that a token was regenerated."""
    return {"kind": GENERATION, "column": column, "generation": generation}


def _notice(type_: str, after: Changed, data: dict[str, Any]) -> Notice:
    change = after.change
    # An endpoint of the same name has the same id, and may count its changes anew.
    key = f"{after.id}/{change.sequence}/{change.at}"
    return Notice(type_, f"services/{after.service_id}/endpoints/{after.name}", data, key, change.at)
