"""Table rows: point reads, inserts that refuse duplicates, and updates that never overwrite a concurrent change."""

from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableClient, TableTransactionError, UpdateMode

from studio.errors import Conflict

Row = dict[str, Any]
MAX_TRIES = 20
# The maximum number of rows in one transaction.
MAX_BATCH = 100
# Not found, exists already, changed.
REFUSED = (404, 409, 412)
# For reads that have a fallback: fail fast rather than retry.
IMPATIENT: dict[str, Any] = {"retry_total": 0, "connection_timeout": 1, "read_timeout": 1}


def find_row(table: TableClient, partition: str, key: str, **options: Any) -> Row | None:
    """Return a row with its `etag`, or None if it does not exist; `options` are passed to the storage client."""
    try:
        found = table.get_entity(partition, key, **options)
    except ResourceNotFoundError:
        return None
    return dict(found) | {"etag": found.metadata["etag"]}


def list_rows(table: TableClient, partition: str, filter_: str = "", select: list[str] | None = None) -> Iterator[Row]:
    """Yield the rows of a partition in key order, page by page; `filter_` is an OData expression."""
    expression = f"PartitionKey eq '{partition}'" + (f" and ({filter_})" if filter_ else "")
    yield from query_rows(table, expression, select)


def query_rows(table: TableClient, filter_: str, select: list[str] | None = None) -> Iterator[Row]:
    """Yield the rows of all partitions that match an OData expression; scans the whole table."""
    for found in table.query_entities(filter_, select=select):
        yield dict(found) | {"etag": found.metadata["etag"]}


def insert_row(table: TableClient, row: Row) -> bool:
    """Insert a row; return False if a row with its keys exists."""
    try:
        table.create_entity(row)
    except ResourceExistsError:
        return False
    return True


def insert_rows(table: TableClient, rows: Sequence[Row]) -> None:
    """Insert rows into one partition, replacing those that exist."""
    for batch in batched(rows, MAX_BATCH, strict=False):
        table.submit_transaction([("upsert", row, {"mode": UpdateMode.REPLACE}) for row in batch])


def replace_row(table: TableClient, row: Row, etag: str) -> str | None:
    """Replace a row if it still has this ETag; return the new ETag, or None if the row was changed or deleted."""
    try:
        written = table.update_entity(
            {name: value for name, value in row.items() if name != "etag"},
            mode=UpdateMode.REPLACE,
            etag=etag,
            match_condition=MatchConditions.IfNotModified,
        )
    except (ResourceModifiedError, ResourceNotFoundError):
        return None
    return str(written["etag"])


def move_row(table: TableClient, row: Row, moved: Row) -> bool:
    """Put a row, as read, under another key of its partition, both at once or not at all.

    Returns
    -------
    False if the row was changed or deleted meanwhile, or the new key is taken.
    """
    place = {name: row[name] for name in ("PartitionKey", "RowKey")}
    unchanged = {"etag": row["etag"], "match_condition": MatchConditions.IfNotModified}
    try:
        table.submit_transaction([("delete", place, unchanged), ("create", moved)])
    except TableTransactionError as error:
        if error.status_code not in REFUSED:
            raise
        return False
    return True


def change_row(
    table: TableClient, partition: str, key: str, change: Callable[[Row], Row | None], known: Row | None = None
) -> Row | None:
    """Read a row, change it and write it back; retry if another caller changed it in the meantime.

    Parameters
    ----------
    change
        Takes the row and returns the new one, or None to leave it unchanged.
    known
        The row as last seen. It is usually unchanged, which saves a read.

    Returns
    -------
    The row as written, or None if it does not exist or `change` left it unchanged.

    Raises
    ------
    Conflict
        If other callers keep changing the row.
    """
    if known is not None:
        changed = change(known)
        if changed is not None and (etag := replace_row(table, changed, known["etag"])):
            return changed | {"etag": etag}
    for _ in range(MAX_TRIES):
        row = find_row(table, partition, key)
        changed = change(row) if row is not None else None
        if row is None or changed is None:
            return None
        if etag := replace_row(table, changed, row["etag"]):
            return changed | {"etag": etag}
    raise Conflict("UnknownError", "Too many callers are changing this record at the same time. Try again.")


def delete_partition(table: TableClient, partition: str) -> None:
    """Delete all rows of a partition; may be repeated."""
    for row in list_rows(table, partition, select=["PartitionKey", "RowKey"]):
        delete_row(table, partition, row["RowKey"])


def delete_row(table: TableClient, partition: str, key: str) -> None:
    """Delete a row; may be repeated."""
    try:
        table.delete_entity(partition, key)
    except ResourceNotFoundError:
        return
