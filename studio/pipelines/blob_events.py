"""New blobs in the container that a trigger watches, in a storage account of one of the workspace's linked services."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError
from azure.storage.blob import ContainerClient

from studio.errors import BadArgument
from studio.pipelines.adf.documents import BlobStorage, find
from studio.pipelines.documents import SERVICES, list_factory_documents
from studio.pipelines.linked_services import find_account
from studio.storage.account import Storage, expand_connection_string
from studio.storage.addresses import BadAddress, is_allowed, parse_address
from studio.storage.blobs import CONTAINER_NAME, BlobReference
from studio.storage.connections import CHECK
from studio.storage.egress import refusal
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
    except (AzureError, AttributeError, LookupError, TypeError, ValueError) as error:
        reason = refusal(error) or type(error).__name__
        raise BadArgument("InvalidBlob", f"The container cannot be listed ({reason.rstrip('.')}).") from error
    yield from sorted(found, key=lambda item: (item.at, item.name))


def read_blob_path(properties: dict[str, Any]) -> tuple[str, str]:
    """Return container and prefix from a trigger's `/container/blobs/prefix`; BadArgument if it is malformed."""
    path = str(find(properties, "blobPathBeginsWith") or "").strip("/")
    container, _, rest = path.partition("/blobs")
    if not CONTAINER_NAME.fullmatch(container):
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
        service = find_account(storage, saved)
        if service is not None and _account_of(service) == account:
            reference = _reference(service, container)
            if _is_allowed(storage, reference):
                return reference.open_container(storage, CHECK), prefix
    raise BadArgument(
        "BadParameterValue",
        f"The workspace has no linked service for the storage account '{account}' in the trigger's scope.",
        "scope",
    )


def _account_of(service: BlobStorage) -> str:
    """Return the name of a linked service's account; an empty text if its address cannot be used."""
    if service.sas_uri is not None:
        try:
            return parse_address(service.sas_uri).host.partition(".")[0]
        except BadAddress:
            return ""
    parts = dict(
        part.partition("=")[::2] for part in expand_connection_string(service.connection_string or "").split(";")
    )
    return parts.get("AccountName", "").lower()


def _is_allowed(storage: Storage, reference: BlobReference) -> bool:
    try:
        return is_allowed(reference.address(), storage.allowed_hosts)
    except BadAddress as error:
        raise BadArgument(
            "BadParameterValue",
            f"The linked service of the trigger's storage account cannot be used: {error}.",
            "scope",
        ) from error


def _reference(service: BlobStorage, container: str) -> BlobReference:
    """Return a reference to a container; the blob in it is named only to complete the reference."""
    if service.sas_uri is None:
        return BlobReference(f"{container}/blob", connection_string=service.connection_string)
    address = parse_address(service.sas_uri)
    path, _, query = address.target.partition("?")
    base = f"{address.scheme}://{address.netloc}{path.rstrip('/')}/"
    return BlobReference(f"{container}/blob", base, f"?{query}" if query else None)
