"""Data outside the workspace: web addresses, tables in other storage accounts, databases.

App settings decide what is accessible: PERENNIAL_IMPORT_HOSTS lists hosts, and PERENNIAL_DATABASES names databases, so
that experiments contain neither the address nor the password of a database.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, UpdateMode

from studio.errors import BadArgument
from studio.storage.addresses import BadAddress, is_allowed, parse_address
from studio.storage.blob_access import table_too_large
from studio.storage.connections import DOWNLOAD
from studio.storage.egress import BodyTooLarge, guarded_session, read_body, refusal
from studio.tables import sqlite_guard
from studio.tables.schema import Cell, Column, ColumnType

BATCH_ROWS = 1000


def download(url: str, allowed_hosts: Sequence[str], limit: int) -> bytes:
    """Return the content of a web address, without following redirects.

    Raises
    ------
    BadArgument
        If its host is not allowed, or the response is not a file.
    TooLarge
        If the file, unpacked, exceeds `limit` bytes.
    """
    import requests

    try:
        address = parse_address(url.strip())
    except BadAddress as error:
        raise _bad_url(f"The URL cannot be used: {error}.") from error
    if not is_allowed(address, allowed_hosts):
        raise _bad_url(
            f"Importing data from '{address.netloc}' is not allowed. The app's operator can add the host to the app "
            "setting PERENNIAL_IMPORT_HOSTS, with its port if that is not 80 or 443."
        )
    session = guarded_session(tuple(allowed_hosts), DOWNLOAD)
    timeout = (DOWNLOAD.connect_seconds, DOWNLOAD.read_seconds)
    try:
        with session.get(address.url, stream=True, allow_redirects=False, timeout=timeout) as response:
            if response.is_redirect:
                raise _bad_url(
                    "The URL redirects to another address, which is not followed. Give that address instead."
                )
            if response.status_code != 200:
                raise _bad_url(f"The URL returned status {response.status_code} instead of a file.")
            return read_body(response, limit)
    except BodyTooLarge as error:
        raise table_too_large(address.host, limit + 1, limit, "URL") from error
    except requests.RequestException as error:
        raise _bad_url(f"The URL cannot be read: {refusal(error) or f'{type(error).__name__}.'}") from error


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


def query_database(
    url: str, query: str, limit: int = sqlite_guard.MAX_RESULT_BYTES
) -> tuple[list[Column], list[list[Cell]]]:
    """Return the columns of a query's result, and the cells of each.

    Queries only read: in SQLite and PostgreSQL the connection refuses anything else.

    Parameters
    ----------
    limit
        The largest result, in bytes.

    Raises
    ------
    BadArgument
        With the database's own message if it cannot be reached or rejects the query, or if the result is too large.
    """
    import sqlalchemy

    try:
        engine = _guarded_engine(url, writes=False)
        options = {"stream_results": True} | ({"postgresql_readonly": True} if engine.name == "postgresql" else {})
        with engine.connect().execution_options(**options) as connection:
            result = connection.execute(sqlalchemy.text(query))
            names = list(result.keys())
            rows = sqlite_guard.fetch_all(result, limit)
    except sqlite_guard.ResultTooLarge as error:
        raise BadArgument("BadParameterValue", f"Database query: {error}", "Database query") from error
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise _database_error(error) from error
    cells = [[_database_cell(row[index]) for row in rows] for index in range(len(names))]
    return [Column(str(name), column_type(found)) for name, found in zip(names, cells, strict=True)], cells


def write_database(url: str, table: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """Replace all rows of a database table in one transaction; the table is created if it does not exist."""
    import sqlalchemy

    types: dict[ColumnType, Any] = {
        ColumnType.BOOLEAN: sqlalchemy.Boolean,
        ColumnType.INT32: sqlalchemy.BigInteger,
        ColumnType.INT64: sqlalchemy.BigInteger,
        ColumnType.DOUBLE: sqlalchemy.Double,
        ColumnType.STRING: sqlalchemy.Text,
        ColumnType.DATETIME: sqlalchemy.Text,
    }
    metadata = sqlalchemy.MetaData()
    target = sqlalchemy.Table(table, metadata, *(sqlalchemy.Column(item.name, types[item.type]) for item in columns))
    names = [column.name for column in columns]
    try:
        engine = _guarded_engine(url, writes=True)
        with engine.begin() as connection:
            metadata.create_all(connection)
            connection.execute(target.delete())
            batch: list[dict[str, Cell]] = []
            for row in rows:
                batch.append(dict(zip(names, row, strict=True)))
                if len(batch) == BATCH_ROWS:
                    connection.execute(target.insert(), batch)
                    batch = []
            if batch:
                connection.execute(target.insert(), batch)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise _database_error(error) from error


def _guarded_engine(url: str, *, writes: bool) -> Any:
    """Return an engine whose SQLite connections reach nothing but their own database (see sqlite_guard.py)."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    if engine.name == "sqlite":

        def confine(connection: Any, _: Any) -> None:
            sqlite_guard.guard(connection, writes=writes, describes=writes)

        sqlalchemy.event.listen(engine, "connect", confine)
    return engine


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


def _database_cell(value: Any) -> Cell:
    from decimal import Decimal

    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return float(value) if isinstance(value, Decimal) else str(value)


def _database_error(error: Exception) -> BadArgument:
    if isinstance(error, ModuleNotFoundError):
        return BadArgument(
            "BadParameterValue",
            f"The app does not have the database driver '{error.name}'. The app's operator can add it to "
            "requirements.txt; for PostgreSQL, append requirements-postgresql.txt to that file.",
            "Database query",
        )
    # The first line of the driver's message says what is wrong; SQLAlchemy's own text repeats the query and its values.
    words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return BadArgument("BadParameterValue", f"The database reported an error: {words}", "Database query")
