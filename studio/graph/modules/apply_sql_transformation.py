"""Apply SQL Transformation: query up to three datasets with SQLite."""

import sqlite3
from collections import Counter
from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.tables.schema import INT32_LIMIT, Cell, Column, ColumnType
from studio.tables.sqlite_guard import ResultTooLarge, fetch_all, guard

TABLES = ("t1", "t2", "t3")
PORTS = ("Table1", "Table2", "Table3")
SQL_TYPES = {
    ColumnType.BOOLEAN: "INTEGER",
    ColumnType.INT32: "INTEGER",
    ColumnType.INT64: "INTEGER",
    ColumnType.DOUBLE: "REAL",
    ColumnType.STRING: "TEXT",
    ColumnType.DATETIME: "TEXT",
}
MAX_LENGTH, MAX_STATEMENTS = 100_000, 1000


def run(call: Call) -> tuple[Any, ...]:
    """Run the script; the result is that of its last statement that returns rows."""
    database = sqlite3.connect(":memory:")
    try:
        for table, port in zip(TABLES, PORTS, strict=True):
            if port in call.inputs:
                _fill(database, table, call.inputs[port])
        guard(database, writes=True)
        return (_read(call, database),)
    except sqlite3.Error as error:
        raise call.error("0069", f"SQLite reported: {error}.") from error
    except ResultTooLarge as error:
        raise call.error("0138", str(error)) from error
    except MemoryError as error:
        raise call.error("0138", "the script needs more memory than SQLite may use here.") from error
    finally:
        database.close()


def _fill(database: sqlite3.Connection, table: str, dataset: Dataset) -> None:
    columns = ", ".join(f"{_quoted(column.name)} {SQL_TYPES[column.type]}" for column in dataset.columns)
    database.execute(f"CREATE TABLE {table} ({columns})")
    places = ", ".join("?" * len(dataset.columns))
    database.executemany(f"INSERT INTO {table} VALUES ({places})", dataset.rows())  # noqa: S608 - a fixed name


def _read(call: Call, database: sqlite3.Connection) -> Dataset:
    result: tuple[list[str], list[Any]] | None = None
    for statement in _statements(call, call.properties["SQL Query Script"]):
        cursor = database.execute(statement)
        if cursor.description is not None:
            result = [item[0] for item in cursor.description], fetch_all(cursor)
    if result is None:
        raise call.error("0069", "the script returns no rows. Add a SELECT statement.")
    names, rows = result
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise call.error("0028", f"the result has two columns named '{twice}'. Rename one with AS.")
    cells = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]
    columns = [Column(name, _type(call, name, column)) for name, column in zip(names, cells, strict=True)]
    return dataset_from_cells(columns, cells)


def _statements(call: Call, script: str) -> list[str]:
    statements, current = [], ""
    parts = script.split(";", MAX_STATEMENTS)
    if len(script) > MAX_LENGTH or len(parts) > MAX_STATEMENTS:
        raise call.error(
            "0069",
            f"the script must have at most {MAX_LENGTH:,} characters and {MAX_STATEMENTS:,} semicolons, "
            f"got {len(script):,} and {script.count(';'):,}.",
        )
    for part in parts:
        current += part + ";"
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return [statement for statement in [*statements, current] if statement.strip("; \r\n\t")]


def _type(call: Call, name: str, cells: list[Cell]) -> ColumnType:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int}:
        small = all(-INT32_LIMIT <= int(cell) < INT32_LIMIT for cell in cells if cell is not None)
        return ColumnType.INT32 if small and kinds else ColumnType.INT64 if kinds else ColumnType.DOUBLE
    if kinds <= {int, float}:
        return ColumnType.DOUBLE
    if kinds == {str}:
        return ColumnType.STRING
    raise call.error("0045", f"the column '{name}' of the result mixes numbers and text. Use CAST.")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


MODULES = (
    Module(
        name="Apply SQL Transformation",
        family="",
        inputs=(
            Port(PORTS[0], PortType.DATASET),
            Port(PORTS[1], PortType.DATASET, optional=True),
            Port(PORTS[2], PortType.DATASET, optional=True),
        ),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(Property("SQL Query Script", Kind.TEXT, "select * from t1;"),),
        run=run,
        effect=Effect.TABLE,
        library="sqlite3",
        notes=(
            "The datasets are the tables t1, t2 and t3. Booleans are 0 and 1; dates are ISO 8601 text.",
            "A script cannot open files, use PRAGMA or virtual tables; `REGEXP` takes the patterns of Split Data.",
            "It is stopped with an error after ten minutes, at 1 GiB of memory (on a small instance, a quarter of its "
            "memory), or when its result exceeds 512 MiB. A text has at most 10 MB, a pattern of LIKE or GLOB 1,000 "
            "characters, a script 100,000.",
        ),
    ),
)
