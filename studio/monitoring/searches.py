"""Searches of all kept hours for rows that truths are of, which read much and find nothing for ids that never were.

A truth is looked for among the rows of the last days at once, as most are of; among older rows at most every six hours
for each endpoint, whatever is sent. Table `livemetrics`: partition key `searches`, row key
`{workspace id}-{endpoint id}`; At: when all hours were last searched; Since: when the first of the truths came that
wait for the next search, empty if none does.
"""

from datetime import datetime, timedelta

from studio.monitoring.stale import TABLE, mark_stale
from studio.storage.account import Storage
from studio.storage.rows import find_row, list_rows

SEARCHES = "searches"
RECENT, EVERY = timedelta(days=2), timedelta(hours=6)


def may_search(storage: Storage, workspace_id: str, endpoint_id: str, since: datetime, *, now: datetime) -> bool:
    """Return whether all hours may be searched for truths that came from `since` on, noting that they are or wait."""
    table, key = storage.table(TABLE), f"{workspace_id}-{endpoint_id}"
    known = find_row(table, SEARCHES, key)
    wait = known is not None and datetime.fromisoformat(known["At"]) > now - EVERY
    row = {"PartitionKey": SEARCHES, "RowKey": key, "At": now.isoformat(), "Since": ""}
    if known is not None and wait:
        row |= {"At": known["At"], "Since": min(filter(None, (known["Since"], since.isoformat())))}
    table.upsert_entity(row)
    return not wait


def mark_due_searches(storage: Storage, *, now: datetime) -> None:
    """Have the timer look again at endpoints with truths that have waited for long enough."""
    for row in list_rows(storage.table(TABLE), SEARCHES):
        if row["Since"] and datetime.fromisoformat(row["At"]) <= now - EVERY:
            workspace_id, _, endpoint_id = row["RowKey"].partition("-")
            mark_stale(storage, workspace_id, endpoint_id, received=datetime.fromisoformat(row["Since"]))
            noted = {"PartitionKey": SEARCHES, "RowKey": row["RowKey"], "At": row["At"], "Since": ""}
            storage.table(TABLE).upsert_entity(noted)
