"""Export Data: write a dataset to a blob, a storage table, a database or a datastore."""

from typing import Any

from studio.graph.column_selection import pick_column, pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.data_locations import (
    AUTHENTICATION,
    BLOB,
    DATABASE,
    DATASTORE,
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
from studio.graph.dataset import Dataset
from studio.tables.files import write_table

DESTINATION = "Please specify data destination"
PARTITION_KEY, ROW_KEY = "Partition key column", "Row key column"
FORMATS = {"CSV": ".csv", "TSV": ".tsv", "ARFF": ".arff"}


def run(call: Call) -> tuple[Any, ...]:
    """Write the dataset, replacing what an earlier run wrote."""
    dataset: Dataset = call.inputs["Dataset"]
    match call.properties[DESTINATION]:
        case "AzureTable":
            connection, table = table_reference(call)
            call.environment.write_table(connection, table, dataset.schema, dataset.rows(), _keys(call, dataset))
        case "SqlDatabase":
            chosen = dataset.select(pick_columns(call, dataset, call.properties["Columns to be saved"]))
            name, table = call.properties["Database name"], call.properties["Data table name"]
            call.environment.write_database(name, table, chosen.schema, chosen.rows())
        case "Datastore":
            _write_datastore(call, dataset)
        case _:
            _write_blob(call, dataset)
    return ()


def _write_datastore(call: Call, dataset: Dataset) -> None:
    store, place = named_datastore(call), call.properties[PLACE]
    if store.holds_files:
        store.write_file(place, _content(call, dataset))
        return
    chosen = dataset.select(pick_columns(call, dataset, call.properties["Columns to be saved"]))
    store.write_rows(place, chosen.schema, chosen.rows(), _keys(call, dataset))


def _write_blob(call: Call, dataset: Dataset) -> None:
    content = _content(call, dataset)
    if call.properties[AUTHENTICATION] == WORKSPACE:
        call.environment.write_dataset(call.properties[PATH], content)
    else:
        call.environment.write_blob(blob_reference(call), content, call.title)


def _content(call: Call, dataset: Dataset) -> bytes:
    return write_table(dataset.schema, dataset.rows(), FORMATS[call.properties["File format for blob file"]])


def _keys(call: Call, dataset: Dataset) -> tuple[str | None, str | None]:
    return _key(call, dataset, PARTITION_KEY), _key(call, dataset, ROW_KEY)


def _key(call: Call, dataset: Dataset, name: str) -> str | None:
    picked = call.properties.get(name)
    return pick_column(call, dataset, picked) if picked else None


MODULES = (
    Module(
        name="Export Data",
        family="",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(),
        properties=(
            Property(DESTINATION, Kind.CHOICE, BLOB, choices=(BLOB, TABLE, DATABASE, DATASTORE)),
            *blob_properties(DESTINATION),
            Property(
                "File format for blob file",
                Kind.CHOICE,
                "CSV",
                choices=tuple(FORMATS),
                when=(DESTINATION, (BLOB, DATASTORE)),
            ),
            *table_properties(DESTINATION),
            Property(PARTITION_KEY, Kind.COLUMNS, optional=True, when=(DESTINATION, (TABLE, DATASTORE))),
            Property(ROW_KEY, Kind.COLUMNS, optional=True, when=(DESTINATION, (TABLE, DATASTORE))),
            Property("Database name", Kind.TEXT, when=(DESTINATION, (DATABASE,))),
            Property("Data table name", Kind.TEXT, when=(DESTINATION, (DATABASE,))),
            Property("Columns to be saved", Kind.COLUMNS, {"select": "all"}, when=(DESTINATION, (DATABASE, DATASTORE))),
            *datastore_properties(DESTINATION),
        ),
        run=run,
        effect=Effect.TABLE,
        library="azure-data-tables, SQLAlchemy",
        notes=(
            "It runs in every run and every batch job of a training service, and replaces what it wrote before, "
            "so a job that is retried does not write its rows twice.",
            "A database table is created if missing; its rows are replaced in one transaction.",
            "Datastore is not the original's: [a named connection](../datastores.md) of the workspace. The place in it "
            "is a blob, or the name of a table; web addresses cannot be written. Columns to be saved apply to tables.",
            "Without key columns, a storage table gets the partition key `rows` and the row number as row key.",
        ),
        exports=True,
    ),
)
