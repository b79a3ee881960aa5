"""History: every change of an endpoint, append-only.

Table `history`: partition key is the endpoint id, row key the change's sequence number with eight digits.
A change is stored with the endpoint itself first and copied here after. If the process dies in between, the next
reader or writer copies it, so no change is ever missing.
"""

from typing import Any

from azure.data.tables import UpdateMode

from studio.endpoints import Change, Endpoint, change_from_json, change_to_json
from studio.rows import list_rows
from studio.storage import Storage


def record_change(storage: Storage, endpoint: Endpoint) -> None:
    """Copy the endpoint's latest change into its history; doing it twice is the same as once."""
    row = {
        "PartitionKey": endpoint.id,
        "RowKey": f"{endpoint.change.sequence:08d}",
        "Change": change_to_json(endpoint.change),
    }
    storage.table("history").upsert_entity(row, mode=UpdateMode.REPLACE)


def list_history(storage: Storage, endpoint: Endpoint) -> list[Change]:
    """Return the endpoint's changes, the oldest first."""
    record_change(storage, endpoint)
    return [change_from_json(row["Change"]) for row in list_rows(storage.table("history"), endpoint.id)]


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
