"""Datasets: files a workspace keeps for its experiments.

Container `datasets`: `{workspace id}/{name}`. Clients upload straight to storage, by a link that this module gives.
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableClient
from azure.storage.blob import BlobProperties, ContainerClient

from studio.datasets.connectors import download, query_database, read_entities, write_database, write_entities
from studio.errors import BadArgument
from studio.storage.account import Storage, expand_connection_string
from studio.storage.blob_access import is_refusal, read_table_blob, table_too_large, writing
from studio.storage.blobs import check_extension, check_host, own_blob, parse_blob_reference
from studio.storage.egress import is_allowed
from studio.tables.schema import Cell, Column

NAME = re.compile(r"[^/\\?#%*\x00-\x1f]{1,200}")
EXTENSIONS = (".csv", ".tsv", ".arff")

# Columns, and the cells of each.
Table = tuple[list[Column], list[list[Cell]]]


def start_upload(storage: Storage, workspace_id: str, name: Any, *, now: datetime) -> dict[str, Any]:
    """Return links to write and to read the dataset of this name; writing replaces what is there."""
    check_dataset_name(name)
    location = f"datasets/{workspace_id}/{name}"
    reference = own_blob(storage, location, now)
    check_extension(reference, EXTENSIONS, name)
    return {
        "Name": name,
        "Upload": own_blob(storage, location, now, "cw").to_json(),
        "Location": reference.to_json(),
    }


def check_dataset_name(name: Any) -> None:
    """Raise BadArgument unless the name is that of a plain file."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or ".." in name:
        raise BadArgument(
            "BadParameterValue", f"A dataset needs a plain file name such as 'adult.csv', got {name!r}.", "Name"
        )


@dataclass(frozen=True, slots=True)
class WorkspaceData:
    """What modules may reach.

    The workspace's own datasets, what a property gives a key or link for, and what the app settings allow.
    """

    storage: Storage
    workspace_id: str

    def read_dataset(self, path: str) -> list[tuple[str, bytes]]:
        """Return name and content of the workspace's datasets that the name or pattern (`2026-*.csv`) matches.

        Raises BadArgument (BlobNotFound) if there is none.
        """
        container = self.storage.container("datasets")
        found = self._read_blobs(container, f"{self.workspace_id}/", path.strip().lstrip("/"))
        if not found:
            raise BadArgument(
                "BlobNotFound",
                f"The workspace has no dataset '{path}'. Upload it first: 'perennial dataset upload {path}'.",
                path,
            )
        return found

    def dataset_version(self, path: str) -> str:
        """Return names and ETags of the datasets that the name or pattern matches."""
        found = _matching(self.storage.container("datasets"), f"{self.workspace_id}/", path.strip().lstrip("/"))
        return " ".join(f"{name} {blob.etag}" for name, blob in found.items())

    def read_blobs(self, reference: Mapping[str, Any], target: str) -> list[tuple[str, bytes]]:
        """Return name and content of the blobs anywhere that a reference, or its pattern, names.

        Raises BadArgument if one cannot be read, or there is none.
        """
        parsed = parse_blob_reference(dict(reference), target)
        check_host(parsed, target, self.storage)
        if "*" not in parsed.blob:
            content = read_table_blob(parsed, self.storage.settings.max_table_bytes, target)
            return [(parsed.blob.rpartition("/")[2], content)]
        try:
            found = self._read_blobs(parsed.open_container(), "", parsed.blob)
        except HttpResponseError as error:
            if not is_refusal(error):
                raise
            raise BadArgument(
                "InvalidBlob",
                f"The container of '{parsed.relative_location}' cannot be listed: storage answered "
                f"{error.status_code}. A pattern needs an account key, or a SAS token of the container with "
                "permissions 'rl'.",
            ) from error
        if not found:
            raise BadArgument("BlobNotFound", f"No blob matches '{parsed.relative_location}'.", target)
        return found

    def read_url(self, url: str) -> bytes:
        """Return what a web address on the list of allowed hosts holds."""
        return download(url, self.storage.settings.import_hosts)

    def read_table(self, connection_string: str, table: str, limit: int | None) -> Table:
        """Return columns, and the cells of each, of a table of a storage account."""
        with self._open_table(connection_string, table) as client:
            return read_entities(client, limit)

    def query_database(self, name: str, query: str) -> Table:
        """Return columns, and the cells of each, that a database of the app settings answers a query with."""
        return query_database(self._database(name), query)

    def write_dataset(self, name: str, content: bytes) -> None:
        """Put a dataset of the workspace."""
        check_dataset_name(name)
        self.storage.container("datasets").upload_blob(f"{self.workspace_id}/{name}", content, overwrite=True)

    def write_blob(self, reference: Mapping[str, Any], content: bytes, target: str) -> None:
        """Put a blob anywhere."""
        parsed = parse_blob_reference(dict(reference), target)
        check_host(parsed, target, self.storage)
        client = parsed.open()
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
        """Put rows into a table of a storage account."""
        with self._open_table(connection_string, table) as client:
            write_entities(client, columns, rows, keys)

    def write_database(self, name: str, table: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """Replace the rows of a table of a database of the app settings."""
        write_database(self._database(name), table, columns, rows)

    def _read_blobs(self, container: ContainerClient, prefix: str, pattern: str) -> list[tuple[str, bytes]]:
        """Return name and content of the blobs under a prefix that a name or pattern matches."""
        limit = self.storage.settings.max_table_bytes
        found = _matching(container, prefix, pattern)
        total = sum(blob.size for blob in found.values())
        if total > limit:
            raise table_too_large(pattern, total, limit, pattern)
        return [(name, container.download_blob(prefix + name).readall()) for name in found]

    def _database(self, name: str) -> str:
        if name not in self.storage.settings.databases:
            known = ", ".join(self.storage.settings.databases) or "none"
            raise BadArgument(
                "BadParameterValue",
                f"There is no database '{name}'. The app setting PERENNIAL_DATABASES names: {known}.",
                "Database name",
            )
        return self.storage.settings.databases[name]

    def _open_table(self, connection_string: str, table: str) -> TableClient:
        try:
            client = TableClient.from_connection_string(expand_connection_string(connection_string), table)
        except ValueError as error:
            raise BadArgument(
                "BadParameterValue", f"The table '{table}' or its account is malformed.", table
            ) from error
        if not is_allowed(client.url, self.storage.allowed_hosts):
            raise BadArgument(
                "BadParameterValue",
                f"The table '{table}' is neither in Azure Storage nor in this app's own account. Whoever runs this app "
                "can add its host to the app setting PERENNIAL_IMPORT_HOSTS.",
                table,
            )
        return client


def _matching(container: ContainerClient, prefix: str, pattern: str) -> dict[str, BlobProperties]:
    """Return the blobs under a prefix that a name or pattern matches, by their names after the prefix, sorted."""
    start = prefix + pattern.partition("*")[0]
    found = {blob.name.removeprefix(prefix): blob for blob in container.list_blobs(name_starts_with=start)}
    names = fnmatch.filter(found, pattern) if "*" in pattern else [name for name in found if name == pattern]
    return {name: found[name] for name in sorted(names)}
