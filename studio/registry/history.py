"""History: every change of an endpoint, append-only.

Table `history`: partition key is the endpoint id, row key the change's sequence number with eight digits.
The latest change is stored with the endpoint itself; whoever changes the endpoint, deletes it or reads its history next
copies it here first.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from azure.data.tables import UpdateMode

from studio.storage.account import Storage
from studio.storage.rows import list_rows


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One resource of a change: the model it had (None for a new one) and the model it got."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an endpoint changes: by which credential, what kind of change it is, and the caller's reason."""

    by: str
    action: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed of an endpoint, when, by which credential and why."""

    sequence: int
    at: str
    by: str
    action: str
    why: str
    resources: tuple[ResourceChange, ...] = ()


def record_change(storage: Storage, endpoint_id: str, change: Change) -> None:
    """Add a change to an endpoint's history; doing it twice is the same as once."""
    row = {"PartitionKey": endpoint_id, "RowKey": _row_key(change), "Change": change_to_json(change)}
    storage.table("history").upsert_entity(row, mode=UpdateMode.REPLACE)


def list_history(storage: Storage, endpoint_id: str, latest: Change) -> list[Change]:
    """Return an endpoint's changes up to its latest, the oldest first."""
    record_change(storage, endpoint_id, latest)
    # An endpoint of this name that was deleted may have had more changes.
    rows = list_rows(storage.table("history"), endpoint_id, f"RowKey le '{_row_key(latest)}'")
    return [change_from_json(row["Change"]) for row in rows]


def _row_key(change: Change) -> str:
    return f"{change.sequence:08d}"


def change_from_json(text: str) -> Change:
    """Read a change as rows keep it."""
    value = json.loads(text)
    value["resources"] = tuple(ResourceChange(**item) for item in value["resources"])
    return Change(**value)


def change_to_json(change: Change) -> str:
    """Write a change as rows keep it."""
    return json.dumps(asdict(change))


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
