"""Table rows: point reads, inserts that refuse duplicates, and changes that never lose another's change."""

from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableClient, UpdateMode

from studio.errors import Conflict

Row = dict[str, Any]
MAX_TRIES = 20
# What one transaction may hold.
MAX_BATCH = 100
# For reads that something else can stand in for: fail soon rather than retry.
IMPATIENT: dict[str, Any] = {"retry_total": 0, "connection_timeout": 1, "read_timeout": 1}


def find_row(table: TableClient, partition: str, key: str, **options: Any) -> Row | None:
    """Return one row by its keys with its `etag`, or None; `options` go to the storage client."""
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
    """Yield the rows of any partition that an OData expression holds for; reads the whole table."""
    for found in table.query_entities(filter_, select=select):
        yield dict(found) | {"etag": found.metadata["etag"]}


def insert_row(table: TableClient, row: Row) -> bool:
    """Insert a row; False if one with its keys exists."""
    try:
        table.create_entity(row)
    except ResourceExistsError:
        return False
    return True


def insert_rows(table: TableClient, rows: Sequence[Row]) -> None:
    """Insert rows of one partition, or replace those there are."""
    for batch in batched(rows, MAX_BATCH, strict=False):
        table.submit_transaction([("upsert", row, {"mode": UpdateMode.REPLACE}) for row in batch])


def replace_row(table: TableClient, row: Row, etag: str) -> str | None:
    """Replace a row that still has this ETag and return its new one; None if it was changed or deleted meanwhile."""
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


def change_row(
    table: TableClient, partition: str, key: str, change: Callable[[Row], Row | None], known: Row | None = None
) -> Row | None:
    """Read a row, change it and write it back, again and again until nobody came between.

    Parameters
    ----------
    change
        Gets the row and returns the new one, or None to leave it.
    known
        The row as it was seen last: most often it still is so, which saves reading it.

    Returns
    -------
    The row as written, or None if there is none or `change` left it.

    Raises
    ------
    Conflict
        If others keep changing the row.
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
    raise Conflict("UnknownError", "The record is being changed by many callers at once. Try again.")


def delete_partition(table: TableClient, partition: str) -> None:
    """Delete all rows of a partition; one that is gone already is fine."""
    for row in list_rows(table, partition, select=["PartitionKey", "RowKey"]):
        delete_row(table, partition, row["RowKey"])


def delete_row(table: TableClient, partition: str, key: str) -> None:
    """Delete a row; one that is gone already is fine."""
    try:
        table.delete_entity(partition, key)
    except ResourceNotFoundError:
        return
