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
from urllib.parse import parse_qs, quote

from azure.storage.blob import BlobClient, ContainerClient

from studio.errors import BadArgument
from studio.storage.account import Storage, expand_connection_string
from studio.storage.addresses import Address, BadAddress, has_dot_segments, is_allowed, parse_address
from studio.storage.connections import OWN, TRANSFER, Patience
from studio.storage.egress import client_options

CONTAINER_NAME = re.compile(r"(?!.*--)[a-z0-9$][a-z0-9-]{2,62}")
MAX_BLOB_NAME = 1024
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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

    def open(self, storage: Storage, patience: Patience = TRANSFER) -> BlobClient:
        """Return the client of the blob, which reaches only the hosts that the app may call. Raises as check_host."""
        return self._open(**self._options(storage, patience))

    def open_container(self, storage: Storage, patience: Patience = TRANSFER) -> ContainerClient:
        """Return the client of the blob's container, likewise. Raises as check_host."""
        options = self._options(storage, patience)
        if self.connection_string is not None:
            text = expand_connection_string(self.connection_string)
            return ContainerClient.from_connection_string(text, self.container, **options)
        url = f"{self.base_location}{self.container}{self.sas_token or ''}"
        return ContainerClient.from_container_url(url, **options)

    def address(self) -> Address:
        """Return the address of the blob; BadAddress if it is malformed, with no secret in the message."""
        if self.connection_string is None:
            return parse_address(self._url())
        try:
            url = self._open().url
        except (AttributeError, LookupError, ValueError) as error:
            # The storage client's own messages may repeat what it was given.
            raise BadAddress("it is malformed") from error
        return parse_address(url)

    def _open(self, **options: Any) -> BlobClient:
        if self.connection_string is not None:
            text = expand_connection_string(self.connection_string)
            return BlobClient.from_connection_string(text, self.container, self.blob, **options)
        return BlobClient.from_blob_url(self._url(), **options)

    def _options(self, storage: Storage, patience: Patience) -> dict[str, Any]:
        own = check_host(self, self.relative_location, storage).netloc in storage.own_hosts
        return client_options(storage.allowed_hosts, OWN if own else patience)

    def _url(self) -> str:
        return f"{self.base_location}{quote(self.relative_location)}{self.sas_token or ''}"

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
        return _checked(BlobReference(location, connection_string=connection_string.strip()), target)
    if not isinstance(base, str) or not base.strip().lower().startswith(("http://", "https://")):
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
    if "?" in base or "#" in base:
        raise _bad_base(target, "it goes on after the path; give a SAS token as SasBlobToken")
    return _checked(BlobReference(location, base.strip().rstrip("/") + "/", token or None), target)


def _checked(reference: BlobReference, target: str) -> BlobReference:
    """Return a reference whose address can be read in one way only, as it was read."""
    try:
        address = reference.address()
        if reference.base_location is None:
            return reference
        base = parse_address(reference.base_location)
    except BadAddress as error:
        if reference.base_location is None:
            raise _invalid_connection_string(reference.relative_location, str(error)) from error
        raise _bad_base(target, str(error)) from error
    if (base.scheme, base.netloc) != (address.scheme, address.netloc):
        raise _bad_base(target, "its host is malformed")
    return replace(reference, base_location=base.url)


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
    if has_dot_segments(location) or CONTROL.search(location):
        raise BadArgument(
            "ContainerSegmentInvalid",
            f"'{target}' has a RelativeLocation with '.' or '..' between slashes, or with a control character. Give "
            "the blob's full name, such as 'container/path/to/blob.csv'.",
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


def check_host(reference: BlobReference, target: str, storage: Storage) -> Address:
    """Return the address of a blob; BadArgument (InvalidBlob) unless the app may call its host."""
    try:
        address = reference.address()
    except BadAddress as error:
        raise BadArgument("InvalidBlob", f"The address of '{target}' cannot be used: {error}.", target) from error
    if not is_allowed(address, storage.allowed_hosts):
        raise BadArgument(
            "InvalidBlob",
            f"'{target}' is at '{address.netloc}', which is neither Azure Blob Storage nor this app's own account. "
            "To allow the host, the app's operator can add it to the app setting PERENNIAL_IMPORT_HOSTS; a port other "
            "than 80 and 443 is listed with its host, as in 'data.example.org:8443'.",
            target,
        )
    return address


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


def _bad_base(target: str, reason: str) -> BadArgument:
    return BadArgument(
        "InvalidBlob",
        f"The BaseLocation of '{target}' cannot be used: {reason}. Give the address of the storage account, such as "
        "https://account.blob.core.windows.net/.",
        target,
    )


def _invalid_connection_string(location: str, reason: str) -> BadArgument:
    return BadArgument(
        "InvalidBlobConnectionString",
        f"The ConnectionString for '{location}' cannot be used: {reason}. Copy it from the storage account's access "
        "keys.",
    )
