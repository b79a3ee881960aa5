"""Where the scoring of a shadow is: from when, up to when, how many rows, and what was compared.

Table `shadows`: partition key is the workspace id, row key the endpoint id; the columns of studio/work/state.py and
Candidate (which deployment it is of), Since and Mark (rows from the one to before the other are scored), Until (where
the slice ends that is asked for), Rows, Failed, Compared (deflated JSON), Seconds (how long the last slice took),
Closed (when the shadow ended).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from studio.registry.deployments import Deployment, models_id
from studio.rollout.shadow_comparison import Compared, read_compared
from studio.storage.account import Storage
from studio.storage.rows import Row, change_row, delete_row, find_row, insert_row, replace_row
from studio.work.schedules import Schedule, put_schedule
from studio.work.state import State, WorkKey, new_work_row

TABLE = KIND = "shadows"


@dataclass(frozen=True, slots=True)
class ShadowState:
    """What is known of a shadow; times are in ISO 8601."""

    candidate: str
    since: str
    mark: str
    rows: int
    failed: int
    compared: dict[str, Compared]
    state: State
    details: str
    ended_at: str
    closed: str


def shadow_key(shadow: Deployment) -> str:
    """Return what tells a candidate in the shadow from any other: its name and models."""
    return f"{shadow.name}/{models_id(shadow.resources)}"


def mark_text(moment: datetime) -> str:
    """Return a time in UTC as a row has it."""
    return moment.astimezone(UTC).isoformat()


def work_key(workspace_id: str, endpoint_id: str) -> WorkKey:
    """Return the key of an endpoint's piece of work."""
    return WorkKey(TABLE, workspace_id, endpoint_id, workspace_id)


def schedule_shadow(
    storage: Storage, workspace_id: str, endpoint_id: str, shadow: Deployment, since: datetime, now: datetime
) -> None:
    """Have the timer look after a candidate from now on; before the endpoint has it, so that no death loses it."""
    cursor = {"candidate": shadow_key(shadow), "since": mark_text(since), "asked": mark_text(now)}
    put_schedule(storage, Schedule(KIND, workspace_id, endpoint_id, now.isoformat(), cursor=cursor))


def open_state(
    storage: Storage,
    workspace_id: str,
    endpoint_id: str,
    shadow: Deployment,
    since: datetime,
    *,
    anew: bool = False,
    still: Callable[[], bool] = lambda: True,
    now: datetime,
) -> Row | None:
    """Return the row of a candidate, made if there is none or it is another's, or if it is to begin `anew`.

    Parameters
    ----------
    still
        Asked before a shadow that has ended is opened again, which forgets what was compared: whether the endpoint has
        it. None is returned if not.
    """
    table, key = storage.table(TABLE), shadow_key(shadow)
    while True:
        known = find_row(table, workspace_id, endpoint_id)
        if known is not None and known["Candidate"] == key and not known["Closed"] and not anew:
            return known
        if known is not None and known["Candidate"] == key and known["Closed"] and not still():
            return None
        row = new_work_row(workspace_id, endpoint_id, State.NOT_STARTED, now=now) | {
            "Candidate": key,
            "Since": mark_text(since),
            "Mark": mark_text(since),
            "Until": mark_text(since),
            "Rows": 0,
            "Failed": 0,
            "Seconds": 0.0,
            "Closed": "",
        }
        stored = insert_row(table, row) if known is None else replace_row(table, row, known["etag"])
        if stored:
            anew = False


def find_state(storage: Storage, workspace_id: str, endpoint_id: str) -> ShadowState | None:
    """Return what is known of an endpoint's shadow, or of its last one; None if it never had any."""
    row = find_row(storage.table(TABLE), workspace_id, endpoint_id)
    if row is None:
        return None
    return ShadowState(
        row["Candidate"],
        row["Since"],
        row["Mark"],
        int(row["Rows"]),
        int(row["Failed"]),
        read_compared(row.get("Compared")),
        State(row["State"]),
        row["Details"],
        row["EndedAt"],
        row["Closed"],
    )


def close_state(storage: Storage, workspace_id: str, endpoint_id: str, *, now: datetime) -> None:
    """Note that a shadow has ended; what it showed stays. May be repeated."""

    def close(row: Row) -> Row | None:
        # Without an owner, a worker that is at it loses its lease and writes nothing more.
        ended = {"Closed": mark_text(now), "Owner": "", "State": State.CANCELLED.value}
        return None if row["Closed"] else row | ended

    change_row(storage.table(TABLE), workspace_id, endpoint_id, close)


def delete_state(storage: Storage, workspace_id: str, endpoint_id: str) -> None:
    """Delete what is known of the shadow of an endpoint that is deleted."""
    delete_row(storage.table(TABLE), workspace_id, endpoint_id)
