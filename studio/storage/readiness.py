"""The readiness probe: storage responds, and queued work is being picked up."""

from datetime import datetime, timedelta
from typing import Any

from azure.core.exceptions import AzureError
from azure.storage.queue import QueueClient

from studio.storage.account import Storage
from studio.storage.rows import IMPATIENT, find_row

# If a message has waited this long, no background process is running.
MAX_QUEUE_AGE = timedelta(minutes=10)


def readiness(storage: Storage, *, now: datetime) -> dict[str, Any]:
    """Return `ready`, and for each check whether it passed and what to do if it did not.

    While storage is unavailable, endpoints that were used recently keep scoring from memory.
    """
    checks = {"storage": check_storage(storage), "queue": check_queue(storage.job_queue(), now=now)}
    return {"ready": all(check["ok"] for check in checks.values()), "checks": checks}


def check_storage(storage: Storage) -> dict[str, Any]:
    """Check that table storage responds within a second."""
    try:
        # Any point read will do; the row need not exist.
        find_row(storage.table("endpoints"), "readiness", "readiness", **IMPATIENT)
    except AzureError as error:
        return _bad(
            f"Table storage does not respond ({type(error).__name__}). Warm endpoints keep scoring. Check the storage "
            "account, its network rules and this app's role assignments."
        )
    return {"ok": True}


def check_queue(queue: QueueClient, *, now: datetime) -> dict[str, Any]:
    """Check that a queue responds, and how long its oldest message has waited."""
    try:
        waiting = queue.peek_messages(max_messages=1, **IMPATIENT)
    except AzureError as error:
        return _bad(f"Queue storage does not respond ({type(error).__name__}). Jobs wait until it does.")
    oldest = now - waiting[0].inserted_on if waiting and waiting[0].inserted_on else timedelta()
    if oldest > MAX_QUEUE_AGE:
        minutes = oldest.total_seconds() / 60
        return _bad(
            f"The oldest job has waited for {minutes:.0f} minutes. Check that the background functions are running."
        )
    return {"ok": True, "oldestSeconds": round(oldest.total_seconds())}


def _bad(problem: str) -> dict[str, Any]:
    return {"ok": False, "problem": problem}
