"""Which endpoints have live metrics to compute again, because truths or rows came: notes for the timer.

Table `livemetrics`: partition key `stale`, row key `{workspace id}-{endpoint id}`; Since: when the first of the truths
came that the metrics do not know; Days (JSON): days whose rows have changed.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

from studio.storage.account import Storage
from studio.storage.rows import Row, change_row, insert_row, list_rows

TABLE, PARTITION = "livemetrics", "stale"


@dataclass(frozen=True, slots=True)
class Stale:
    """An endpoint whose live metrics are out of date."""

    workspace_id: str
    endpoint_id: str
    since: datetime | None
    days: tuple[str, ...]
    etag: str


def mark_stale(
    storage: Storage,
    workspace_id: str,
    endpoint_id: str,
    *,
    received: datetime | None = None,
    days: Iterable[str] = (),
) -> None:
    """Note that truths came at a time, or that the rows of days have changed."""
    key = f"{workspace_id}-{endpoint_id}"
    since = received.isoformat() if received else ""
    row = {"PartitionKey": PARTITION, "RowKey": key, "Since": since, "Days": json.dumps(sorted(days))}

    def merged(known: Row) -> Row | None:
        first = min(filter(None, (known["Since"], since)), default="")
        both = json.dumps(sorted({*json.loads(known["Days"]), *days}))
        # Written even if it is the same: the timer then sees that something came while it computed.
        return known | {"Since": first, "Days": both}

    table = storage.table(TABLE)
    while not insert_row(table, row):
        if change_row(table, PARTITION, key, merged) is not None:
            return


def list_stale(storage: Storage) -> Iterator[Stale]:
    """Yield the endpoints whose metrics are out of date."""
    for row in list_rows(storage.table(TABLE), PARTITION):
        workspace_id, _, endpoint_id = row["RowKey"].partition("-")
        since = datetime.fromisoformat(row["Since"]) if row["Since"] else None
        yield Stale(workspace_id, endpoint_id, since, tuple(json.loads(row["Days"])), row["etag"])


def unmark_stale(storage: Storage, stale: Stale) -> None:
    """Note that metrics are up to date, unless something came since."""
    with contextlib.suppress(ResourceModifiedError, ResourceNotFoundError):
        storage.table(TABLE).delete_entity(
            PARTITION,
            f"{stale.workspace_id}-{stale.endpoint_id}",
            etag=stale.etag,
            match_condition=MatchConditions.IfNotModified,
        )
