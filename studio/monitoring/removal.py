"""Deleting what is kept of scored rows: when an endpoint is deleted, and when rows have expired."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import batched

from azure.core.exceptions import ResourceNotFoundError

from studio.errors import NotFound
from studio.monitoring.batch_records import BATCHES
from studio.monitoring.log import LOG
from studio.monitoring.parts import LOG_PARTS, TRUTHS
from studio.monitoring.searches import SEARCHES
from studio.registry.endpoints import get_endpoint, kept_days
from studio.registry.prediction_log import MAX_RETENTION_DAYS
from studio.storage.account import Storage
from studio.storage.rows import delete_row, list_rows, query_rows

METRICS = "livemetrics"
KEPT_IN = (LOG, LOG_PARTS, BATCHES, TRUTHS)
# The most that one request deletes, and one sweep in a container; the next sweep continues.
MAX_BATCH, MAX_DELETES = 256, 5000
logger = logging.getLogger(__name__)


def delete_kept_rows(storage: Storage, workspace_id: str, endpoint_id: str) -> None:
    """Delete all that is kept of an endpoint's rows; may be repeated."""
    for container in KEPT_IN:
        client = storage.container(container)
        names = [blob.name for blob in client.list_blobs(name_starts_with=f"{workspace_id}/{endpoint_id}/")]
        _delete_blobs(storage, container, names)
    mine = f"RowKey ge '{endpoint_id}-' and RowKey lt '{endpoint_id}.'"
    for row in list_rows(storage.table(METRICS), workspace_id, mine, ["PartitionKey", "RowKey"]):
        delete_row(storage.table(METRICS), workspace_id, row["RowKey"])
    delete_row(storage.table(METRICS), SEARCHES, f"{workspace_id}-{endpoint_id}")


def sweep_kept_rows(storage: Storage, *, now: datetime) -> dict[str, int]:
    """Delete rows that have expired, and those of endpoints that are gone; return how many blobs of each kind."""
    kept: dict[tuple[str, str], datetime | None] = {}
    counts = {}
    for container in KEPT_IN:
        names = list(_expired(storage, container, kept, now))
        _delete_blobs(storage, container, names)
        counts[container] = len(names)
    counts[METRICS] = _sweep_metrics(storage, now)
    return counts


def _expired(
    storage: Storage, container: str, kept: dict[tuple[str, str], datetime | None], now: datetime
) -> Iterator[str]:
    count = 0
    for blob in storage.container(container).list_blobs():
        parts = blob.name.split("/")
        if len(parts) < 3:
            continue
        place = (parts[0], parts[1])
        first = _kept_since(storage, place, kept, now)
        period = parts[2].partition(".")[0]
        # An hour or a day: the texts of both are in order of time.
        if first is None or period < f"{first:%Y%m%d%H}"[: len(period)]:
            yield blob.name
            count += 1
            if count == MAX_DELETES:
                return


def _sweep_metrics(storage: Storage, now: datetime) -> int:
    count = 0
    # Metrics are small and hold no row, so they stay for as long as rows may.
    oldest = f"{now - timedelta(days=MAX_RETENTION_DAYS):%Y-%m-%d}"
    for row in query_rows(storage.table(METRICS), f"Day lt '{oldest}' and Day gt ''", ["PartitionKey", "RowKey"]):
        delete_row(storage.table(METRICS), row["PartitionKey"], row["RowKey"])
        count += 1
    return count


def _kept_since(
    storage: Storage, place: tuple[str, str], kept: dict[tuple[str, str], datetime | None], now: datetime
) -> datetime | None:
    """Return since when rows of an endpoint are kept; None if there is no such endpoint."""
    if place not in kept:
        try:
            kept[place] = now - timedelta(days=kept_days(get_endpoint(storage, *place)))
        except NotFound:
            kept[place] = None
    return kept[place]


def _delete_blobs(storage: Storage, container: str, names: Iterable[str]) -> None:
    client = storage.container(container)
    for batch in batched(names, MAX_BATCH, strict=False):
        try:
            client.delete_blobs(*batch, raise_on_any_failure=False)
        except ResourceNotFoundError:
            continue
