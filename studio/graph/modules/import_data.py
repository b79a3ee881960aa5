"""Import Data: read a table from blobs, a web address, a storage table, a database or a datastore."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.data_locations import (
    AUTHENTICATION,
    BLOB,
    DATABASE,
    DATASTORE,
    HTTP,
    PATH,
    PLACE,
    TABLE,
    WORKSPACE,
    blob_properties,
    blob_reference,
    datastore_properties,
    named_datastore,
    table_properties,
    table_reference,
)
from studio.graph.dataset import Dataset, dataset_from_cells, dataset_from_table
from studio.graph.opened_secrets import open_secret
from studio.tables.files import Dialect
from studio.tables.options import DECIMAL_NAMES, SEPARATOR_NAMES, ReadingOptions, parse_types, read_options
from studio.tables.profile import Reading, profile_texts
from studio.tables.typed_files import READABLE, read_file, text_table

SOURCE, FORMAT = "Please Specify Data Source", "Data format"
FORMATS = {
    "From the name": "",
    "CSV": ".csv",
    "TSV": ".tsv",
    "ARFF": ".arff",
    "Parquet": ".parquet",
    "JSON lines": ".jsonl",
}
PACKED = (".gz", ".zip")
HEADER, ENCODING, SEPARATOR, DECIMAL = "File has header row", "Encoding", "Column separator", "Decimal mark"
TYPES, MISSING, GUESS, GUESSED = "Column types", "Missing texts", "Guess formats", "Guessed"
FILES = (SOURCE, (BLOB, HTTP, DATASTORE))


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
        case "Datastore":
            store, place = named_datastore(call), call.properties[PLACE]
            if not store.holds_files:
                return (_from_cells(call, *store.read_rows(place)),)
            return (_from_files(call, store.read(place)),)
    return (_from_files(call, _read_files(call)),)


def version(call: Call) -> str | None:
    """Return the ETags of the workspace's datasets and of datastores; other sources give no sign when they change."""
    if call.properties[SOURCE] == DATASTORE:
        return named_datastore(call).version(call.properties[PLACE])
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


def stated_options(properties: Mapping[str, Any]) -> ReadingOptions:
    """Return what the properties say about reading files; BadArgument if one of them cannot be read."""
    missing = [text.strip() for text in (properties.get(MISSING) or "").split(";") if text.strip()]
    found = read_options(
        {
            "Encoding": properties.get(ENCODING) or "",
            "Separator": "" if properties.get(SEPARATOR, GUESSED) == GUESSED else properties[SEPARATOR],
            "DecimalMark": "" if properties.get(DECIMAL, GUESSED) == GUESSED else properties[DECIMAL],
            "Missing": missing,
            "Guess": bool(properties.get(GUESS, True)),
        }
    )
    header = None if properties.get(HEADER, True) else False
    return replace(found, header=header, types=parse_types(properties.get(TYPES) or ""))


def _from_files(call: Call, files: list[tuple[str, bytes]]) -> Dataset:
    import pyarrow as pa

    stated = stated_options(call.properties)
    options = [_options(call, name, stated) for name, _ in files]
    if any(name.lower().endswith(PACKED) for name, _ in files):
        files = call.environment.unpack(files)
    extensions = [_extension(call, name) for name, _ in files]
    if len(files) == 1:
        reading = read_file(files[0][1], extensions[0], options[0])
        return _dataset(call, reading, options[0])
    texts = [
        text_table(content, extension, option)
        for (_, content), extension, option in zip(files, extensions, options, strict=True)
    ]
    if any(table.column_names != texts[0].column_names for table in texts):
        raise call.error("0010", "the files must all have the same columns.")
    # Profiled as one: a column is of one type in all files.
    return _dataset(call, profile_texts(pa.concat_tables(texts), Dialect(), options[0]), options[0])


def _options(call: Call, name: str, stated: ReadingOptions) -> ReadingOptions:
    """Return how to read a file: as the properties say, else as it was uploaded, else as guessed.

    Datasets that were uploaded before there were profiles are guessed only if a property asks for it.
    """
    if call.properties[SOURCE] != BLOB or call.properties[AUTHENTICATION] != WORKSPACE:
        return stated
    known = call.environment.dataset_options(name)
    asked = stated != ReadingOptions(header=stated.header)
    return stated.over(ReadingOptions(guess=asked) if known is None else known)


def _extension(call: Call, name: str) -> str:
    extension = FORMATS[call.properties.get(FORMAT, "From the name")] or f".{name.rpartition('.')[2].lower()}"
    if extension not in READABLE:
        raise call.error("0065", f"'{name}' must have one of the extensions {', '.join((*READABLE, *PACKED))}.")
    return extension


def _dataset(call: Call, reading: Reading, options: ReadingOptions) -> Dataset:
    if reading.table.num_rows == 0:
        raise call.error("0021", "the data has no rows.")
    for note in reading.profile.notes:
        call.warn(note)
    return dataset_from_table(reading.table, reading.columns)


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
            Property(SOURCE, Kind.CHOICE, BLOB, choices=(BLOB, HTTP, TABLE, DATABASE, DATASTORE)),
            *blob_properties(SOURCE),
            Property("URL", Kind.TEXT, when=(SOURCE, (HTTP,)), sealed_for="URL"),
            Property(FORMAT, Kind.CHOICE, "From the name", choices=tuple(FORMATS), when=(SOURCE, (HTTP, DATASTORE))),
            Property(HEADER, Kind.BOOLEAN, True, when=FILES),
            Property(ENCODING, Kind.TEXT, "", when=FILES),
            Property(SEPARATOR, Kind.CHOICE, GUESSED, choices=(GUESSED, *SEPARATOR_NAMES), when=FILES),
            Property(DECIMAL, Kind.CHOICE, GUESSED, choices=(GUESSED, *DECIMAL_NAMES), when=FILES),
            Property(TYPES, Kind.TEXT, "", when=FILES),
            Property(MISSING, Kind.TEXT, "", when=FILES),
            Property(GUESS, Kind.BOOLEAN, True, when=FILES),
            *table_properties(SOURCE),
            Property("Rows to scan", Kind.INTEGER, 0, 0, when=(SOURCE, (TABLE,))),
            Property("Database name", Kind.TEXT, when=(SOURCE, (DATABASE,))),
            Property("Database query", Kind.TEXT, when=(SOURCE, (DATABASE,))),
            *datastore_properties(SOURCE),
        ),
        run=run,
        effect=Effect.TABLE,
        version=version,
        library="pyarrow (CSV, TSV, Parquet), charset-normalizer, azure-data-tables, SQLAlchemy",
        notes=(
            "Workspace reads datasets of the workspace. `*` in a path matches any characters.",
            "Web addresses must be on a host listed in PERENNIAL_IMPORT_HOSTS, and redirects are not followed.",
            "A database is given by its name in PERENNIAL_DATABASES, which holds the server, user and password.",
            "Datastore is not the original's: [a named connection](../datastores.md) of the workspace. The place in it "
            "is a blob or a pattern of blobs, the rest of a web address, the name of a storage table, or a query.",
            "The properties from Encoding to Guess formats are not the original's; see [how files are "
            "read](../files.md). Files may also be Parquet, JSON lines or NumPy arrays, packed by gzip or zip.",
            "Column types are written as `price: number; when: dd.MM.yyyy; code: text`, missing texts as "
            "`n/a; unknown`.",
            "Columns with a different text in nearly every row have no role unless their type is given.",
            "Rows to scan is the number of rows to read from a storage table, 0 for all.",
        ),
    ),
)
