"""References to blobs as clients write them: connection string, or base location with a SAS token.

References
----------
AzureBlobDataReference of the original's batch execution: {ConnectionString, RelativeLocation} or
{BaseLocation, RelativeLocation, SasBlobToken}; unused properties are null or absent.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobClient, BlobProperties, ContainerClient

from studio.errors import BadArgument, TooLarge
from studio.guarded_http import guarded_session
from studio.hosts import is_allowed
from studio.storage import Storage, expand_connection_string

CONTAINER_NAME = re.compile(r"(?!.*--)[a-z0-9$][a-z0-9-]{2,62}")
MAX_BLOB_NAME = 1024


@dataclass(frozen=True, slots=True)
class BlobReference:
    """Where a blob is and what opens it; `relative_location` is `container/path` without a leading slash."""

    relative_location: str
    base_location: str | None = None
    sas_token: str | None = None
    connection_string: str | None = None

    @property
    def container(self) -> str:
        """The first segment of the relative location."""
        return self.relative_location.partition("/")[0]

    @property
    def blob(self) -> str:
        """The relative location after the container."""
        return self.relative_location.partition("/")[2]

    @property
    def extension(self) -> str:
        """The lower-case extension with its dot, or nothing."""
        name = self.relative_location.rpartition("/")[2]
        return f".{name.rpartition('.')[2].lower()}" if "." in name else ""

    def open(self) -> BlobClient:
        """Return a client of the blob."""
        if self.connection_string is not None:
            try:
                return BlobClient.from_connection_string(
                    expand_connection_string(self.connection_string), self.container, self.blob, transport=_transport()
                )
            except ValueError as error:
                raise _invalid_connection_string(self.relative_location) from error
        url = f"{self.base_location}{quote(self.relative_location)}{self.sas_token or ''}"
        return BlobClient.from_blob_url(url, transport=_transport())

    def open_container(self) -> ContainerClient:
        """Return a client of the blob's container."""
        if self.connection_string is not None:
            return ContainerClient.from_connection_string(
                expand_connection_string(self.connection_string), self.container, transport=_transport()
            )
        url = f"{self.base_location}{self.container}{self.sas_token or ''}"
        return ContainerClient.from_container_url(url, transport=_transport())

    def to_json(self) -> dict[str, str | None]:
        """Return the reference as status objects carry it."""
        return {
            "ConnectionString": self.connection_string,
            "BaseLocation": self.base_location,
            "RelativeLocation": self.relative_location,
            "SasBlobToken": self.sas_token,
        }


def _transport() -> RequestsTransport:
    """Return how references are followed: over connections that are kept, and not into the app's own network."""
    return RequestsTransport(session=guarded_session(), session_owner=False)


def parse_blob_reference(value: Any, target: str) -> BlobReference:
    """Read and normalise a client's blob reference.

    Parameters
    ----------
    value
        The JSON object.
    target
        Name of the input, output or resource, for messages.

    Raises
    ------
    BadArgument
        If it is incomplete or malformed.
    """
    if not isinstance(value, dict):
        raise BadArgument("MissingInputBlobInformation", f"'{target}' must be an object that describes a blob.", target)
    location = _read_location(value.get("RelativeLocation"), target)
    connection_string, base = value.get("ConnectionString"), value.get("BaseLocation")
    if isinstance(connection_string, str) and connection_string.strip():
        reference = BlobReference(location, connection_string=connection_string.strip())
        reference.open()
        return reference
    if not isinstance(base, str) or urlsplit(base).scheme not in ("http", "https"):
        raise BadArgument(
            "MissingInputBlobInformation",
            f"'{target}' needs a ConnectionString, or a BaseLocation (https://account.blob.core.windows.net/) "
            "with a SasBlobToken.",
            target,
        )
    # Classic: a base location without its closing slash occurs (reference 3.2).
    token = str(value.get("SasBlobToken") or "").strip()
    if token and not token.startswith("?"):
        token = f"?{token}"
    return BlobReference(location, base.strip().rstrip("/") + "/", token or None)


def _read_location(value: Any, target: str) -> str:
    """Return a RelativeLocation as `container/path`."""
    if not isinstance(value, str) or not value.strip("/ "):
        raise BadArgument(
            "InputBlobRelativeLocationInvalid",
            f"'{target}' has no RelativeLocation. Give 'container/path/to/blob.csv'.",
            target,
        )
    # Classic: samples write the location with and without a leading slash (reference 3.2).
    location = value.strip().lstrip("/")
    container, _, blob = location.partition("/")
    if not CONTAINER_NAME.fullmatch(container) or not blob:
        raise BadArgument(
            "ContainerSegmentInvalid",
            f"'{target}' has the RelativeLocation '{location}'. Give 'container/path/to/blob.csv' with a "
            "container name of 3 to 63 lower-case letters, digits and single dashes.",
            target,
        )
    if len(blob) > MAX_BLOB_NAME:
        raise BadArgument(
            "BlobNameTooLong", f"'{target}' has a blob name of more than {MAX_BLOB_NAME} characters.", target
        )
    return location


def check_not_expired(reference: BlobReference, target: str, now: datetime) -> None:
    """Raise BadArgument (ExpiryTimeInThePast) if the reference's SAS token is over."""
    expiry = parse_qs((reference.sas_token or "").lstrip("?")).get("se")
    if not expiry:
        return
    try:
        moment = datetime.fromisoformat(expiry[0])
    except ValueError:
        return
    if moment.replace(tzinfo=moment.tzinfo or UTC) <= now:
        raise BadArgument(
            "ExpiryTimeInThePast",
            f"The SasBlobToken of '{target}' expired at {expiry[0]}. Ask for the job's status again: each answer "
            "carries fresh tokens.",
            target,
        )


def check_host(reference: BlobReference, target: str, storage: Storage) -> None:
    """Raise BadArgument (InvalidBlob) unless the reference's host is one that this app may be sent to."""
    url = reference.open().url
    if not is_allowed(url, storage.allowed_hosts):
        raise BadArgument(
            "InvalidBlob",
            f"'{target}' is at '{urlsplit(url).hostname}', which is neither Azure Blob Storage nor this app's own "
            "account. Whoever runs this app can add the host to the app setting PERENNIAL_IMPORT_HOSTS.",
            target,
        )


def check_extension(reference: BlobReference, allowed: tuple[str, ...], target: str) -> None:
    """Raise BadArgument (InvalidBlobExtension) unless the blob's name ends in one of `allowed`."""
    if reference.extension not in allowed:
        raise BadArgument(
            "InvalidBlobExtension",
            f"'{target}' points at '{reference.relative_location}'. Its extension must be {' or '.join(allowed)}.",
            target,
        )


def open_blob(reference: BlobReference, target: str) -> tuple[BlobClient, BlobProperties]:
    """Return a client of an existing blob and its properties.

    Raises
    ------
    BadArgument
        If it is missing (BlobNotFound) or may not be read (InvalidBlob).
    """
    client = reference.open()
    with reading(reference, target):
        return client, client.get_blob_properties()


def read_blob(reference: BlobReference, limit: int, target: str) -> bytes | int:
    """Return what a blob holds, or its size if that is above `limit` bytes. Raises as open_blob does."""
    with reading(reference, target):
        download = reference.open().download_blob()
        if download.size > limit:
            return int(download.size)
        content: bytes = download.readall()
        return content


def is_refusal(error: HttpResponseError) -> bool:
    """Tell whether storage answered and meant it: throttling and its own errors pass, and are worth another try."""
    return error.status_code is not None and error.status_code < 500 and error.status_code not in (408, 429)


@contextmanager
def reading(reference: BlobReference, target: str) -> Iterator[None]:
    """Say what is wrong with a blob that cannot be read inside a `with` block.

    Storage errors that may be over soon rise as they are: work is tried again, callers are answered 503.
    """
    try:
        yield
    except ResourceNotFoundError as error:
        raise BadArgument(
            "BlobNotFound",
            f"'{target}' points at '{reference.relative_location}', and there is no such blob.",
            target,
        ) from error
    except HttpResponseError as error:
        if not is_refusal(error):
            raise
        raise BadArgument(
            "InvalidBlob",
            f"The blob '{reference.relative_location}' of '{target}' cannot be read: storage answered "
            f"{error.status_code}. Check the key, or whether the link (SAS token) reads (permission 'r') and has not "
            "ended.",
            target,
        ) from error
    except AzureError as error:
        if _is_known(urlsplit(reference.open().url).hostname or ""):
            raise
        raise BadArgument(
            "InvalidBlob",
            f"The storage account of '{target}' cannot be reached. Check BaseLocation or ConnectionString.",
            target,
        ) from error


def _is_known(host: str) -> bool:
    """Tell whether there is a host of this name."""
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True


def read_table_blob(reference: BlobReference, limit: int, target: str) -> bytes:
    """Return what a blob holds; TooLarge if it has more bytes than training may read. Raises as open_blob does."""
    content = read_blob(reference, limit, target)
    if isinstance(content, int):
        raise table_too_large(reference.blob, content, limit, target)
    return content


def table_too_large(name: str, size: int, limit: int, target: str) -> TooLarge:
    """Return the error for data that training may not read."""
    return TooLarge(
        "OutOfMemoryLimit",
        f"'{name}' has {size / 1048576:,.0f} MiB; training reads at most {limit / 1048576:,.0f}. Train on a sample or "
        "on fewer columns, or raise the app setting PERENNIAL_MAX_TABLE_MB where there is memory for it.",
        target,
    )


@contextmanager
def writing(client: BlobClient, name: str) -> Iterator[None]:
    """Say what is wrong with an output that cannot be written inside a `with` block.

    Storage errors that may be over soon rise as they are.
    """
    try:
        yield
    except ResourceNotFoundError as error:
        raise BadArgument(
            "ContainerValidationFailed",
            f"The output '{name}' cannot be written: the container '{client.container_name}' does not exist.",
            name,
        ) from error
    except HttpResponseError as error:
        if not is_refusal(error):
            raise
        raise BadArgument(
            "InvalidBlob",
            f"The output '{name}' cannot be written: storage answered {error.status_code}. Check the key, or whether "
            "the link (SAS token) writes (permissions 'cw') and has not ended.",
            name,
        ) from error


def own_blob(storage: Storage, relative_location: str, now: datetime, permissions: str = "r") -> BlobReference:
    """Return a reference with a fresh SAS token to a blob of the deployment's own account."""
    reference = BlobReference(relative_location, storage.account_url)
    token = storage.sas_token(reference.container, reference.blob, now, permissions=permissions)
    return BlobReference(relative_location, storage.account_url, token)


def _invalid_connection_string(location: str) -> BadArgument:
    return BadArgument(
        "InvalidBlobConnectionString",
        f"The ConnectionString for '{location}' is malformed. Copy it from the storage account's access keys.",
    )
