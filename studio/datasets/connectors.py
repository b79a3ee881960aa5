"""Data outside the workspace: web addresses, and tables in other storage accounts; databases.py has databases.

The app setting PERENNIAL_IMPORT_HOSTS lists the hosts that may be called.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import requests
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from studio.errors import BadArgument
from studio.storage.addresses import Address, BadAddress, is_allowed, parse_address
from studio.storage.blob_access import table_too_large
from studio.storage.connections import CHECK, DOWNLOAD, Patience
from studio.storage.egress import BodyTooLarge, guarded_session, read_body, refusal
from studio.tables.schema import Cell, Column, ColumnType

# What servers say that know no HEAD, and that nothing is at an address.
NO_HEAD, NO_FILE = (405, 501), (403, 404)
MAX_VERSION = 500


def download(url: str, allowed_hosts: Sequence[str], limit: int, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the content of a web address, without following redirects.

    Parameters
    ----------
    headers
        What opens the address, if anything does.

    Raises
    ------
    BadArgument
        If its host is not allowed, or the response is not a file.
    TooLarge
        If the file, unpacked, exceeds `limit` bytes.
    """
    address = _web_address(url, allowed_hosts)
    try:
        with _request("GET", address, allowed_hosts, DOWNLOAD, headers) as response:
            if response.status_code != 200:
                raise _bad_url(f"The URL returned status {response.status_code} instead of a file.")
            return read_body(response, limit)
    except BodyTooLarge as error:
        raise table_too_large(address.host, limit + 1, limit, "URL") from error
    except requests.RequestException as error:
        raise _unreadable_url(error) from error


def read_version(
    url: str, allowed_hosts: Sequence[str], headers: Mapping[str, str] | None = None, *, bare: bool = False
) -> str | None:
    """Return the ETag of a web address, else when it was last modified; None if the server says neither.

    Parameters
    ----------
    bare
        Whether the address itself need not be a file, only what lies below it.

    Raises
    ------
    BadArgument
        If its host is not allowed, or it is no file.
    """
    address = _web_address(url, allowed_hosts)
    try:
        for method in ("HEAD", "GET"):
            with _request(method, address, allowed_hosts, CHECK, headers) as response:
                status, told = response.status_code, response.headers
            if status not in NO_HEAD:
                break
    except requests.RequestException as error:
        raise _unreadable_url(error) from error
    if status != 200 and not (bare and status in (*NO_FILE, *NO_HEAD)):
        raise _bad_url(f"The URL returned status {status} instead of a file.")
    return (told.get("etag") or told.get("last-modified") or "")[:MAX_VERSION] or None


def _web_address(url: str, allowed_hosts: Sequence[str]) -> Address:
    try:
        address = parse_address(url.strip())
    except BadAddress as error:
        raise _bad_url(f"The URL cannot be used: {error}.") from error
    if not is_allowed(address, allowed_hosts):
        raise _bad_url(
            f"Importing data from '{address.netloc}' is not allowed. The app's operator can add the host to the app "
            "setting PERENNIAL_IMPORT_HOSTS, with its port if that is not 80 or 443."
        )
    return address


@contextlib.contextmanager
def _request(
    method: str, address: Address, allowed_hosts: Sequence[str], patience: Patience, headers: Mapping[str, str] | None
) -> Iterator[requests.Response]:
    session = guarded_session(tuple(allowed_hosts), patience)
    timeout, given = (patience.connect_seconds, patience.read_seconds), dict(headers or {})
    options: Any = {"stream": True, "allow_redirects": False, "timeout": timeout, "headers": given}
    with session.request(method, address.url, **options) as response:
        if response.is_redirect:
            raise _bad_url("The URL redirects to another address, which is not followed. Give that address instead.")
        yield response


def _unreadable_url(error: requests.RequestException) -> BadArgument:
    return _bad_url(f"The URL cannot be read: {refusal(error) or f'{type(error).__name__}.'}")


def _bad_url(message: str) -> BadArgument:
    return BadArgument("BadParameterValue", message, "URL")


def read_entities(table: TableClient, limit: int | None, max_bytes: int) -> tuple[list[Column], list[list[Cell]]]:
    """Return the columns of a storage table, and the cells of each; a property that a row lacks is a missing cell.

    Parameters
    ----------
    limit
        How many rows to read; None reads all.
    max_bytes
        TooLarge if names and values have more than this.
    """
    entities: list[Any] = []
    size = 0
    try:
        for entity in table.list_entities():
            entities.append(entity)
            size += sum(len(name) + len(str(value)) for name, value in entity.items())
            if size > max_bytes:
                raise table_too_large(table.table_name, size, max_bytes, "Table name")
            if limit is not None and len(entities) >= limit:
                break
    except ResourceNotFoundError as error:
        raise BadArgument("BadParameterValue", f"There is no table '{table.table_name}'.", "Table name") from error
    except (AzureError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadArgument(
            "BadParameterValue",
            f"The table '{table.table_name}' cannot be read. {refusal(error) or ''} Check the account name and key.",
            "Table name",
        ) from error
    names = list(dict.fromkeys(name for entity in entities for name in entity))
    cells = [[_entity_cell(entity.get(name)) for entity in entities] for name in names]
    return [Column(name, column_type(found)) for name, found in zip(names, cells, strict=True)], cells


def count_tables(account: TableServiceClient) -> int:
    """Return how many tables an account lists on the first page; BadArgument if it cannot be asked."""
    try:
        return len(list(next(account.list_tables().by_page(), ())))
    except (AzureError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadArgument(
            "BadParameterValue",
            f"The account's tables cannot be listed. {refusal(error) or ''} Check the account name and key; a SAS "
            "token of one table needs the table's name.",
            "Table name",
        ) from error


def write_entities(
    table: TableClient, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], keys: tuple[str | None, str | None]
) -> None:
    """Write rows as entities; writing the same rows again replaces them.

    Parameters
    ----------
    keys
        The columns with the partition key and the row key; None means `rows` and the row's number, respectively.
    """
    names = [column.name for column in columns]
    try:
        _ensure_table(table)
        for number, row in enumerate(rows):
            entity: dict[str, Any] = {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
            given = [entity.get(key) if key else None for key in keys]
            partition, row_key = (
                value if value is not None else default
                for value, default in zip(given, ("rows", f"{number:010}"), strict=True)
            )
            entity |= {"PartitionKey": str(partition), "RowKey": str(row_key)}
            table.upsert_entity(entity, mode=UpdateMode.REPLACE)
    except AzureError as error:
        raise BadArgument(
            "BadParameterValue",
            f"The table '{table.table_name}' cannot be written. Check that it exists, and the account name and key.",
            "Table name",
        ) from error


def column_type(cells: Sequence[Cell]) -> ColumnType:
    """Return the column type that fits all cells."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return ColumnType.BOOLEAN
    if kinds == {int}:
        return ColumnType.INT64
    if kinds <= {int, float, bool}:
        return ColumnType.DOUBLE
    return ColumnType.STRING


def _ensure_table(table: TableClient) -> None:
    try:
        table.create_table()
    except ResourceExistsError:
        return
    except HttpResponseError as error:
        # A SAS may permit writing rows but not creating tables: then the table must exist already.
        if error.status_code != 403:
            raise


def _entity_cell(value: Any) -> Cell:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    number = getattr(value, "value", None)
    return number if isinstance(number, int) else str(value)
