"""Import Data: read a table from blob storage."""

import re
from typing import Any

from studio.graph.dataset import dataset_from_table
from studio.graph.palette import Call, Kind, Module, Port, PortType, Property
from studio.table_files import DELIMITERS, read_table, table_columns

ACCOUNT_NAME, ACCOUNT_KEY = re.compile(r"[a-z0-9]{3,24}"), re.compile(r"[A-Za-z0-9+/]+={0,2}")
WORKSPACE, PUBLIC_OR_SAS, ACCOUNT = "Workspace", "PublicOrSas", "Account"


def run(call: Call) -> tuple[Any, ...]:
    """Read the blob, or all blobs a pattern names one below the other, and infer the columns' types."""
    import pyarrow as pa

    header = call.properties["File has header row"]
    tables = []
    for name, content in _read(call):
        extension = f".{name.rpartition('.')[2].lower()}"
        if extension not in DELIMITERS:
            raise call.error("0065", f"'{name}' has none of the extensions {', '.join(DELIMITERS)}.")
        tables.append(read_table(content, extension, header=header))
    if any(table.column_names != tables[0].column_names for table in tables):
        raise call.error("0010", "the files have different columns.")
    table = pa.concat_tables(tables, promote_options="permissive") if len(tables) > 1 else tables[0]
    if table.num_rows == 0:
        raise call.error("0021", "the data has no rows.")
    return (dataset_from_table(table, table_columns(table)),)


def _read(call: Call) -> list[tuple[str, bytes]]:
    properties = call.properties
    match properties["Please Specify Authentication Type"]:
        case "Workspace":
            return call.environment.read_dataset(properties["Path to container, directory or blob"])
        case "PublicOrSas":
            found = re.match(r"(https?://[^/]+/(?:devstoreaccount1/)?)([^?]+)(\?.*)?$", properties["URI"])
            if found is None:
                raise call.error("0029", "URI must be https://account.blob.core.windows.net/container/blob?sas.")
            keys = ("BaseLocation", "RelativeLocation", "SasBlobToken")
            reference = dict(zip(keys, found.groups(), strict=True))
            return [call.environment.read_blob(reference, call.title)]
    account, key = properties["Account Name"], properties["Account Key"]
    if not ACCOUNT_NAME.fullmatch(account) or not ACCOUNT_KEY.fullmatch(key):
        raise call.error("0064", "Account Name or Account Key is malformed. Copy them from the storage account.")
    connection = (
        f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={key};EndpointSuffix=core.windows.net"
    )
    path = properties["Path to container, directory or blob"]
    return [call.environment.read_blob({"ConnectionString": connection, "RelativeLocation": path}, call.title)]


MODULE = Module(
    name="Import Data",
    family="4e1b0fe6aded4b3fa36f39b8862b9004",
    inputs=(),
    outputs=(Port("Results dataset", PortType.DATASET),),
    properties=(
        Property("Please Specify Data Source", Kind.CHOICE, "AzureBlobStorage", choices=("AzureBlobStorage",)),
        Property(
            "Please Specify Authentication Type",
            Kind.CHOICE,
            WORKSPACE,
            choices=(WORKSPACE, PUBLIC_OR_SAS, ACCOUNT),
        ),
        Property("URI", Kind.TEXT, when=("Please Specify Authentication Type", (PUBLIC_OR_SAS,))),
        Property("Account Name", Kind.TEXT, when=("Please Specify Authentication Type", (ACCOUNT,))),
        Property("Account Key", Kind.TEXT, when=("Please Specify Authentication Type", (ACCOUNT,))),
        Property(
            "Path to container, directory or blob",
            Kind.TEXT,
            when=("Please Specify Authentication Type", (WORKSPACE, ACCOUNT)),
        ),
        Property("File has header row", Kind.BOOLEAN, True),
    ),
    run=run,
)
