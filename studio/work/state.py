"""The state of a piece of work, in the columns that the rows of jobs, runs, challenges and pipeline runs share.

These are State, Owner, LeaseUntil, Attempt, Progress (JSON), Details, CreatedAt, StartedAt and EndedAt.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from studio.errors import BadArgument
from studio.storage.account import Storage
from studio.storage.keys import seal
from studio.storage.rows import Row
from studio.wire import invalid_value

# Storage takes 32,768 characters in a column.
MAX_COLUMN = 32_000


class State(StrEnum):
    """The state of a piece of work."""

    NOT_STARTED = "NotStarted"
    QUEUED = "Queued"
    RUNNING = "Running"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    FINISHED = "Finished"

    @property
    def is_final(self) -> bool:
        """Whether the state will not change again."""
        return self in (State.FAILED, State.CANCELLED, State.FINISHED)


# The statuses that lists are filtered by; work that waits in the queue has not started, as in a job's status.
STATUSES = {
    "NotStarted": (State.NOT_STARTED, State.QUEUED),
    **{state.value: (state,) for state in (State.RUNNING, State.FAILED, State.CANCELLED, State.FINISHED)},
}


def state_filter(status: str | None) -> str:
    """Return the OData expression for rows with a status, empty for None; BadArgument if there is no such status."""
    if status and status not in STATUSES:
        raise invalid_value("state", ", ".join(STATUSES), status[:40])
    return " or ".join(f"State eq '{state.value}'" for state in STATUSES.get(status or "", ()))


@dataclass(frozen=True, slots=True)
class WorkKey:
    """The key of the row of a piece of work, and its workspace."""

    table: str
    partition: str
    key: str
    workspace: str = field(default="", compare=False)

    @property
    def tenant(self) -> str:
        """Whose work it is when workspaces take turns; messages of earlier versions do not name the workspace."""
        return self.workspace or self.partition[:32]

    @property
    def active_key(self) -> str:
        """The row key in the partition of active work."""
        return f"{self.table}-{self.partition}-{self.key}"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a piece of work: steps done and in total, the current step, and rows processed so far."""

    done: int = 0
    total: int = 0
    step: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work as recorded; times are in ISO 8601, in UTC, and empty until they are set."""

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
    """Return the piece of work that a row of a table records."""
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
    """Return the initial columns of a piece of work."""
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


def sealed_request(storage: Storage, text: str) -> str:
    """Return a request as its column holds it, sealed; BadArgument if it is too long for that."""
    sealed = seal(storage.secret, text)
    if len(sealed) > MAX_COLUMN:
        raise BadArgument(
            "RequestBodyInvalid",
            f"A request, with its parameters and the locations of its data, may have about {MAX_COLUMN * 3 // 4:,} "
            f"characters, got {len(text):,}. Put large values in a blob.",
        )
    return sealed


def progress_text(progress: Progress) -> str:
    """Return progress as stored in its column."""
    return json.dumps(asdict(progress))
