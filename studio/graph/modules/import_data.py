"""Import Data: read a table from blobs, a web address, a storage table or a database."""

from collections import Counter
from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.data_locations import (
    AUTHENTICATION,
    BLOB,
    DATABASE,
    HTTP,
    PATH,
    TABLE,
    WORKSPACE,
    blob_properties,
    blob_reference,
    table_properties,
    table_reference,
)
from studio.graph.dataset import Dataset, dataset_from_cells, dataset_from_table
from studio.graph.opened_secrets import open_secret
from studio.tables.files import DELIMITERS, read_table, table_columns

SOURCE, FORMAT = "Please Specify Data Source", "Data format"
FORMATS = {"From the name": "", "CSV": ".csv", "TSV": ".tsv", "ARFF": ".arff"}


def run(call: Call) -> tuple[Any, ...]:
    """Read the data and infer column types; the files that a pattern matches are concatenated."""
    match call.properties[SOURCE]:
        case "AzureTable":
            connection, table = table_reference(call)
            limit = call.properties["Rows to scan"] or None
            return (_from_cells(call, *call.environment.read_table(connection, table, limit)),)
        case "SqlDatabase":
            name, query = call.properties["Database name"], call.properties["Database query"]
            return (_from_cells(call, *call.environment.query_database(name, query)),)
    return (_from_files(call, _read_files(call)),)


def version(call: Call) -> str | None:
    """Return the ETags of the workspace's datasets; other sources give no sign when they change."""
    if call.properties[SOURCE] != BLOB or call.properties[AUTHENTICATION] != WORKSPACE:
        return None
    return call.environment.dataset_version(call.properties[PATH])


def _read_files(call: Call) -> list[tuple[str, bytes]]:
    if call.properties[SOURCE] == HTTP:
        url = open_secret(call, "URL")
        return [(url.partition("?")[0].rpartition("/")[2], call.environment.read_url(url))]
    if call.properties[AUTHENTICATION] == WORKSPACE:
        return call.environment.read_dataset(call.properties[PATH])
    return call.environment.read_blobs(blob_reference(call), call.title)


def _from_files(call: Call, files: list[tuple[str, bytes]]) -> Dataset:
    import pyarrow as pa

    tables = []
    for name, content in files:
        extension = FORMATS[call.properties.get(FORMAT, "From the name")] or f".{name.rpartition('.')[2].lower()}"
        if extension not in DELIMITERS:
            raise call.error("0065", f"'{name}' must have one of the extensions {', '.join(DELIMITERS)}.")
        tables.append(read_table(content, extension, header=call.properties["File has header row"]))
    if any(table.column_names != tables[0].column_names for table in tables):
        raise call.error("0010", "the files must all have the same columns.")
    table = pa.concat_tables(tables, promote_options="permissive") if len(tables) > 1 else tables[0]
    if table.num_rows == 0:
        raise call.error("0021", "the data has no rows.")
    return dataset_from_table(table, table_columns(table))


def _from_cells(call: Call, columns: Any, cells: Any) -> Dataset:
    if not columns or not cells[0]:
        raise call.error("0021", "the data has no rows.")
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        raise call.error("0028", f"two columns are named '{Counter(names).most_common(1)[0][0]}'.")
    return dataset_from_cells(columns, cells)


MODULES = (
    Module(
        name="Import Data",
        family="4e1b0fe6aded4b3fa36f39b8862b9004",
        inputs=(),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property(SOURCE, Kind.CHOICE, BLOB, choices=(BLOB, HTTP, TABLE, DATABASE)),
            *blob_properties(SOURCE),
            Property("URL", Kind.TEXT, when=(SOURCE, (HTTP,)), sealed_for="URL"),
            Property(FORMAT, Kind.CHOICE, "From the name", choices=tuple(FORMATS), when=(SOURCE, (HTTP,))),
            Property("File has header row", Kind.BOOLEAN, True, when=(SOURCE, (BLOB, HTTP))),
            *table_properties(SOURCE),
            Property("Rows to scan", Kind.INTEGER, 0, 0, when=(SOURCE, (TABLE,))),
            Property("Database name", Kind.TEXT, when=(SOURCE, (DATABASE,))),
            Property("Database query", Kind.TEXT, when=(SOURCE, (DATABASE,))),
        ),
        run=run,
        effect=Effect.TABLE,
        version=version,
        library="pyarrow (CSV, TSV), azure-data-tables, SQLAlchemy",
        notes=(
            "Workspace reads datasets of the workspace. `*` in a path matches any characters.",
            "Web addresses must be on a host listed in PERENNIAL_IMPORT_HOSTS, and redirects are not followed.",
            "A database is given by its name in PERENNIAL_DATABASES, which holds the server, user and password.",
            "Rows to scan is the number of rows to read from a storage table, 0 for all.",
        ),
    ),
)
