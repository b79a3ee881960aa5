"""Events whose process died between a change and its event: recorded by the timer, if the change was made.

A change announces its event first (studio/storage/event_log.py), with a witness: what its record looks like afterwards.
"""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from studio.registry.announcements import CHANGE, GENERATION, change_digest
from studio.registry.workspaces import ROW
from studio.storage.account import Storage
from studio.storage.event_log import ANNOUNCED, TABLE, Notice, emit
from studio.storage.rows import delete_row, find_row, list_rows

# Longer than a write of storage takes with all its retries: a change that cannot be seen after that was never made.
FORGET_AFTER = timedelta(minutes=5)
logger = logging.getLogger(__name__)


def settle_announced(storage: Storage, *, now: datetime) -> int:
    """Record the events of changes that were made although nobody recorded their events, and return how many."""
    count = 0
    for row in list_rows(storage.table(TABLE), ANNOUNCED):
        workspace_id, witness = row["RowKey"][:32], json.loads(row["Witness"])
        if _was_made(storage, workspace_id, witness):
            emit(storage, workspace_id, Notice(**json.loads(row["Notice"])), must=True)
            count += 1
        elif datetime.fromisoformat(row["AnnouncedAt"]) + FORGET_AFTER > now:
            continue
        delete_row(storage.table(TABLE), ANNOUNCED, row["RowKey"])
    return count


def _was_made(storage: Storage, workspace_id: str, witness: dict[str, Any]) -> bool:
    if witness["kind"] == CHANGE:
        return _was_changed(storage, workspace_id, witness)
    if witness["kind"] == GENERATION:
        row = find_row(storage.table("workspaces"), workspace_id, ROW)
        return row is not None and int(row[witness["column"]]) >= witness["generation"]
    logger.error("An event was announced with the witness '%s', which this version does not know.", witness["kind"])
    return False


def _was_changed(storage: Storage, workspace_id: str, witness: dict[str, Any]) -> bool:
    """Return whether a change is an endpoint's latest, or in its history, where it is before another takes its place.

    The history is read last: what was the latest change a moment ago is there now.
    """
    latest = find_row(storage.table("endpoints"), workspace_id, witness["endpoint"])
    if latest is not None and change_digest(latest["LastChange"]) == witness["digest"]:
        return True
    past = find_row(storage.table("history"), witness["endpoint"], f"{witness['sequence']:08d}")
    return past is not None and change_digest(past["Change"]) == witness["digest"]
