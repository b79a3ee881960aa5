"""The data that experiments can access: a workspace's own datasets, and data elsewhere (connectors.py, databases.py).

Container `datasets`: `{workspace id}/{name}`. Clients upload directly to storage, with a SAS link from this module.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableClient, TableServiceClient
from azure.storage.blob import BlobProperties, ContainerClient

from studio.datasets.archives import unpack_file
from studio.datasets.connectors import count_tables, download, read_entities, write_entities
from studio.datasets.databases import query_database, write_database
from studio.datasets.datastore_access import DatastoreAccess
from studio.datasets.datastores import get_datastore
from studio.datasets.readings import READINGS, delete_reading, find_options, put_reading
from studio.datasets.references import MAX_BYTES as MAX_REFERENCE
from studio.datasets.references import Reference, is_reference, parse_reference
from studio.datasets.samples import FOLDER, SAMPLES, find_sample
from studio.errors import BadArgument, InternalError
from studio.model.saved import ModelSource, SavedModel
from studio.storage.account import Storage, expand_connection_string
from studio.storage.addresses import is_allowed
from studio.storage.blob_access import (
    is_refusal,
    open_blob,
    read_table_blob,
    reading,
    table_too_large,
    unpacked,
    writing,
)
from studio.storage.blobs import BlobReference, check_extension, check_host, own_blob, parse_blob_reference
from studio.storage.connections import TRANSFER
from studio.storage.egress import client_options
from studio.storage.keys import unseal_for
from studio.tables.options import ReadingOptions, read_options
from studio.tables.schema import Cell, Column
from studio.tables.typed_files import READABLE
from studio.wire import fits_url

NAME = re.compile(r"[^/\\?#%*\x00-\x1f]{1,200}")
# The last two are models on their way (rollout/imported_models.py), too large for a request.
EXTENSIONS = (*READABLE, ".gz", ".zip", ".onnx", ".skops")
# A pattern is no longer than the longest name of a blob; one import reads so many files at most.
MAX_PATTERN, MAX_FILES = 1024, 10_000
# Blobs that are looked at for those that a pattern matches: a container of somebody else may have any number.
MAX_LISTED = 1_000_000

# The columns of a table, and the cells of each.
Table = tuple[list[Column], list[list[Cell]]]


def start_upload(storage: Storage, workspace_id: str, body: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return SAS links to write and to read a dataset; writing replaces an existing one.

    Parameters
    ----------
    body
        The request: Name, and Options for reading the file, if its reading shall not be guessed.
    """
    name, options = body.get("Name"), read_options(body.get("Options"))
    check_dataset_name(name)
    location = f"datasets/{workspace_id}/{name}"
    reference = own_blob(storage, location, now)
    check_extension(reference, EXTENSIONS, str(name))
    put_reading(storage, workspace_id, str(name), options)
    return {
        "Name": name,
        "Upload": own_blob(storage, location, now, "cw").to_json(),
        "Location": reference.to_json(),
    }


def check_dataset_name(name: Any) -> None:
    """Raise BadArgument unless the name is a plain file name."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or not fits_url(name) or ".." in name:
        raise BadArgument(
            "BadParameterValue",
            f"A dataset's name must be a plain file name such as 'adult.csv', got {name!r}.",
            "Name",
        )


@dataclass(frozen=True, slots=True)
class WorkspaceData:
    """The data that modules may access.

    That is the workspace's own datasets, data for which a property holds a key or a link, and data that the app
    settings allow. `models` is where trained models come from, if any may be used.
    """

    storage: Storage
    workspace_id: str
    models: ModelSource | None = None

    def model_version(self, name: str) -> str:
        """Return the hash of the trained model of this name, empty if there is none."""
        return (self.models.find(name) if self.models else None) or ""

    def find_model(self, name: str) -> SavedModel | None:
        """Return the trained model of this name, or None."""
        return self.models.get(name) if self.models else None

    def open_secret(self, sealed: str, property_name: str, destination: str) -> str:
        """Return a secret that an experiment of this workspace holds sealed, for the destination it was given for.

        Raises BadArgument for any other destination.
        """
        found = unseal_for(self.storage.secret, sealed, self.workspace_id, property_name, destination)
        if found is None:
            raise BadArgument(
                "BadParameterValue",
                f"The stored '{property_name}' was not given for '{destination}', or this app has another master "
                f"secret now. Give '{property_name}' again, together with where it is used.",
                property_name,
            )
        return found

    def read_dataset(self, path: str) -> list[tuple[str, bytes]]:
        """Return the name and content of each workspace dataset that the name or pattern (`2026-*.csv`) matches.

        If none does, a sample of this name, whose own name then begins with `samples/`. Raises BadArgument
        (BlobNotFound) if there is none either.
        """
        container = self.storage.container("datasets")
        found = self._read_blobs(container, f"{self.workspace_id}/", path.strip().lstrip("/"))
        sample = None if found else find_sample(path)
        if sample is not None:
            return [(f"{FOLDER}{sample.file}", sample.content)]
        if not found and path.strip().lstrip("/").startswith(FOLDER):
            known = ", ".join(f"'{item.name}'" for item in SAMPLES)
            raise BadArgument("BlobNotFound", f"There is no sample dataset '{path}'. The samples are: {known}.", path)
        if not found:
            raise BadArgument(
                "BlobNotFound",
                f"The workspace has no dataset '{path}'. Upload it first: 'perennial dataset upload {path}'.",
                path,
            )
        return found

    def dataset_version(self, path: str) -> str | None:
        """Return the names and ETags of the datasets that the name or pattern matches, and how they are to be read.

        It stays the same when a profile is made of a dataset. None if one of them is a reference to data that does not
        tell when it changes.
        """
        prefix, pattern = f"{self.workspace_id}/", path.strip().lstrip("/")
        found = _matching(self.storage.container("datasets"), prefix, pattern)
        readings = _matching(self.storage.container(READINGS), prefix, f"{pattern}.json")
        sample = None if found else find_sample(path)
        if sample is not None:
            return f"{FOLDER}{sample.file} {sample.digest}"
        etags = [f"{name} {blob.etag}" for name, blob in found.items()]
        for name, blob in found.items():
            reference = self.find_reference(name) if is_reference(blob) else None
            if reference is not None:
                version = self.reference_version(reference)
                if version is None:
                    return None
                etags.append(version)
        options = [f"{name} {(blob.metadata or {}).get('options') or blob.etag}" for name, blob in readings.items()]
        return " ".join([*etags, *options])

    def find_reference(self, name: str) -> Reference | None:
        """Return where a dataset's data is, if it is a reference; None if not, or if there is no such dataset."""
        blob = self.storage.container("datasets").get_blob_client(f"{self.workspace_id}/{name}")
        try:
            if not is_reference(blob.get_blob_properties()):
                return None
            # A client may have written that on a file of any size.
            return parse_reference(blob.download_blob(0, MAX_REFERENCE + 1).readall())
        except ResourceNotFoundError:
            return None

    def read_reference(self, reference: Reference) -> bytes:
        """Return the file that a reference leads to; the rows of a table or query as Parquet."""
        ((_, content),) = self.datastore(reference.datastore).read(reference.path)
        return content

    def reference_version(self, reference: Reference) -> str | None:
        """Return a text that changes when the data of a reference changes; None if nothing tells that."""
        return self.datastore(reference.datastore).version(reference.path)

    def dataset_options(self, name: str) -> ReadingOptions | None:
        """Return how a dataset of the workspace, or a sample, is to be read; None if it is older than such options."""
        if name.startswith(FOLDER):
            return ReadingOptions()
        return find_options(self.storage, self.workspace_id, name)

    def unpack(self, files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        """Return files with the tables in `.gz` and `.zip` files in their places; TooLarge above the app's limit."""
        limit = self.storage.settings.max_table_bytes
        opened = []
        for name, content in files:
            opened.append(unpack_file(name, content, limit))
            limit -= len(opened[-1][1])
        return opened

    def datastore(self, name: str) -> DatastoreAccess:
        """Return a datastore of the workspace, with its secret; NotFound if there is none."""
        found = get_datastore(self.storage, self.workspace_id, name.strip())
        try:
            secret = found.open_secret(self.storage)
        except InternalError:
            # Whoever replaces a secret deletes the earlier one, perhaps since this row was read.
            found, before = get_datastore(self.storage, self.workspace_id, found.name), found
            if found == before:
                raise
            secret = found.open_secret(self.storage)
        return DatastoreAccess(self, found, secret)

    def read_blobs(self, reference: Mapping[str, Any], target: str) -> list[tuple[str, bytes]]:
        """Return the name and content of each blob that a reference or pattern matches, in any account.

        Raises BadArgument if none matches or one cannot be read.
        """
        parsed = parse_blob_reference(dict(reference), target)
        check_host(parsed, target, self.storage)
        if "*" not in parsed.blob:
            content = read_table_blob(self.storage, parsed, self.storage.settings.max_table_bytes, target)
            return [(parsed.blob.rpartition("/")[2], content)]
        with _listing(parsed):
            found = self._read_blobs(parsed.open_container(self.storage), "", parsed.blob)
        if not found:
            raise BadArgument("BlobNotFound", f"No blob matches '{parsed.relative_location}'.", target)
        return found

    def blob_versions(
        self, reference: Mapping[str, Any], target: str, most: int | None = None
    ) -> list[tuple[str, str]]:
        """Return the name and ETag of each blob that a reference or pattern matches; at most `most` of many."""
        parsed = parse_blob_reference(dict(reference), target)
        check_host(parsed, target, self.storage)
        if "*" not in parsed.blob:
            return [(parsed.blob, str(open_blob(self.storage, parsed, target)[1].etag))]
        with _listing(parsed):
            found = _matching(parsed.open_container(self.storage), "", parsed.blob, most)
        return [(name, str(blob.etag)) for name, blob in found.items()]

    def read_url(self, url: str) -> bytes:
        """Return the content of a web address on an allowed host."""
        return download(url, self.storage.settings.import_hosts, self.storage.settings.max_table_bytes)

    def read_table(self, connection_string: str, table: str, limit: int | None) -> Table:
        """Return the columns of a storage table, and the cells of each."""
        with self._open_table(connection_string, table) as client:
            return read_entities(client, limit, self.storage.settings.max_table_bytes)

    def count_tables(self, connection_string: str) -> int:
        """Return how many tables an account has; those of the first page of a list."""
        options = client_options(self.storage.allowed_hosts, TRANSFER)
        # The name is of no table: the client checks the address.
        self._open_table(connection_string, "tables").close()
        with TableServiceClient.from_connection_string(connection_string, **options) as service:
            return count_tables(service)

    def query_database(self, name: str, query: str) -> Table:
        """Return the columns of a query's result from a configured database, and the cells of each."""
        return query_database(self.database(name), query, self.storage.settings.max_table_bytes)

    def write_dataset(self, name: str, content: bytes) -> None:
        """Store a workspace dataset, replacing an existing one."""
        check_dataset_name(name)
        # What experiments write is plain; what was said about an earlier file of this name is not about this one.
        delete_reading(self.storage, self.workspace_id, name)
        self.storage.container("datasets").upload_blob(f"{self.workspace_id}/{name}", content, overwrite=True)

    def write_blob(self, reference: Mapping[str, Any], content: bytes, target: str) -> None:
        """Store a blob in any account, replacing an existing one."""
        parsed = parse_blob_reference(dict(reference), target)
        check_host(parsed, target, self.storage)
        client = parsed.open(self.storage)
        with writing(client, target):
            client.upload_blob(content, overwrite=True)

    def write_table(
        self,
        connection_string: str,
        table: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        keys: tuple[str | None, str | None],
    ) -> None:
        """Write rows to a storage table."""
        with self._open_table(connection_string, table) as client:
            write_entities(client, columns, rows, keys)

    def write_database(self, name: str, table: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """Replace all rows of a table in a configured database."""
        write_database(self.database(name), table, columns, rows)

    def _read_blobs(self, container: ContainerClient, prefix: str, pattern: str) -> list[tuple[str, bytes]]:
        """Return the name and content of each blob under a prefix that a name or pattern matches."""
        limit = self.storage.settings.max_table_bytes
        found = _matching(container, prefix, pattern)
        total = sum(blob.size for blob in found.values())
        if total > limit:
            raise table_too_large(pattern, total, limit, pattern)
        contents, left = [], limit
        for name in found:
            content = unpacked(container.download_blob(prefix + name, decompress=False), left)
            if isinstance(content, int):
                raise table_too_large(pattern, limit - left + content, limit, pattern)
            # Only the workspace's own datasets have a prefix; what others wrote on their blobs means nothing.
            if prefix and is_reference(found[name]):
                content = self.read_reference(parse_reference(content))
                if len(content) > left:
                    raise table_too_large(pattern, limit - left + len(content), limit, pattern)
            contents.append((name, content))
            left -= len(content)
        return contents

    def database(self, name: str) -> str:
        """Return the SQLAlchemy URL of a configured database; BadArgument if there is none of that name."""
        if name not in self.storage.settings.databases:
            known = ", ".join(self.storage.settings.databases) or "none"
            raise BadArgument(
                "BadParameterValue",
                f"There is no database '{name}'. The app setting PERENNIAL_DATABASES defines: {known}.",
                "Database name",
            )
        return self.storage.settings.databases[name]

    def _open_table(self, connection_string: str, table: str) -> TableClient:
        try:
            text, options = (
                expand_connection_string(connection_string),
                client_options(self.storage.allowed_hosts, TRANSFER),
            )
            client = TableClient.from_connection_string(text, table, **options)
        except (AttributeError, LookupError, ValueError) as error:
            raise BadArgument(
                "BadParameterValue", f"The table name '{table}' or its connection string is malformed.", table
            ) from error
        if not is_allowed(client.url, self.storage.allowed_hosts):
            raise BadArgument(
                "BadParameterValue",
                f"The table '{table}' is neither in Azure Storage nor in this app's own account. To allow its host, "
                "the app's operator can add it to the app setting PERENNIAL_IMPORT_HOSTS.",
                table,
            )
        return client


@contextmanager
def _listing(reference: BlobReference) -> Iterator[None]:
    """Return a context in which storage's refusal to list a container says what is needed."""
    with reading(reference, reference.relative_location):
        try:
            yield
        except HttpResponseError as error:
            if not is_refusal(error):
                raise
            raise BadArgument(
                "InvalidBlob",
                f"The container of '{reference.relative_location}' cannot be listed: storage returned "
                f"{error.status_code}. A pattern requires an account key, or a SAS token for the container with "
                "permissions 'rl'.",
            ) from error


def _matching(
    container: ContainerClient, prefix: str, pattern: str, most: int | None = None
) -> dict[str, BlobProperties]:
    """Return the blobs under a prefix that a name or pattern matches, by name without the prefix, sorted.

    Parameters
    ----------
    most
        Where to stop; without it, more than MAX_FILES are an error.
    """
    if len(pattern) > MAX_PATTERN:
        raise BadArgument(
            "BlobNameTooLong", f"A name or pattern has at most {MAX_PATTERN} characters, got {len(pattern)}.", "Path"
        )
    found: dict[str, BlobProperties] = {}
    listed = container.list_blobs(name_starts_with=prefix + pattern.partition("*")[0], include=["metadata"])
    for looked, blob in enumerate(listed):
        if looked == MAX_LISTED:
            raise BadArgument(
                "BadParameterValue",
                f"More than {MAX_LISTED:,} blobs begin as '{pattern}' does before its first '*'. Give a pattern with a "
                "longer beginning.",
                "Path",
            )
        name = blob.name.removeprefix(prefix)
        if fnmatch.fnmatchcase(name, pattern) if "*" in pattern else name == pattern:
            found[name] = blob
        if most is not None and len(found) >= most:
            break
        if len(found) > MAX_FILES:
            raise BadArgument(
                "BadParameterValue",
                f"More than {MAX_FILES:,} files match '{pattern}'. Give a narrower pattern.",
                "Path",
            )
    return {name: found[name] for name in sorted(found)}
