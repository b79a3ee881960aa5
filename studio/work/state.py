"""Where a piece of work stands: the columns that rows of jobs, runs, challenges and pipeline runs have in common.

State, Owner, LeaseUntil, Attempt, Progress (JSON), Details, CreatedAt, StartedAt, EndedAt.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from studio.storage.rows import Row


class State(StrEnum):
    """Where a piece of work stands."""

    NOT_STARTED = "NotStarted"
    QUEUED = "Queued"
    RUNNING = "Running"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    FINISHED = "Finished"

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self in (State.FAILED, State.CANCELLED, State.FINISHED)


@dataclass(frozen=True, slots=True)
class WorkKey:
    """Which row a message is about."""

    table: str
    partition: str
    key: str

    @property
    def active_key(self) -> str:
        """Row key in the partition of active work."""
        return f"{self.table}-{self.partition}-{self.key}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: steps done of how many, what comes next, rows handled so far."""

    done: int = 0
    total: int = 0
    step: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work as recorded; times are ISO 8601 in UTC, empty until they come."""

    key: WorkKey
    state: State
    attempt: int
    progress: Progress
    details: str
    created_at: str
    started_at: str
    ended_at: str
    lease_until: str


def read_work(table: str, row: Row) -> Work:
    """Return the work that a row of a table records."""
    return Work(
        WorkKey(table, row["PartitionKey"], row["RowKey"]),
        State(row["State"]),
        row["Attempt"],
        Progress(**json.loads(row["Progress"])),
        row["Details"],
        row["CreatedAt"],
        row["StartedAt"],
        row["EndedAt"],
        row["LeaseUntil"],
    )


def new_work_row(partition: str, key: str, state: State, *, now: datetime) -> Row:
    """Return the columns every piece of work starts with."""
    return {
        "PartitionKey": partition,
        "RowKey": key,
        "State": state.value,
        "Owner": "",
        "LeaseUntil": now.isoformat(),
        "Attempt": 0,
        "Progress": progress_text(Progress()),
        "Details": "",
        "CreatedAt": now.isoformat(),
        "StartedAt": "",
        "EndedAt": "",
    }


def progress_text(progress: Progress) -> str:
    """Return progress as its column holds it."""
    return json.dumps(asdict(progress))
