"""What ended or changed in a workspace lately, newest first, for pages that show the day; the records are elsewhere.

Table `activity`: partition key is the workspace id, row key `{time, counted backwards}-{kind}-{id}`; At, Kind (`jobs`,
`runs`, `pipelineruns`, `challenges`, or `swaps`), Id, Place (the partition of its record), State, Name, Details,
StartedAt, Rows and More (JSON, by kind). Rows go after two days. A process that is killed between a record and its row
here leaves none, so nothing but a page may rely on this table.
"""

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from azure.core.exceptions import AzureError
from azure.data.tables import UpdateMode

from studio.storage.account import Storage
from studio.storage.rows import Row, list_rows

TABLE = "activity"
# Later than the year 9999 in microseconds, so that a later time has a smaller key.
LAST = 10**18
MAX_TEXT, MAX_MORE = 500, 8000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that ended, or the swap of an endpoint's model; `place` is the partition of its own record."""

    kind: str
    id: str
    place: str
    at: str
    state: str
    name: str = ""
    details: str = ""
    started_at: str = ""
    rows: int = 0
    more: dict[str, Any] = field(default_factory=dict)


def record_event(storage: Storage, workspace_id: str, event: Event) -> None:
    """Note what has happened; repeated, it is noted once. What cannot be noted is left out of the day's pages."""
    more = json.dumps(event.more)
    row = {
        "PartitionKey": workspace_id,
        "RowKey": f"{_key(event.at)}-{event.kind}-{event.id}",
        "At": event.at,
        "Kind": event.kind,
        "Id": event.id,
        "Place": event.place,
        "State": event.state,
        "Name": event.name[:MAX_TEXT],
        "Details": event.details[:MAX_TEXT],
        "StartedAt": event.started_at,
        "Rows": event.rows,
        "More": more if len(more) <= MAX_MORE else "{}",
    }
    try:
        storage.table(TABLE).upsert_entity(row, mode=UpdateMode.REPLACE)
    except AzureError as error:
        logger.warning("%s %s is not noted among what happened: %s", event.kind, event.id, type(error).__name__)


def list_events(storage: Storage, workspace_id: str, since: str, most: int) -> list[Event]:
    """Return what happened in a workspace since a time in ISO 8601, newest first: `most` events at most."""
    wanted = f"RowKey le '{_key(since)}.'"
    return [_event(row) for row in islice(list_rows(storage.table(TABLE), workspace_id, wanted), most)]


def _key(at: str) -> str:
    return f"{LAST - round(datetime.fromisoformat(at).timestamp() * 1_000_000):018d}"


def _event(row: Row) -> Event:
    return Event(
        kind=row["Kind"],
        id=row["Id"],
        place=row["Place"],
        at=row["At"],
        state=row["State"],
        name=row["Name"],
        details=row["Details"],
        started_at=row["StartedAt"],
        rows=row["Rows"],
        more=json.loads(row["More"]),
    )
