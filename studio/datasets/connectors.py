"""Data outside the workspace: web addresses, tables in other storage accounts, databases.

App settings decide what is accessible: PERENNIAL_IMPORT_HOSTS lists hosts, and PERENNIAL_DATABASES names databases, so
that experiments contain neither the address nor the password of a database.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import certifi
import requests
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from studio.errors import BadArgument
from studio.storage.addresses import (
    Address,
    BadAddress,
    PrivateAddress,
    check_peer,
    is_allowed,
    is_number,
    parse_address,
)
from studio.storage.blob_access import table_too_large
from studio.storage.connections import CHECK, DOWNLOAD, Patience
from studio.storage.egress import BodyTooLarge, guarded_session, read_body, refusal
from studio.tables import sqlite_guard
from studio.tables.schema import Cell, Column, ColumnType

BATCH_ROWS = 1000
# What servers say that know no HEAD, and that nothing is at an address.
NO_HEAD, NO_FILE = (405, 501), (403, 404)
MAX_VERSION, MAX_REASON, CANCEL_SECONDS = 500, 500, 5


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server that a client named.

    Parameters
    ----------
    allowed
        The hosts that may be called, as `is_allowed` takes them.
    """

    address: Address
    allowed: tuple[str, ...]
    database: str
    user: str
    password: str = field(repr=False)

    def url(self) -> Any:
        """Return its address for SQLAlchemy."""
        import sqlalchemy

        host, port = self.address.host.strip("[]"), self.address.port
        return sqlalchemy.URL.create("postgresql+psycopg", self.user, self.password, host, port, self.database)

    def options(self) -> dict[str, Any]:
        """Return how it is connected to: at an IP address that has been checked, and encrypted.

        Raises
        ------
        BadArgument
            If it may not be called.
        """
        try:
            if not is_allowed(self.address, self.allowed):
                raise PrivateAddress(f"The app may not call '{self.address.netloc}'.")
            found = socket.getaddrinfo(self.address.host.strip("[]"), self.address.port, type=socket.SOCK_STREAM)
            peers = [str(peer[0]) for *_, peer in found]
            for peer in peers:
                check_peer(self.address.host, peer)
        except OSError as error:
            reason = str(error) if isinstance(error, PrivateAddress) else f"'{self.address.host}' is not known."
            raise BadArgument("BadParameterValue", f"The database cannot be reached. {reason}", "Server") from error
        options = {"hostaddr": peers[0], "connect_timeout": 5, "application_name": "perennial"}
        if is_number(self.address.host):
            # It is the operator's own network, where servers often have no certificate of a public authority.
            return options | {"sslmode": "prefer"}
        return options | {"sslmode": "verify-full", "sslrootcert": certifi.where()}


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


def query_database(
    url: Any,
    query: str,
    limit: int = sqlite_guard.MAX_RESULT_BYTES,
    server: Server | None = None,
    seconds: float | None = None,
) -> tuple[list[Column], list[list[Cell]]]:
    """Return the columns of a query's result, and the cells of each.

    Queries only read: in SQLite and PostgreSQL the connection refuses anything else.

    Parameters
    ----------
    limit
        The largest result, in bytes.
    server
        The server, if a client named it and the app settings do not.
    seconds
        After this long a server's connection is cut, whatever it is doing; None if the caller's process is ended then.

    Raises
    ------
    BadArgument
        With the database's own message if it cannot be reached or rejects the query, or if the result is too large.
    """
    import sqlalchemy

    try:
        engine = _guarded_engine(url, server, writes=False)
        options = {"stream_results": True} | ({"postgresql_readonly": True} if engine.name == "postgresql" else {})
        with _time_limit(engine, seconds), engine.connect().execution_options(**options) as connection:
            result = connection.execute(sqlalchemy.text(query))
            names = list(result.keys())
            rows = sqlite_guard.fetch_all(result, limit)
    except sqlite_guard.ResultTooLarge as error:
        raise BadArgument("BadParameterValue", f"Database query: {error}", "Database query") from error
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise _database_error(error) from error
    cells = [[_database_cell(row[index]) for row in rows] for index in range(len(names))]
    return [Column(str(name), column_type(found)) for name, found in zip(names, cells, strict=True)], cells


def write_database(
    url: Any,
    table: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    server: Server | None = None,
    seconds: float | None = None,
) -> None:
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
        engine = _guarded_engine(url, server, writes=True)
        with _time_limit(engine, seconds), engine.begin() as connection:
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


def _guarded_engine(url: Any, server: Server | None, *, writes: bool) -> Any:
    """Return an engine whose SQLite connections reach nothing but their own database (see sqlite_guard.py)."""
    import sqlalchemy

    options = server.options() if server else {}
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, connect_args=options)
    if engine.name == "sqlite":

        def confine(connection: Any, _: Any) -> None:
            sqlite_guard.guard(connection, writes=writes, describes=writes)

        sqlalchemy.event.listen(engine, "connect", confine)
    return engine


@contextlib.contextmanager
def _time_limit(engine: Any, seconds: float | None) -> Iterator[None]:
    """Return a context in which a server has its time; then what it does is cancelled, and its line cut."""
    import sqlalchemy

    if seconds is None or engine.name != "postgresql":
        # SQLite has a limit of its own (sqlite_guard.py).
        yield
        return
    over, limits = threading.Event(), contextlib.ExitStack()

    def limit(connection: Any, _: Any) -> None:
        # A copy, since the number may belong to another connection when the time is over.
        line = limits.enter_context(socket.socket(fileno=os.dup(connection.pgconn.socket)))
        timer = threading.Timer(seconds, _end, (connection, line, over))
        timer.daemon = True
        limits.callback(timer.cancel)
        timer.start()

    # Before SQLAlchemy itself asks the server what it is.
    sqlalchemy.event.listen(engine, "connect", limit, insert=True)
    with limits:
        try:
            yield
        finally:
            over.set()


def _end(connection: Any, line: socket.socket, over: threading.Event) -> None:
    # A server that is asked to stop does, and says so; one that does not is no longer listened to.
    with contextlib.suppress(Exception):
        connection.cancel_safe(timeout=CANCEL_SECONDS)
    if not over.wait(CANCEL_SECONDS):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


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
    words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0][:MAX_REASON]
    return BadArgument("BadParameterValue", f"The database reported an error: {words}", "Database query")
