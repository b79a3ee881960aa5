"""Workspaces: the tenants, which own everything else, and their authorization tokens.

Table `workspaces`: partition key is the workspace id, row key `workspace`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from studio.errors import BadArgument, NotFound
from studio.registry.announcements import token_notice, token_witness
from studio.storage.account import Storage
from studio.storage.event_log import announce, emit_announced
from studio.storage.keys import SLOTS, derive_key, is_id, new_generation, new_id
from studio.storage.rows import Row, change_row, find_row, insert_row, query_rows
from studio.wire import classic_time, studio_time

ROW = "workspace"
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant; `generations` holds the generation numbers of its primary and secondary authorization tokens."""

    id: str
    friendly_name: str
    created_at: str
    generations: tuple[str, str]

    def token(self, master_secret: str, slot: int) -> str:
        """Return the primary (0) or secondary (1) authorization token."""
        return derive_key(master_secret, self.id, "workspace", str(slot), self.generations[slot])


def create_workspace(storage: Storage, friendly_name: str, *, now: datetime) -> Workspace:
    """Create a workspace with a new id."""
    workspace = _new_workspace(new_id(), friendly_name, now)
    insert_row(storage.table("workspaces"), _to_row(workspace))
    return workspace


def put_workspace(storage: Storage, workspace_id: str, friendly_name: str, *, now: datetime) -> Workspace:
    """Return the workspace with this id; create it if it does not exist."""
    check_workspace_id(workspace_id)
    insert_row(storage.table("workspaces"), _to_row(_new_workspace(workspace_id, friendly_name, now)))
    return get_workspace(storage, workspace_id)


def get_workspace(storage: Storage, workspace_id: str) -> Workspace:
    """Return a workspace; NotFound if it does not exist, BadArgument if the id is malformed."""
    check_workspace_id(workspace_id)
    row = find_row(storage.table("workspaces"), workspace_id, ROW)
    if row is None:
        raise NotFound("WorkspaceNotFound", f"There is no workspace {workspace_id}.")
    return _from_row(row)


def list_workspaces(storage: Storage) -> Iterator[Workspace]:
    """Yield all workspaces of the app."""
    for row in query_rows(storage.table("workspaces"), f"RowKey eq '{ROW}'"):
        yield _from_row(row)


def regenerate_token(storage: Storage, workspace_id: str, slot: int, *, by: str = "") -> Workspace:
    """Regenerate the primary (0) or secondary (1) token; the other stays valid. `by` is the credential that asked."""
    name, at = ("PrimaryGeneration", "SecondaryGeneration")[slot], storage.clock().isoformat()

    def renew(row: Row) -> Row:
        generation = int(row[name]) + 1
        notice = token_notice(workspace_id, slot, generation, by, at)
        announce(storage, workspace_id, notice, token_witness(name, generation))
        return row | {name: str(generation)}

    row = change_row(storage.table("workspaces"), workspace_id, ROW, renew)
    if row is None:
        raise NotFound("WorkspaceNotFound", f"There is no workspace {workspace_id}.")
    emit_announced(storage, workspace_id, token_notice(workspace_id, slot, int(row[name]), by, at))
    return _from_row(row)


def check_workspace_id(workspace_id: str) -> None:
    """Raise BadArgument unless the id is 32 lower-case hex digits."""
    if not is_id(workspace_id):
        raise BadArgument("InvalidWorkspaceId", f"The workspace id is invalid: '{workspace_id}' is not 32 hex digits.")


def _new_workspace(workspace_id: str, friendly_name: str, now: datetime) -> Workspace:
    if not 0 < len(friendly_name.strip()) <= MAX_NAME:
        raise BadArgument(
            "BadParameterValue",
            f"FriendlyName must have 1 to {MAX_NAME} characters, got {len(friendly_name.strip())}.",
            "FriendlyName",
        )
    generation = str(new_generation(now.timestamp()))
    return Workspace(workspace_id, friendly_name.strip(), now.isoformat(), (generation, generation))


def _to_row(workspace: Workspace) -> Row:
    return {
        "PartitionKey": workspace.id,
        "RowKey": ROW,
        "FriendlyName": workspace.friendly_name,
        "CreatedAt": workspace.created_at,
        "PrimaryGeneration": workspace.generations[0],
        "SecondaryGeneration": workspace.generations[1],
    }


def _from_row(row: Row) -> Workspace:
    generations = (row["PrimaryGeneration"], row["SecondaryGeneration"])
    return Workspace(row["PartitionKey"], row["FriendlyName"], row["CreatedAt"], generations)


def read_slot(value: str | None) -> int:
    """Return 0 for `primary`, 1 for `secondary`; BadArgument otherwise."""
    if value not in SLOTS:
        raise BadArgument("BadParameterValue", f"slot must be primary or secondary, got {value!r}.", "slot")
    return SLOTS.index(value)


def workspace_object(workspace: Workspace, master_secret: str) -> dict[str, Any]:
    """Return a workspace as the Studio API shows it (reference 5)."""
    return {
        "WorkspaceId": workspace.id,
        "FriendlyName": workspace.friendly_name,
        "CreatedTime": classic_time(workspace.created_at),
        "AuthorizationToken": {
            "PrimaryToken": workspace.token(master_secret, 0),
            "SecondaryToken": workspace.token(master_secret, 1),
        },
    }


def studio_workspace_object(workspace: Workspace, master_secret: str, account: str) -> dict[str, Any]:
    """Return a workspace with all properties that Studio API clients read; `account` is the storage account's name."""
    return workspace_object(workspace, master_secret) | {
        "CreatedTime": studio_time(workspace.created_at),
        "Description": "",
        "OwnerEmail": None,
        "Region": None,
        "SubscriptionId": None,
        "SubscriptionName": None,
        "Type": "Production",
        "UserStorage": account,
        "WorkspaceStatus": "Enabled",
    }


def refuse_invitation() -> NoReturn:
    """Raise BadArgument, since workspaces have no users."""
    raise BadArgument(
        "BadParameterValue",
        "Workspaces have no users: anyone with one of the two workspace tokens can manage the workspace. To invite "
        "someone, give them the secondary token; to revoke access, regenerate it (POST "
        "/workspaces/{id}/regeneratetoken?slot=secondary).",
        "Emails",
    )
