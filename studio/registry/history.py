"""History: an append-only log of every change to an endpoint.

Table `history`: partition key is the endpoint id, row key the change's sequence number with eight digits.
The latest change is stored in the endpoint's own row. It is copied here before the endpoint changes again or is
deleted, and before its history is read.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from azure.data.tables import UpdateMode

from studio.storage.account import Storage
from studio.storage.activity_log import Event, record_event
from studio.storage.rows import list_rows

MAX_NOTED = 20


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """The change of one resource: its model before (None for a new resource) and after."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class DeploymentsChange:
    """The change of the deployments beside the current models, each as its row has them (registry/deployments.py)."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cause:
    """The cause of a change: the credential that made it, the kind of change, and the caller's reason."""

    by: str
    action: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change to an endpoint: what changed, when, by which credential and why."""

    sequence: int
    at: str
    by: str
    action: str
    why: str
    resources: tuple[ResourceChange, ...] = ()
    deployments: DeploymentsChange | None = None


def record_change(storage: Storage, endpoint_id: str, change: Change) -> None:
    """Add a change to an endpoint's history; may be repeated."""
    row = {"PartitionKey": endpoint_id, "RowKey": _row_key(change), "Change": change_to_json(change)}
    storage.table("history").upsert_entity(row, mode=UpdateMode.REPLACE)


def note_swap(storage: Storage, workspace_id: str, endpoint_id: str, change: Change, versions: dict[str, int]) -> None:
    """Note in the workspace's activity that an endpoint's models changed, if they did.

    Parameters
    ----------
    versions
        The versions in use after the change, by resource name.
    """
    if not change.resources:
        return
    more = {
        "sequence": change.sequence,
        "action": change.action,
        "by": change.by,
        "versions": {item.name: versions[item.name] for item in change.resources[:MAX_NOTED]},
    }
    id_ = f"{endpoint_id}-{change.sequence}"
    record_event(
        storage,
        workspace_id,
        Event("swaps", id_, endpoint_id, change.at, "Finished", details=change.why, more=more),
    )


def list_history(storage: Storage, endpoint_id: str, latest: Change) -> list[Change]:
    """Return an endpoint's changes up to `latest`, oldest first."""
    record_change(storage, endpoint_id, latest)
    # A deleted endpoint of the same name may have had more changes.
    rows = list_rows(storage.table("history"), endpoint_id, f"RowKey le '{_row_key(latest)}'")
    return [change_from_json(row["Change"]) for row in rows]


def _row_key(change: Change) -> str:
    return f"{change.sequence:08d}"


def change_from_json(text: str) -> Change:
    """Read a change as stored in a row."""
    value = json.loads(text)
    value["resources"] = tuple(ResourceChange(**item) for item in value["resources"])
    if value.get("deployments"):
        value["deployments"] = DeploymentsChange(**value["deployments"])
    return Change(**value)


def change_to_json(change: Change) -> str:
    """Return a change as stored in a row."""
    value = asdict(change)
    # Earlier versions of the app, such as instances that are being replaced, know no such property.
    if change.deployments is None:
        del value["deployments"]
    return json.dumps(value)


def change_object(change: Change) -> dict[str, Any]:
    """Return a change as the management API shows it."""
    return {
        "Sequence": change.sequence,
        "At": change.at,
        "By": change.by,
        "Action": change.action,
        "Why": change.why,
        "Resources": [{"Name": item.name, "From": item.before, "To": item.after} for item in change.resources],
    }
