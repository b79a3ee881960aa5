"""Datastores: named connections of a workspace to blobs, tables, databases and web addresses, with their secrets.

Table `datastores`: partition key is the workspace id, row key the name. Columns: Kind, Authentication, Places (JSON:
where it leads), Description, SecretIn and Secret (where the secret is kept and what opens it, kept_secrets.py),
CreatedAt, UpdatedAt.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.datasets.datastore_kinds import (
    NONE,
    PLACES,
    check_secret,
    destination,
    read_authentication,
    read_kind,
    read_places,
)
from studio.errors import BadArgument, Conflict, InvalidOperation, NotFound
from studio.hints import suggest
from studio.storage.account import Storage
from studio.storage.kept_secrets import KeptSecret, Owner, drop_secret, forget_secret, keep_secret, open_secret
from studio.storage.rows import Row, delete_row, find_row, insert_row, list_rows, replace_row
from studio.wire import classic_time, invalid_value, read_text

TABLE = "datastores"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
NAMES = "up to 40 lower-case letters, digits and dashes"
MOST = 100
HIDDEN = "***"
PROPERTIES = ("Kind", "Authentication", "Description", "Secret", "Account", *PLACES)


@dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore as stored; `places` say where it leads, by the names of PLACES."""

    workspace_id: str
    name: str
    kind: str
    authentication: str
    places: Mapping[str, str]
    description: str
    secret: KeptSecret | None
    created_at: str
    updated_at: str

    @property
    def owner(self) -> Owner:
        """Whose its secret is, and where it is sent."""
        return Owner(self.workspace_id, self.name, destination(self.kind, self.authentication, self.places))

    def open_secret(self, storage: Storage) -> str:
        """Return its secret, empty if it has none."""
        return open_secret(storage, self.owner, self.secret) if self.secret else ""


def put_datastore(
    storage: Storage, workspace_id: str, name: str, body: Mapping[str, Any], *, now: datetime
) -> Datastore:
    """Store a datastore, replacing one of that name; nothing is called.

    Parameters
    ----------
    body
        `Kind`, what the kind needs, and `Secret`. Without it, or with `***`, an earlier secret stays as long as all
        that decides where it is sent stays the same.

    Raises
    ------
    BadArgument
        If a property is invalid, or the secret is missing.
    InvalidOperation
        If the app may not call the host, or the workspace has too many datastores.
    Conflict
        If another caller changes it at the same time.
    """
    _check_name(name)
    if unknown := sorted(set(body) - set(PROPERTIES)):
        raise invalid_value("The properties of a datastore", f"among {', '.join(PROPERTIES)}", unknown[0][:100])
    row = find_row(storage.table(TABLE), workspace_id, name)
    before = _from_row(row) if row else None
    if before is None and sum(1 for _ in list_rows(storage.table(TABLE), workspace_id, select=["RowKey"])) >= MOST:
        raise InvalidOperation("BadParameterValue", f"A workspace may have {MOST} datastores.", name)
    kind = read_kind(body.get("Kind"))
    authentication = read_authentication(kind, body)
    new = Datastore(
        workspace_id,
        name,
        kind,
        authentication,
        read_places(storage, kind, authentication, body),
        read_text(body.get("Description") or "", "Description"),
        None,
        before.created_at if before else now.isoformat(),
        now.isoformat(),
    )
    kept, earlier = _read_secret(storage, new, body.get("Secret"), before), before.secret if before else None
    written = _to_row(new, kept)
    table = storage.table(TABLE)
    if not (replace_row(table, written, row["etag"]) if row else insert_row(table, written)):
        drop_secret(storage, None if kept == earlier else kept)
        raise Conflict("UnknownError", f"The datastore '{name}' was changed by another caller. Try again.", name)
    drop_secret(storage, None if kept == earlier else earlier)
    return _from_row(written)


def find_datastore(storage: Storage, workspace_id: str, name: str) -> Datastore | None:
    """Return a datastore, or None if there is none of that name."""
    row = find_row(storage.table(TABLE), workspace_id, name) if NAME.fullmatch(name) else None
    return _from_row(row) if row else None


def get_datastore(storage: Storage, workspace_id: str, name: str) -> Datastore:
    """Return a datastore; NotFound if there is none of that name."""
    found = find_datastore(storage, workspace_id, name)
    if found is None:
        known = [item.name for item in list_datastores(storage, workspace_id)]
        hint = suggest(name[:100], known, "The workspace has")
        raise NotFound("DatastoreNotFound", f"The workspace has no datastore '{name[:100]}'. {hint}", name[:100])
    return found


def list_datastores(storage: Storage, workspace_id: str) -> list[Datastore]:
    """Return a workspace's datastores, by name."""
    return [_from_row(row) for row in list_rows(storage.table(TABLE), workspace_id)]


def delete_datastore(storage: Storage, datastore: Datastore) -> None:
    """Delete a datastore with its secret; what it leads to stays. May be repeated.

    Raises ServiceUnavailable if the secret is in a key vault that cannot be used; the datastore stays then.
    """
    forget_secret(storage, datastore.secret)
    delete_row(storage.table(TABLE), datastore.workspace_id, datastore.name)


def datastore_object(datastore: Datastore) -> dict[str, Any]:
    """Return a datastore as the API shows it: of its secret, only whether it has one, and where that is kept."""
    return {
        "Name": datastore.name,
        "Kind": datastore.kind,
        "Authentication": datastore.authentication,
        **{name: datastore.places.get(name) for name in PLACES},
        "Description": datastore.description,
        "Secret": HIDDEN if datastore.secret else None,
        "SecretIn": datastore.secret.place if datastore.secret else None,
        "CreatedAt": classic_time(datastore.created_at),
        "UpdatedAt": classic_time(datastore.updated_at),
    }


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        text = f"A datastore's name must be {NAMES}, got {name[:100]!r}."
        raise BadArgument("BadParameterValue", text, "Name")


def _read_secret(storage: Storage, new: Datastore, value: Any, before: Datastore | None) -> KeptSecret | None:
    """Return the secret of a datastore: the given one, or the earlier one if it goes where it went."""
    if new.authentication == NONE:
        if value not in (None, "", HIDDEN):
            text = f"Secret must be left out with the authentication {NONE}."
            raise BadArgument("BadParameterValue", text, "Secret")
        return None
    if value in (None, "", HIDDEN):
        if before is not None and before.secret is not None and before.owner == new.owner:
            return before.secret
        text = (
            "The stored secret is not kept for another kind, address, server, user or authentication: give Secret."
            if before is not None and before.secret is not None
            else f"Secret is missing: the authentication {new.authentication} needs one."
        )
        raise BadArgument("BadParameterValue", text, "Secret")
    return keep_secret(storage, new.owner, check_secret(new.authentication, value))


def _to_row(datastore: Datastore, kept: KeptSecret | None) -> Row:
    return {
        "PartitionKey": datastore.workspace_id,
        "RowKey": datastore.name,
        "Kind": datastore.kind,
        "Authentication": datastore.authentication,
        "Places": json.dumps(dict(datastore.places)),
        "Description": datastore.description,
        "SecretIn": kept.place if kept else "",
        "Secret": kept.text if kept else "",
        "CreatedAt": datastore.created_at,
        "UpdatedAt": datastore.updated_at,
    }


def _from_row(row: Row) -> Datastore:
    return Datastore(
        row["PartitionKey"],
        row["RowKey"],
        row["Kind"],
        row["Authentication"],
        json.loads(row["Places"]),
        row["Description"],
        KeptSecret(row["SecretIn"], row["Secret"]) if row["SecretIn"] else None,
        row["CreatedAt"],
        row["UpdatedAt"],
    )
