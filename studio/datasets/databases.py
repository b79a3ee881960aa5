"""Databases: queries and tables of those that the operator configured, and of PostgreSQL servers that a client named.

The app setting PERENNIAL_DATABASES names databases, so that experiments contain neither their address nor their
password.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import certifi

from studio.datasets.connectors import column_type
from studio.errors import BadArgument
from studio.storage.addresses import Address, PrivateAddress, check_peer, is_allowed, is_number
from studio.tables import sqlite_guard
from studio.tables.schema import Cell, Column, ColumnType

BATCH_ROWS = 1000
MAX_REASON, CANCEL_SECONDS = 500, 5


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
