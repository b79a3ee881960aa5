"""Blob references as clients write them: a connection string, or a base location with a SAS token.

References
----------
AzureBlobDataReference of the original's batch execution: {ConnectionString, RelativeLocation} or
{BaseLocation, RelativeLocation, SasBlobToken}; unused properties are null or absent.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobClient, ContainerClient

from studio.errors import BadArgument
from studio.storage.account import Storage, expand_connection_string
from studio.storage.egress import guarded_session, is_allowed

CONTAINER_NAME = re.compile(r"(?!.*--)[a-z0-9$][a-z0-9-]{2,62}")
MAX_BLOB_NAME = 1024


@dataclass(frozen=True, slots=True)
class BlobReference:
    """The location of a blob and its credential; `relative_location` is `container/path` without a leading slash."""

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
        """The lower-case extension with its dot, or an empty text."""
        name = self.relative_location.rpartition("/")[2]
        return f".{name.rpartition('.')[2].lower()}" if "." in name else ""

    def open(self) -> BlobClient:
        """Return the client of the blob."""
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
        """Return the client of the blob's container."""
        if self.connection_string is not None:
            return ContainerClient.from_connection_string(
                expand_connection_string(self.connection_string), self.container, transport=_transport()
            )
        url = f"{self.base_location}{self.container}{self.sas_token or ''}"
        return ContainerClient.from_container_url(url, transport=_transport())

    def without_secrets(self) -> "BlobReference":
        """Return the reference without its SAS token and connection string."""
        return replace(self, sas_token=None, connection_string=None)

    def to_json(self) -> dict[str, str | None]:
        """Return the reference as job status objects show it."""
        return {
            "ConnectionString": self.connection_string,
            "BaseLocation": self.base_location,
            "RelativeLocation": self.relative_location,
            "SasBlobToken": self.sas_token,
        }


def _transport() -> RequestsTransport:
    """Return the transport for references: it keeps connections open, and refuses addresses in private networks."""
    return RequestsTransport(session=guarded_session(), session_owner=False)


def parse_blob_reference(value: Any, target: str) -> BlobReference:
    """Read and normalise a client's blob reference.

    Parameters
    ----------
    value
        The JSON object.
    target
        The name of the input, output or resource, for messages.

    Raises
    ------
    BadArgument
        If the reference is incomplete or malformed.
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
    # Classic: some clients leave out the trailing slash of the base location (reference 3.2).
    token = str(value.get("SasBlobToken") or "").strip()
    if token and not token.startswith("?"):
        token = f"?{token}"
    return BlobReference(location, base.strip().rstrip("/") + "/", token or None)


def _read_location(value: Any, target: str) -> str:
    """Return a RelativeLocation as `container/path`; BadArgument if it is missing or malformed."""
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
            "BlobNameTooLong",
            f"'{target}' has a blob name of {len(blob)} characters; at most {MAX_BLOB_NAME} are allowed.",
            target,
        )
    return location


def check_not_expired(reference: BlobReference, target: str, now: datetime) -> None:
    """Raise BadArgument (ExpiryTimeInThePast) if the reference's SAS token has expired."""
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
            f"The SasBlobToken of '{target}' expired at {expiry[0]}. Request the job's status again: each response "
            "carries new tokens.",
            target,
        )


def check_host(reference: BlobReference, target: str, storage: Storage) -> None:
    """Raise BadArgument (InvalidBlob) unless the app may call the reference's host."""
    url = reference.open().url
    if not is_allowed(url, storage.allowed_hosts):
        raise BadArgument(
            "InvalidBlob",
            f"'{target}' is at '{urlsplit(url).hostname}', which is neither Azure Blob Storage nor this app's own "
            "account. To allow the host, the app's operator can add it to the app setting PERENNIAL_IMPORT_HOSTS.",
            target,
        )


def check_extension(reference: BlobReference, allowed: tuple[str, ...], target: str) -> None:
    """Raise BadArgument (InvalidBlobExtension) unless the blob's name ends in one of `allowed`."""
    if reference.extension not in allowed:
        raise BadArgument(
            "InvalidBlobExtension",
            f"'{target}' points to '{reference.relative_location}'. Its extension must be {' or '.join(allowed)}.",
            target,
        )


def own_blob(storage: Storage, relative_location: str, now: datetime, permissions: str = "r") -> BlobReference:
    """Return a reference, with a new SAS token, to a blob in the app's own account."""
    reference = BlobReference(relative_location, storage.account_url)
    token = storage.sas_token(reference.container, reference.blob, now, permissions=permissions)
    return BlobReference(relative_location, storage.account_url, token)


def _invalid_connection_string(location: str) -> BadArgument:
    return BadArgument(
        "InvalidBlobConnectionString",
        f"The ConnectionString for '{location}' is malformed. Copy it from the storage account's access keys.",
    )
