"""What SQL of users may do in SQLite: nothing outside the database it runs on, within limits of size and time.

SQLite can open, create and overwrite files (ATTACH, VACUUM INTO), load code, and grow until memory is used up. An
authorizer lets through only what is listed here; limits bound every value, statement and result.
"""

import os
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, Protocol

from studio.tables.regular_expressions import find_matches

MAX_SECONDS = 600
STEPS_BETWEEN_CHECKS = 100_000
# The memory of SQLite in a process, shared by all that use it at the time; on a small instance a quarter of its memory.
MAX_HEAP_BYTES = 1024 * 1024 * 1024
MAX_RESULT_BYTES = 512 * 1024 * 1024
MAX_VALUE_BYTES = 10_000_000
MAX_ROWS_AT_ONCE, SMALL_BYTES = 1024, 1024 * 1024
# A number counts as so many bytes.
CELL_BYTES = 16

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 1_000_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}
READS = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION))
WRITES = READS | {
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_TEMP_TABLE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_CREATE_TEMP_INDEX,
    sqlite3.SQLITE_CREATE_VIEW,
    sqlite3.SQLITE_CREATE_TEMP_VIEW,
    sqlite3.SQLITE_CREATE_TRIGGER,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
    sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_TEMP_TABLE,
    sqlite3.SQLITE_DROP_INDEX,
    sqlite3.SQLITE_DROP_TEMP_INDEX,
    sqlite3.SQLITE_DROP_VIEW,
    sqlite3.SQLITE_DROP_TEMP_VIEW,
    sqlite3.SQLITE_DROP_TRIGGER,
    sqlite3.SQLITE_DROP_TEMP_TRIGGER,
    sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_ANALYZE,
    sqlite3.SQLITE_SAVEPOINT,
}
# Functions that load code, open files or read memory, in SQLite or in its usual extensions.
FORBIDDEN_FUNCTIONS = frozenset(("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir"))
# Describing a table is the only use of PRAGMA: libraries that write tables look whether they exist.
DESCRIBING = frozenset(("table_info", "table_xinfo"))


class ResultTooLarge(ValueError):
    """A result of more than MAX_RESULT_BYTES."""


class Cursor(Protocol):
    """A cursor of any database."""

    def fetchmany(self, size: int) -> Sequence[Any]:
        """Return the next rows, none at the end."""
        ...


def guard(connection: sqlite3.Connection, *, writes: bool, describes: bool = False) -> None:
    """Confine a connection: what it may do, how large values may be, and how long it may take from now on.

    Parameters
    ----------
    writes
        Whether statements may change the database; if not, they only read.
    describes
        Whether they may describe tables.
    """
    # The limit is the process's and can only be lowered, so the first connection sets it for all.
    connection.execute(f"PRAGMA hard_heap_limit = {min(MAX_HEAP_BYTES, _memory_bytes() // 4)}").fetchall()
    # Otherwise large sorts would fill the disk.
    connection.execute("PRAGMA temp_store = MEMORY")
    for category, most in LIMITS.items():
        connection.setlimit(category, most)
    allowed = WRITES if writes else READS

    def decide(action: int, name: str | None, detail: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_FUNCTION:
            permitted = str(detail).lower() not in FORBIDDEN_FUNCTIONS
        elif action == sqlite3.SQLITE_PRAGMA:
            permitted = describes and str(name).lower() in DESCRIBING
        else:
            permitted = action in allowed
        return sqlite3.SQLITE_OK if permitted else sqlite3.SQLITE_DENY

    # SQLAlchemy adds REGEXP with Python's engine, which some patterns stop for good.
    connection.create_function("regexp", 2, _matches, deterministic=True)
    end = time.monotonic() + MAX_SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > end), STEPS_BETWEEN_CHECKS)
    connection.set_authorizer(decide)


def fetch_all(cursor: Cursor, limit: int = MAX_RESULT_BYTES) -> list[Any]:
    """Return all rows of a cursor; ResultTooLarge as soon as they exceed the limit, in bytes."""
    rows: list[Any] = []
    size, ask = 0, 1
    while found := cursor.fetchmany(ask):
        added = sum(CELL_BYTES + (len(cell) if isinstance(cell, (str, bytes)) else 0) for row in found for cell in row)
        size += added
        if size > limit:
            raise ResultTooLarge(f"the result exceeds {limit / 1048576:,.0f} MiB. Select fewer rows or columns.")
        rows += found
        # Many small rows at once, large ones one by one.
        ask = min(2 * ask, MAX_ROWS_AT_ONCE) if added < SMALL_BYTES else 1
    return rows


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _matches(pattern: str, text: str | None) -> bool | None:
    return None if text is None else bool(find_matches(str(pattern), [str(text)])[0])
