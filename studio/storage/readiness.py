"""Whether a deployment can do its work now: storage answers, and queued work is not left lying."""

from datetime import datetime, timedelta
from typing import Any

from azure.core.exceptions import AzureError
from azure.storage.queue import QueueClient

from studio.storage.account import Storage
from studio.storage.rows import IMPATIENT, find_row

# Queued work that nobody took for this long means that no background process runs.
MAX_QUEUE_AGE = timedelta(minutes=10)


def readiness(storage: Storage, *, now: datetime) -> dict[str, Any]:
    """Return `ready` and what was looked at, each with whether it is well and what to do if it is not.

    While storage is away, endpoints that were used a moment ago keep scoring with what is in memory.
    """
    checks = {"storage": check_storage(storage), "queue": check_queue(storage.job_queue(), now=now)}
    return {"ready": all(check["ok"] for check in checks.values()), "checks": checks}


def check_storage(storage: Storage) -> dict[str, Any]:
    """Return whether table storage answers within a second."""
    try:
        # Any point read does; the row need not exist.
        find_row(storage.table("endpoints"), "readiness", "readiness", **IMPATIENT)
    except AzureError as error:
        return _bad(
            f"Table storage does not answer ({type(error).__name__}). Warm endpoints keep scoring. Check the storage "
            "account, its network rules and this app's roles."
        )
    return {"ok": True}


def check_queue(queue: QueueClient, *, now: datetime) -> dict[str, Any]:
    """Return whether a queue answers, and how long its oldest message has waited."""
    try:
        waiting = queue.peek_messages(max_messages=1, **IMPATIENT)
    except AzureError as error:
        return _bad(f"Queue storage does not answer ({type(error).__name__}). Jobs wait until it does.")
    oldest = now - waiting[0].inserted_on if waiting and waiting[0].inserted_on else timedelta()
    if oldest > MAX_QUEUE_AGE:
        minutes = oldest.total_seconds() / 60
        return _bad(f"The oldest job has waited for {minutes:.0f} minutes. Check that the background functions run.")
    return {"ok": True, "oldestSeconds": round(oldest.total_seconds())}


def _bad(problem: str) -> dict[str, Any]:
    return {"ok": False, "problem": problem}
