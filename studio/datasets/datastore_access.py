"""What a datastore leads to: read, written, tried, asked for its version; its secret stays out of every message.

All of it goes the ways that experiments go with keys and links of their own: the hosts, sizes and times of
studio/storage/connections.py and the bounds of connectors.py and databases.py apply.
"""

import base64
import contextlib
import dataclasses
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from azure.core.exceptions import AzureError

from studio.datasets import datastore_kinds as kinds
from studio.datasets.connectors import download, read_version
from studio.datasets.databases import Server, query_database, write_database
from studio.datasets.datastores import HIDDEN, Datastore
from studio.datasets.references import MAX_PATH
from studio.errors import BadArgument, StudioError
from studio.tables.schema import Cell, Column, ColumnType

if TYPE_CHECKING:
    from studio.datasets.workspace_data import Table, WorkspaceData

SIGNATURE = re.compile(r"\bsig=[^&\s\"'<>)]+")
SHORTEST = 4
PLACE = "Path, table or query"
TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")
MOST_LISTED = 1000
# A query of `test` must end soon: somebody waits.
TEST_SECONDS, QUERY_SECONDS = 15, 600


@dataclass(frozen=True, slots=True)
class DatastoreAccess:
    """A datastore with its secret, and the workspace's data, through which it is reached.

    Every method raises BadArgument, with what to check, if the place is malformed or cannot be reached.
    """

    data: "WorkspaceData"
    datastore: Datastore
    secret: str = field(repr=False)

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.datastore.kind

    @property
    def holds_files(self) -> bool:
        """Whether it holds files; else it holds rows."""
        return self.kind in (kinds.BLOB, kinds.HTTP)

    def read(self, place: str) -> list[tuple[str, bytes]]:
        """Return the name and content of each file at a place; the rows of a table or query as one Parquet file.

        Parameters
        ----------
        place
            A blob or a pattern of blobs, the rest of a web address, the name of a storage table, or a query.
        """
        with self.hiding():
            match self.kind:
                case kinds.BLOB:
                    return self.data.read_blobs(self._blob(place), self.datastore.name)
                case kinds.HTTP:
                    url, headers = self._request(place)
                    settings = self.data.storage.settings
                    content = download(url, settings.import_hosts, settings.max_table_bytes, headers)
                    return [(url.partition("?")[0].rpartition("/")[2], content)]
            return [(f"{self.datastore.name}.parquet", to_parquet(*self.read_rows(place)))]

    def read_rows(self, place: str, limit: int | None = None) -> "Table":
        """Return the columns and cells of a storage table or query."""
        with self.hiding():
            if self.kind == kinds.TABLE:
                return self.data.read_table(self._connection_string(), _table_name(place), limit)
            url, server = self._database()
            limit_bytes = self.data.storage.settings.max_table_bytes
            return query_database(url, _given(place), limit_bytes, server, QUERY_SECONDS)

    def version(self, place: str) -> str | None:
        """Return a text that changes when what is at a place changes; None if nothing tells that."""
        with self.hiding():
            where = f"{self.datastore.name} {self.datastore.owner.destination} {self.datastore.places.get('Container')}"
            match self.kind:
                case kinds.BLOB:
                    found = self.data.blob_versions(self._blob(place), self.datastore.name)
                    return " ".join([where, *(f"{name} {etag}" for name, etag in found)])
                case kinds.HTTP:
                    url, headers = self._request(place)
                    found_version = read_version(url, self.data.storage.settings.import_hosts, headers)
                    return f"{where} {place} {found_version}" if found_version else None
            return None

    def write_file(self, place: str, content: bytes) -> None:
        """Store a blob, replacing an existing one."""
        if self.kind != kinds.BLOB:
            text = f"The datastore '{self.datastore.name}' is of kind {self.kind}, to which no file can be written."
            raise BadArgument("BadParameterValue", text, self.datastore.name)
        with self.hiding():
            self.data.write_blob(self._blob(place), content, self.datastore.name)

    def write_rows(
        self,
        place: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        keys: tuple[str | None, str | None] = (None, None),
    ) -> None:
        """Write rows to a storage table, or replace those of a database table."""
        with self.hiding():
            if self.holds_files:
                text = f"The datastore '{self.datastore.name}' is of kind {self.kind}, which holds no rows."
                raise BadArgument("BadParameterValue", text, self.datastore.name)
            if self.kind == kinds.TABLE:
                self.data.write_table(self._connection_string(), _table_name(place), columns, rows, keys)
            else:
                url, server = self._database()
                write_database(url, _given(place), columns, rows, server, QUERY_SECONDS)

    def try_it(self, place: str) -> str:
        """Call the datastore, at a place if one is given, and return what was found in words."""
        with self.hiding():
            match self.kind:
                case kinds.BLOB:
                    return self._try_blobs(place)
                case kinds.HTTP:
                    url, headers = self._request(place)
                    read_version(url, self.data.storage.settings.import_hosts, headers, bare=not place)
                    return "the address responds"
                case kinds.TABLE:
                    return self._try_table(place)
            url, server = self._database()
            columns, _ = query_database(url, place or "select 1", 1024 * 1024, server, TEST_SECONDS)
            return f"the database responds with {len(columns)} column{'s' if len(columns) != 1 else ''}"

    def account(self) -> tuple[str | None, str | None]:
        """Return the connection string, or the SAS URI, of the storage account of blobs."""
        if self.kind != kinds.BLOB or not self.secret:
            text = f"The datastore '{self.datastore.name}' must be of kind {kinds.BLOB}, with a key or a SAS token."
            raise BadArgument("BadParameterValue", text, self.datastore.name)
        if self.datastore.authentication == kinds.SAS:
            return None, f"{self.datastore.places['Url']}?{self.secret}"
        return self._connection_string(), None

    @contextlib.contextmanager
    def hiding(self) -> Iterator[None]:
        """Return a context in which no error shows the secret, whoever words it."""
        try:
            yield
        except StudioError as error:
            details = (dataclasses.replace(item, message=self._hide(item.message)) for item in error.details)
            error.message, error.details = self._hide(error.message), tuple(details)
            error.args = (error.message,)
            raise error from None
        except AzureError as error:
            # Those of the network have the whole address, also where their cause is printed.
            raise AzureError(self._hide(str(error))) from None

    def _hide(self, text: str) -> str:
        for secret in (self.secret, quote(self.secret, safe=""), unquote(self.secret)):
            if len(secret) >= SHORTEST:
                text = text.replace(secret, HIDDEN)
        return SIGNATURE.sub(f"sig={HIDDEN}", text)

    def _try_blobs(self, place: str) -> str:
        found = self.data.blob_versions(self._blob(place or "*"), self.datastore.name, most=MOST_LISTED)
        if place and "*" not in place:
            return "the blob is there"
        if place and not found:
            raise BadArgument("BlobNotFound", f"No blob matches '{place.strip()}'.", self.datastore.name)
        return f"{len(found)}{'+' if len(found) >= MOST_LISTED else ''} blobs"

    def _try_table(self, place: str) -> str:
        if place:
            columns, _ = self.read_rows(place, 1)
            return f"the table is there, with {len(columns)} properties in its first row"
        return f"{self.data.count_tables(self._connection_string())} tables"

    def _blob(self, place: str) -> dict[str, Any]:
        location = f"{self.datastore.places['Container']}/{_given(place).lstrip('/')}"
        url = self.datastore.places["Url"]
        if self.datastore.authentication == kinds.ACCOUNT_KEY:
            return {"ConnectionString": self._connection_string(), "RelativeLocation": location}
        token = self.secret if self.datastore.authentication == kinds.SAS else None
        return {"BaseLocation": url, "RelativeLocation": location, "SasBlobToken": token}

    def _connection_string(self) -> str:
        url, service = self.datastore.places["Url"], "Blob" if self.kind == kinds.BLOB else "Table"
        start = f"{service}Endpoint={url};"
        if self.datastore.authentication == kinds.SAS:
            return f"{start}SharedAccessSignature={self.secret}"
        scheme = url.partition(":")[0]
        return (
            f"DefaultEndpointsProtocol={scheme};AccountName={kinds.account_name(url)};AccountKey={self.secret};{start}"
        )

    def _database(self) -> tuple[Any, Server | None]:
        places = self.datastore.places
        if "Server" not in places:
            return self.data.database(places["Database"]), None
        address = kinds.read_server(places["Server"])
        allowed = self.data.storage.settings.import_hosts
        server = Server(address, allowed, places["Database"], places["User"], self.secret)
        return server.url(), server

    def _request(self, place: str) -> tuple[str, dict[str, str]]:
        """Return the address of a place below the datastore's own, and the headers that open it."""
        places, path = self.datastore.places, place.strip().lstrip("/")
        _check_length(path)
        url = f"{places['Url']}{path}"
        match self.datastore.authentication:
            case kinds.QUERY:
                return f"{url}{'&' if '?' in path else '?'}{self.secret}", {}
            case kinds.BASIC:
                credentials = f"{places['User']}:{self.secret}".encode()
                return url, {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
            case kinds.BEARER:
                return url, {"Authorization": f"Bearer {self.secret}"}
            case kinds.HEADER:
                return url, {places["Header"]: self.secret}
        return url, {}


def to_parquet(columns: Sequence[Column], cells: Sequence[Sequence[Cell]]) -> bytes:
    """Return a table as a Parquet file, which keeps the types of its columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        name = Counter(names).most_common(1)[0][0]
        raise BadArgument("BadParameterValue", f"Two columns are named '{name}'. Name them apart.", PLACE)
    target = io.BytesIO()
    arrays = [_array(column, values) for column, values in zip(columns, cells, strict=True)]
    pq.write_table(pa.table(arrays, names), target)
    return target.getvalue()


def _array(column: Column, values: Sequence[Cell]) -> Any:
    import pyarrow as pa

    types: Mapping[ColumnType, Any] = {
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.INT32: pa.int64(),
        ColumnType.INT64: pa.int64(),
        ColumnType.DOUBLE: pa.float64(),
    }
    kind = types.get(column.type)
    if kind is None:
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return pa.array(values, kind)


def _table_name(place: str) -> str:
    name = place.strip()
    if not TABLE_NAME.fullmatch(name):
        text = f"A storage table's name must be 3 to 63 letters and digits, got '{name[:100]}'."
        raise BadArgument("BadParameterValue", text, PLACE)
    return name


def _given(place: str) -> str:
    found = place.strip()
    if not found:
        raise BadArgument("BadParameterValue", f"{PLACE} is empty: say what is read or written there.", PLACE)
    _check_length(found)
    return found


def _check_length(place: str) -> None:
    if len(place) > MAX_PATH:
        text = f"{PLACE} may have {MAX_PATH:,} characters, got {len(place):,}."
        raise BadArgument("BadParameterValue", text, PLACE)
