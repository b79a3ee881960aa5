"""New blobs in the container that a trigger watches, in a storage account of one of the workspace's linked services."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError
from azure.storage.blob import ContainerClient

from studio.errors import BadArgument
from studio.pipelines.adf.documents import BlobStorage, find, read_linked_service
from studio.pipelines.documents import SERVICES, list_factory_documents, read_factory_document
from studio.storage.account import Storage, expand_connection_string
from studio.storage.egress import is_allowed
from studio.wire import invalid_value


@dataclass(frozen=True, slots=True)
class NewBlob:
    """A new blob: when it was written, its container and name, and its ETag."""

    at: str
    container: str
    name: str
    etag: str

    @property
    def key(self) -> str:
        """Name and ETag, which identify this version of the blob."""
        return f"{self.name}@{self.etag}"


def list_new_blobs(
    storage: Storage, workspace_id: str, properties: dict[str, Any], since: str, seen: set[str]
) -> Iterator[NewBlob]:
    """Yield the blobs that match a trigger's properties and were written since a time, oldest first.

    Parameters
    ----------
    since
        Earliest time to include, ISO 8601.
    seen
        `name@etag` of blobs written at exactly that time that have been handled before.
    """
    container, prefix = _open_watched(storage, workspace_id, properties)
    suffix, ignore_empty = str(find(properties, "blobPathEndsWith") or ""), bool(find(properties, "ignoreEmptyBlobs"))
    found = []
    try:
        for blob in container.list_blobs(prefix or None):
            new = NewBlob(blob.last_modified.isoformat(), str(container.container_name), blob.name, str(blob.etag))
            empty = ignore_empty and blob.size == 0
            if new.at >= since and new.key not in seen and new.name.endswith(suffix) and not empty:
                found.append(new)
    except AzureError as error:
        raise BadArgument("InvalidBlob", f"The container cannot be listed ({type(error).__name__}).") from error
    yield from sorted(found, key=lambda item: (item.at, item.name))


def read_blob_path(properties: dict[str, Any]) -> tuple[str, str]:
    """Return container and prefix from a trigger's `/container/blobs/prefix`; BadArgument if it is malformed."""
    path = str(find(properties, "blobPathBeginsWith") or "").strip("/")
    container, _, rest = path.partition("/blobs")
    if not container or "/" in container:
        raise invalid_value("blobPathBeginsWith", "/container/blobs/ followed by the start of a blob name", path)
    created = find(properties, "events") or ["Microsoft.Storage.BlobCreated"]
    if any(str(event).rpartition(".")[2].lower() != "blobcreated" for event in created):
        raise invalid_value("events", "Microsoft.Storage.BlobCreated", created)
    return container, rest.lstrip("/")


def _open_watched(storage: Storage, workspace_id: str, properties: dict[str, Any]) -> tuple[ContainerClient, str]:
    """Open the container that a blob trigger watches, through one of the workspace's linked services.

    Returns the container and the prefix of the blobs' names.
    """
    container, prefix = read_blob_path(properties)
    account = str(find(properties, "scope") or "").rstrip("/").rpartition("/")[2].lower()
    for saved in list_factory_documents(storage, workspace_id, SERVICES):
        service = read_linked_service(read_factory_document(storage, saved.document))
        if isinstance(service, BlobStorage) and _account_of(service) == account:
            client = _open(service, container)
            if is_allowed(client.url, storage.allowed_hosts):
                return client, prefix
    raise BadArgument(
        "BadParameterValue",
        f"The workspace has no linked service for the storage account '{account}' in the trigger's scope.",
        "scope",
    )


def _account_of(service: BlobStorage) -> str:
    if service.sas_uri is not None:
        return urlsplit(service.sas_uri).netloc.partition(".")[0].lower()
    parts = dict(
        part.partition("=")[::2] for part in expand_connection_string(service.connection_string or "").split(";")
    )
    return parts.get("AccountName", "").lower()


def _open(service: BlobStorage, container: str) -> ContainerClient:
    if service.sas_uri is not None:
        address = urlsplit(service.sas_uri)
        url = f"{address.scheme}://{address.netloc}{address.path.rstrip('/')}/{container}"
        return ContainerClient.from_container_url(f"{url}?{address.query}")
    return ContainerClient.from_connection_string(expand_connection_string(service.connection_string or ""), container)
