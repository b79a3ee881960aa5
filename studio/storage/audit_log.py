"""The audit log: who changed what in a workspace or read its keys, with which credential, from where, and how it ended.

Table `audit`: partition key is the workspace id, row key `{time, counted backwards}-{8 hex digits}`; At, By, Name,
Source, Action, Method, Path, Status (0 until the action has ended), RequestId. Rows are only added; all that is written
later is how the action ended. A row is there before anything is done, so nothing is done that is not in it.

Rows stay when their workspace is deleted, or a deletion would hide who did what; PERENNIAL_AUDIT_DAYS ends them.
"""

import contextlib
import json
import logging
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from azure.core.exceptions import AzureError
from azure.data.tables import UpdateMode

from studio.errors import StudioError
from studio.storage.account import Storage
from studio.storage.rows import Row, list_rows
from studio.wire import classic_time

TABLE = "audit"
# Later than the year 9999 in microseconds, so that a later time has a smaller key.
LAST = 10**18
MAX_TEXT = 1000
DONE, FAILED = 200, 500
SEARCHED = ("By", "Name", "Source", "Action", "Path")
MAX_LOOKED = 10_000
# Set while a call that somebody made is in progress: what it changes is in the log already.
in_call: ContextVar[bool] = ContextVar("in_call", default=False)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody does.

    Parameters
    ----------
    by
        The kind of credential and its slot, such as `workspace token (primary)`; never the credential.
    name
        The person's name, where the platform knows one; else empty.
    source
        The IP address that the call came from; empty if it is not known.
    action
        The name of the operation, as in /openapi.json.
    method, path
        Of the request, the path without its query.
    """

    by: str
    name: str
    source: str
    action: str
    method: str
    path: str


def begin(storage: Storage, workspace_id: str, act: Act, *, now: datetime, status: int = 0) -> Row:
    """Record an act before it is done, and return its row; an error of storage rises, and nothing must be done then."""
    columns = {name.capitalize(): value[:MAX_TEXT] for name, value in asdict(act).items()}
    row = {"PartitionKey": workspace_id, "RowKey": f"{_key(now)}-{secrets.token_hex(4)}", "At": now.isoformat()}
    row |= columns | {"Status": status, "RequestId": ""}
    storage.table(TABLE).create_entity(row)
    if status:
        _log(row)
    return row


def end(storage: Storage, row: Row, status: int, request_id: str) -> None:
    """Record how an act ended; if storage fails now, the row says that it was begun, and the log how it ended."""
    changes = {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"], "Status": status, "RequestId": request_id}
    _log(row | changes)
    try:
        storage.table(TABLE).update_entity(changes, mode=UpdateMode.MERGE)
    except AzureError as error:
        logger.warning("The audit log does not have how %s ended: %s", row["Action"], type(error).__name__)


@contextlib.contextmanager
def acting(storage: Storage, workspace_id: str, act: Act) -> Iterator[None]:
    """Return a context manager for what the app does by itself: in the log before it begins, with a status at last.

    What is done inside a call, or inside another such act, is in the log already.
    """
    if in_call.get():
        yield
        return
    row, token = begin(storage, workspace_id, act, now=storage.clock()), in_call.set(True)
    try:
        yield
    except Exception as error:
        end(storage, row, error.status if isinstance(error, StudioError) else FAILED, "")
        raise
    finally:
        in_call.reset(token)
    end(storage, row, DONE, "")


def list_acts(storage: Storage, workspace_id: str, *, since: str, until: str, after: str) -> Iterator[Row]:
    """Yield what was done in a workspace, newest first.

    Parameters
    ----------
    since, until
        Times in ISO 8601, or empty.
    after
        The row key of the last act of the page before, or empty.
    """
    bounds = [f"RowKey gt '{after}'"] if after else []
    bounds += [f"RowKey le '{_key(datetime.fromisoformat(since))}.'"] if since else []
    bounds += [f"RowKey ge '{_key(datetime.fromisoformat(until))}'"] if until else []
    return list_rows(storage.table(TABLE), workspace_id, " and ".join(bounds))


def find_acts(acts: Iterator[Row], text: str, limit: int) -> tuple[list[Row], str | None]:
    """Return the first acts that have a text, in any case, and the row key after which to look on; None at the end.

    Of a long log a page looks at MAX_LOOKED acts, so that it may have fewer than there is room for, or none.
    """
    wanted, found, place = text.casefold(), list[Row](), ""
    for looked, row in enumerate(acts):
        if len(found) == limit or looked == MAX_LOOKED:
            return found, place
        if not wanted or any(wanted in str(row[name]).casefold() for name in SEARCHED):
            found.append(row)
        place = row["RowKey"]
    return found, None


def act_object(row: Row) -> dict[str, Any]:
    """Return an act as the API shows it."""
    return {
        "At": classic_time(row["At"]),
        "By": row["By"],
        "Name": row["Name"] or None,
        "From": row["Source"] or None,
        "Action": row["Action"],
        "Method": row["Method"],
        "Path": row["Path"],
        "Status": row["Status"] or None,
        "RequestId": row["RequestId"] or None,
    }


def _log(row: Row) -> None:
    # One line of JSON: of the app's log lines, Azure Monitor gets the text only. The workbook in infra/ reads it.
    logger.info("Audit %s", json.dumps({"Workspace": row["PartitionKey"]} | act_object(row)))


def _key(at: datetime) -> str:
    return f"{LAST - round(at.timestamp() * 1_000_000):018d}"
