"""The limit of 40 concurrent batch jobs per endpoint; other jobs wait and run in the order they were started.

References
----------
Section 3.9 of the original's wire contract.
"""

from studio.storage.account import Storage
from studio.storage.rows import find_row, list_rows
from studio.work.queue import enqueue_work
from studio.work.state import State, WorkKey

JOBS_AT_A_TIME = 40
MAX_WAIT_SECONDS = 60


def is_turn_of(storage: Storage, key: WorkKey) -> bool:
    """Tell whether a started job may run now; if not, enqueue it again with a delay.

    A job may run while fewer than 40 jobs that were started before it on the same endpoint are queued or running.
    No counter of running jobs is kept, so two processes cannot both take the last slot.
    """
    row = find_row(storage.table("jobs"), key.partition, key.key)
    if row is None or row["State"] != State.QUEUED:
        return True
    before = f"(State eq '{State.QUEUED}' or State eq '{State.RUNNING}') and QueuedAt lt '{row.get('QueuedAt', '')}'"
    ahead = sum(1 for _ in list_rows(storage.table("jobs"), key.partition, before, ["RowKey"]))
    if ahead < JOBS_AT_A_TIME:
        return True
    enqueue_work(storage, key, min(MAX_WAIT_SECONDS, ahead / JOBS_AT_A_TIME))
    return False
