"""Retention: deletes old outputs without a location of their own, records of finished work, diagnostics and caches.

Trained models, datasets, experiments, histories, and outputs at a location that a caller chose are never deleted.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from azure.core.exceptions import ResourceNotFoundError

from studio.storage.account import Storage
from studio.storage.rows import Row, delete_row, query_rows
from studio.work.state import State

# The most that one sweep deletes of each kind; the next sweep continues.
MAX_DELETES = 5000
UPLOAD_DAYS = 2
# Pages show what happened in the last day, and calls of the last week.
ACTIVITY_DAYS, TRAFFIC_DAYS = 2, 8
# Drift is shown by hour for two weeks, and by day for three months of a year.
DRIFT_HOURS_DAYS, DRIFT_DAYS = 16, 400
HOURS_OF_DRIFT = "RowKey ge 'h' and RowKey lt 'i'"
logger = logging.getLogger(__name__)


def sweep(storage: Storage, *, now: datetime) -> dict[str, int]:
    """Delete whatever is older than the settings allow, and return how many of each kind; may be repeated."""
    settings = storage.settings
    outputs, records = now - timedelta(days=settings.output_days), now - timedelta(days=settings.record_days)
    return {
        "experimentoutput": _sweep_blobs(storage, "experimentoutput", outputs),
        "results": _sweep_blobs(storage, "results", outputs),
        "ml-diagnostics": _sweep_blobs(storage, "ml-diagnostics", records),
        "dataset-uploads": _sweep_blobs(storage, "dataset-uploads", now - timedelta(days=UPLOAD_DAYS)),
        "activity": _sweep_rows(storage, "activity", now - timedelta(days=ACTIVITY_DAYS), "At"),
        "traffic": _sweep_rows(storage, "traffic", now - timedelta(days=TRAFFIC_DAYS), "At"),
        "events": _sweep_rows(storage, "events", records, "At"),
        "deliveries": _sweep_rows(storage, "deliveries", records, "At"),
        "audit": _sweep_rows(storage, "audit", now - timedelta(days=settings.audit_days), "At"),
        "drift": _sweep_rows(storage, "drift", now - timedelta(days=DRIFT_DAYS), "At")
        + _sweep_rows(
            storage, "drift", now - timedelta(days=DRIFT_HOURS_DAYS), "At", "RowKey ge 'h' and RowKey lt 'i'"
        ),
        "jobs": _sweep_rows(storage, "jobs", records),
        "jobparts": _sweep_rows(storage, "jobparts", records, "CreatedAt"),
        "challenges": _sweep_rows(storage, "challenges", records),
        "activityruns": _sweep_rows(storage, "activityruns", records),
        "pipelineruns": _sweep_rows(storage, "pipelineruns", records),
        "runs": _sweep_runs(storage, records),
    }


def _sweep_blobs(storage: Storage, container: str, before: datetime) -> int:
    client, count = storage.container(container), 0
    for blob in client.list_blobs(include=["uncommittedblobs"] if container == "dataset-uploads" else None):
        # A blob without committed blocks has no time; storage discards uncommitted blocks after a week.
        if blob.last_modified is None or blob.last_modified >= before:
            continue
        try:
            client.delete_blob(blob.name)
        except ResourceNotFoundError:
            continue
        count += 1
        if count == MAX_DELETES:
            break
    return count


def _sweep_rows(storage: Storage, table: str, before: datetime, column: str = "EndedAt", kind: str = "") -> int:
    """Delete rows with a time before this; of a table with rows of several kinds, those that match an expression."""
    count = 0
    for row in _rows_before(storage, table, before, column, kind):
        delete_row(storage.table(table), row["PartitionKey"], row["RowKey"])
        count += 1
    return count


def _sweep_runs(storage: Storage, before: datetime) -> int:
    """Delete old runs, but keep the latest finished run of each experiment, which publishing needs."""
    latest: dict[str, str] = {}
    for row in query_rows(storage.table("runs"), f"State eq '{State.FINISHED.value}'", ["PartitionKey", "EndedAt"]):
        latest[row["PartitionKey"]] = max(latest.get(row["PartitionKey"], ""), row["EndedAt"])
    count = 0
    for row in _rows_before(storage, "runs", before, "EndedAt"):
        if row["EndedAt"] != latest.get(row["PartitionKey"]):
            delete_row(storage.table("runs"), row["PartitionKey"], row["RowKey"])
            count += 1
    return count


def _rows_before(storage: Storage, table: str, before: datetime, column: str, kind: str = "") -> Iterator[Row]:
    """Yield up to MAX_DELETES rows that have a time in a column, earlier than `before`."""
    past = f"{column} gt '' and {column} lt '{before.isoformat()}'" + (f" and {kind}" if kind else "")
    yield from islice(query_rows(storage.table(table), past, ["PartitionKey", "RowKey", column]), MAX_DELETES)
