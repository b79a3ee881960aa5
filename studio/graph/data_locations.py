"""The properties that say where Import Data reads and Export Data writes, and what they mean."""

import re
from typing import Any

from studio.graph.contract import Call, Kind, Property, Store
from studio.graph.opened_secrets import open_secret

ACCOUNT_NAME, ACCOUNT_KEY = re.compile(r"[a-z0-9]{3,24}"), re.compile(r"[A-Za-z0-9+/]+={0,2}")
BLOB_URI = re.compile(r"(https?://[^/]+/(?:devstoreaccount1/)?)([^?]+)(\?.*)?$")
TABLE_URI = re.compile(r"(?P<endpoint>https?://[^/]+(?:/devstoreaccount1)?)/(?P<table>\w+)\?(?P<token>.+)$")
BLOB, HTTP, TABLE, DATABASE = "AzureBlobStorage", "Http", "AzureTable", "SqlDatabase"
DATASTORE, DATASTORE_NAME, PLACE = "Datastore", "Datastore name", "Path, table or query"
WORKSPACE, PUBLIC_OR_SAS, ACCOUNT = "Workspace", "PublicOrSas", "Account"
AUTHENTICATION, PATH = "Please Specify Authentication Type", "Path to container, directory or blob"
TABLE_ACCESS = "Please Specify Authentication Type for Table"


def blob_properties(place: str) -> tuple[Property, ...]:
    """Return the properties that apply when the property `place` selects a blob."""
    return (
        Property(
            AUTHENTICATION,
            Kind.CHOICE,
            WORKSPACE,
            choices=(WORKSPACE, PUBLIC_OR_SAS, ACCOUNT),
            when=(place, (BLOB,)),
        ),
        Property("URI", Kind.TEXT, when=(AUTHENTICATION, (PUBLIC_OR_SAS,)), sealed_for="URI"),
        Property("Account Name", Kind.TEXT, when=(AUTHENTICATION, (ACCOUNT,))),
        Property("Account Key", Kind.TEXT, when=(AUTHENTICATION, (ACCOUNT,)), sealed_for="Account Name"),
        Property(PATH, Kind.TEXT, when=(AUTHENTICATION, (WORKSPACE, ACCOUNT))),
    )


def table_properties(place: str) -> tuple[Property, ...]:
    """Return the properties that apply when the property `place` selects a storage table."""
    return (
        Property(TABLE_ACCESS, Kind.CHOICE, ACCOUNT, choices=(PUBLIC_OR_SAS, ACCOUNT), when=(place, (TABLE,))),
        Property("Table URI", Kind.TEXT, when=(TABLE_ACCESS, (PUBLIC_OR_SAS,)), sealed_for="Table URI"),
        Property("Table account name", Kind.TEXT, when=(TABLE_ACCESS, (ACCOUNT,))),
        Property("Table account key", Kind.TEXT, when=(TABLE_ACCESS, (ACCOUNT,)), sealed_for="Table account name"),
        Property("Table name", Kind.TEXT, when=(TABLE_ACCESS, (ACCOUNT,))),
    )


def datastore_properties(place: str) -> tuple[Property, ...]:
    """Return the properties that apply when the property `place` selects a datastore of the workspace."""
    when = (place, (DATASTORE,))
    return Property(DATASTORE_NAME, Kind.TEXT, when=when), Property(PLACE, Kind.TEXT, when=when)


def named_datastore(call: Call) -> Store:
    """Return the datastore that a call names; the environment's errors if there is none."""
    return call.environment.datastore(call.properties[DATASTORE_NAME])


def blob_reference(call: Call) -> dict[str, Any]:
    """Return the reference of a blob outside the workspace; error 0029 or 0064 if it is malformed."""
    if call.properties[AUTHENTICATION] == PUBLIC_OR_SAS:
        found = BLOB_URI.match(open_secret(call, "URI"))
        if found is None:
            raise call.error("0029", "URI must be https://account.blob.core.windows.net/container/blob?sas.")
        return dict(zip(("BaseLocation", "RelativeLocation", "SasBlobToken"), found.groups(), strict=True))
    connection = _connection(call, call.properties["Account Name"], open_secret(call, "Account Key"))
    return {"ConnectionString": connection, "RelativeLocation": call.properties[PATH]}


def table_reference(call: Call) -> tuple[str, str]:
    """Return the connection string and name of a storage table; error 0029 or 0064 if they are malformed."""
    if call.properties[TABLE_ACCESS] == PUBLIC_OR_SAS:
        found = TABLE_URI.match(open_secret(call, "Table URI"))
        if found is None:
            raise call.error("0029", "Table URI must be https://account.table.core.windows.net/table?sas.")
        return f"TableEndpoint={found['endpoint']};SharedAccessSignature={found['token']}", found["table"]
    account, key = call.properties["Table account name"], open_secret(call, "Table account key")
    return _connection(call, account, key), call.properties["Table name"]


def _connection(call: Call, account: str, key: str) -> str:
    if not ACCOUNT_NAME.fullmatch(account) or not ACCOUNT_KEY.fullmatch(key):
        raise call.error("0064", "the account name or key is malformed. Copy them from the storage account.")
    return f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={key};EndpointSuffix=core.windows.net"
