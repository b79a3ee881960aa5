"""The keys of experiments: what their versions, runs, drafts and kept results hang on, whatever they are called.

A key is the hash of the first name. Renaming an experiment keeps its key, in column Key of its row in table
`experiments`, so that nothing that belongs to it moves. What had a name before is in partition `{workspace id}-former`,
row key the hash of that name: Moved, the key of the experiment that had it, and Next, the key of the next experiment
that takes the name.
"""

from typing import Any

from azure.data.tables import UpdateMode

from studio.storage.account import Storage
from studio.storage.keys import name_key, new_id
from studio.storage.rows import Row, find_row, list_rows

TABLE = "experiments"


def row_key(row: Row) -> str:
    """Return the key of the experiment in a row; rows of earlier versions have it as their row key."""
    return str(row.get("Key") or row["RowKey"])


def key_columns(row_key: str, key: str) -> dict[str, Any]:
    """Return the column that a row has if its key is not its row key."""
    return {} if key == row_key else {"Key": key}


def find_key(storage: Storage, workspace_id: str, name: str) -> str:
    """Return the key of the experiment of a name, or the one that it would have if it were saved."""
    row = find_row(storage.table(TABLE), workspace_id, name_key(name))
    return row_key(row) if row is not None else new_key(storage, workspace_id, name)


def new_key(storage: Storage, workspace_id: str, name: str) -> str:
    """Return the key of a new experiment of a name that no experiment has."""
    former = find_row(storage.table(TABLE), _former(workspace_id), name_key(name))
    return str(former["Next"]) if former is not None else name_key(name)


def list_names(storage: Storage, workspace_id: str) -> dict[str, str]:
    """Return the names of the workspace's experiments by their keys."""
    rows = list_rows(storage.table(TABLE), workspace_id, select=["PartitionKey", "RowKey", "Name", "Key"])
    return {row_key(row): row["Name"] for row in rows}


def find_row_of(storage: Storage, workspace_id: str, key: str) -> Row | None:
    """Return the row of the experiment with a key, or None."""
    table = storage.table(TABLE)
    row = find_row(table, workspace_id, key)
    if row is not None and row_key(row) == key:
        return row
    return next((row for row in list_rows(table, workspace_id) if row_key(row) == key), None)


def find_moved(storage: Storage, workspace_id: str, name: str) -> Row | None:
    """Return the row of the experiment that had a name before it was renamed, or None."""
    former = find_row(storage.table(TABLE), _former(workspace_id), name_key(name))
    return find_row_of(storage, workspace_id, former["Moved"]) if former is not None else None


def note_former(storage: Storage, workspace_id: str, name: str, key: str) -> None:
    """Note, before an experiment gives up a name, whose it was; may be repeated.

    As long as an experiment has the name, nobody looks here.
    """
    table, partition = storage.table(TABLE), _former(workspace_id)
    known = find_row(table, partition, name_key(name))
    if known is None or known["Moved"] != key:
        row = {"PartitionKey": partition, "RowKey": name_key(name), "Moved": key, "Next": new_id()}
        table.upsert_entity(row, mode=UpdateMode.REPLACE)


def _former(workspace_id: str) -> str:
    return f"{workspace_id}-former"
