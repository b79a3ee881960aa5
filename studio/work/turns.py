"""Turns: which piece of work a queue message starts. Workspaces take turns; the work of one is done in order.

A message is a ticket for one piece of work, not for the one it names: who takes it looks in the outbox (queue.py) for
the workspace that has the least work in progress and, among those, whose turn was longest ago in this process; the work
of it that has waited longest is marked as taken, under its ETag, and done. There are as many tickets as pieces of work,
so none is sent back to wait, however long the queue of one workspace is.
"""

import threading
import time
from collections import Counter
from typing import Any

from studio.storage.account import Storage
from studio.storage.rows import Row, change_row, find_row, list_rows, replace_row
from studio.work.queue import ACTIVE, WorkMessage, read_message
from studio.work.state import WorkKey

# A listing of the outbox is used for this long, or ten times as long as it took.
VIEW_SECONDS = 0.2


class Turns:
    """Whose turn it was in this process, and its last listing of the outbox; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._served: dict[str, int] = {}
        self._count = 0
        self._rows: dict[str, Row] = {}
        self._until = 0.0

    def take(self, storage: Storage, asked: WorkMessage) -> WorkMessage:
        """Mark the work whose turn it is as taken and return its message; if none waits, it is the work asked for.

        That may have ended, or be in the hands of a worker that may have died: claiming it tells.
        """
        for fresh in (False, True):
            for row in self._in_turn(storage, fresh):
                if self._mark(storage, row, storage.clock().isoformat()):
                    found = read_message(row["Key"])
                    return asked if found.key == asked.key else found
        named = find_row(storage.table("jobs"), ACTIVE, asked.key.active_key)
        if named is not None:
            self._mark(storage, named, storage.clock().isoformat())
        return asked

    def others_wait(self, storage: Storage, workspace: str) -> bool:
        """Return whether work of another workspace waits while none of it is in progress."""
        with self._lock:
            rows = self._view(storage, fresh=False)
            busy = {_tenant(row) for row in rows if row.get("TakenAt")}
        due = storage.clock().isoformat()
        return any(_waits(row, due) and _tenant(row) not in busy | {workspace} for row in rows)

    def put_back(self, storage: Storage, key: WorkKey) -> None:
        """Let work that was taken, but neither ended nor queued again, be taken by the next message."""
        change_row(storage.table("jobs"), ACTIVE, key.active_key, lambda row: row | {"TakenAt": ""})

    def _in_turn(self, storage: Storage, fresh: bool) -> list[Row]:
        with self._lock:
            rows = self._view(storage, fresh)
            now = storage.clock().isoformat()
            busy = Counter(_tenant(row) for row in rows if row.get("TakenAt"))
            waiting = [row for row in rows if _waits(row, now)]
            return sorted(waiting, key=lambda row: self._priority(row, busy))

    def _priority(self, row: Row, busy: Counter[str]) -> tuple[Any, ...]:
        tenant = _tenant(row)
        return busy[tenant], self._served.get(tenant, 0), row["SentAt"], row["RowKey"]

    def _view(self, storage: Storage, fresh: bool) -> list[Row]:
        started = time.monotonic()
        if fresh or started > self._until:
            self._rows = {row["RowKey"]: row for row in list_rows(storage.table("jobs"), ACTIVE)}
            self._until = time.monotonic() + max(VIEW_SECONDS, 10 * (time.monotonic() - started))
        return list(self._rows.values())

    def _mark(self, storage: Storage, row: Row, now: str) -> bool:
        taken = row | {"TakenAt": now}
        etag = None if row.get("TakenAt") else replace_row(storage.table("jobs"), taken, row["etag"])
        with self._lock:
            if etag is None:
                # Taken, sent again or ended meanwhile.
                self._rows.pop(row["RowKey"], None)
                return False
            self._rows[row["RowKey"]] = taken | {"etag": etag}
            self._count += 1
            self._served[_tenant(row)] = self._count
        return True

    def ended(self, key: WorkKey) -> None:
        """Forget work that has ended or was queued again, until the outbox is listed again."""
        with self._lock:
            self._rows.pop(key.active_key, None)


def _tenant(row: Row) -> str:
    return read_message(row["Key"]).key.tenant


def _waits(row: Row, now: str) -> bool:
    return not row.get("TakenAt") and str(row.get("NotBefore", "")) <= now
