"""Reads and writes the blobs that references point to, with errors that say what to check."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobProperties, StorageStreamDownloader

from studio.errors import BadArgument, TooLarge
from studio.storage.account import Storage
from studio.storage.blobs import BlobReference
from studio.storage.connections import TRANSFER, Patience
from studio.storage.egress import refusal
from studio.storage.encodings import unpack


def open_blob(
    storage: Storage, reference: BlobReference, target: str, patience: Patience = TRANSFER
) -> tuple[BlobClient, BlobProperties]:
    """Return the client of an existing blob, and its properties.

    Raises
    ------
    BadArgument
        If the blob does not exist (BlobNotFound) or cannot be read (InvalidBlob).
    """
    client = reference.open(storage, patience)
    with reading(reference, target):
        return client, client.get_blob_properties()


def read_blob(
    storage: Storage, reference: BlobReference, limit: int, target: str, patience: Patience = TRANSFER
) -> bytes | int:
    """Return the content of a blob, or a size above `limit` if it exceeds that. Raises the errors of open_blob."""
    with reading(reference, target):
        return unpacked(reference.open(storage, patience).download_blob(decompress=False), limit)


def unpacked(download: "StorageStreamDownloader[bytes]", limit: int) -> bytes | int:
    """Return the content of a download that was begun with `decompress=False`, or a size above `limit` bytes.

    A blob with a Content-Encoding is unpacked, and its bytes counted as they come out.

    Raises
    ------
    ValueError
        If its content is not what its Content-Encoding says.
    """
    if download.size > limit:
        return int(download.size)
    content = download.readall()
    return unpack(content, download.properties.content_settings.content_encoding, limit)


def is_refusal(error: HttpResponseError) -> bool:
    """Return whether storage rejected a request for good; throttling and server errors are worth a retry."""
    return error.status_code is not None and error.status_code < 500 and error.status_code not in (408, 429)


@contextmanager
def reading(reference: BlobReference, target: str) -> Iterator[None]:
    """Turn the storage errors of reading a blob in a `with` block into a BadArgument that says what is wrong.

    Transient storage errors rise unchanged: work is retried, and callers get a 503.
    """
    try:
        yield
    except ResourceNotFoundError as error:
        raise BadArgument(
            "BlobNotFound",
            f"'{target}' points to '{reference.relative_location}', but there is no such blob.",
            target,
        ) from error
    except HttpResponseError as error:
        if not is_refusal(error):
            raise
        raise BadArgument(
            "InvalidBlob",
            f"The blob '{reference.relative_location}' of '{target}' cannot be read: storage returned "
            f"{error.status_code}. Check the account key, or that the SAS token grants permission 'r' and has not "
            "expired.",
            target,
        ) from error
    except AzureError as error:
        reason = refusal(error)
        if reason is None and _is_known(reference.address().host):
            raise
        raise BadArgument(
            "InvalidBlob",
            f"The storage account of '{target}' cannot be reached. {reason or ''}"
            f"{' ' if reason else ''}Check its BaseLocation or ConnectionString.",
            target,
        ) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # What the storage client makes of a response that is not storage's.
        raise BadArgument(
            "InvalidBlob",
            f"The blob '{reference.relative_location}' of '{target}' cannot be read: {_first_line(error)}.",
            target,
        ) from error


def _is_known(host: str) -> bool:
    """Return whether a host name resolves."""
    try:
        socket.getaddrinfo(host.strip("[]"), None)
    except OSError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return (str(error).partition("\n")[0].rstrip(".") or type(error).__name__)[:200]


def read_table_blob(storage: Storage, reference: BlobReference, limit: int, target: str) -> bytes:
    """Return the content of a blob; TooLarge if it exceeds `limit` bytes. Raises the errors of open_blob."""
    content = read_blob(storage, reference, limit, target)
    if isinstance(content, int):
        raise table_too_large(reference.blob, content, limit, target)
    return content


def table_too_large(name: str, size: int, limit: int, target: str) -> TooLarge:
    """Return the error for data that is too large for training."""
    return TooLarge(
        "OutOfMemoryLimit",
        f"'{name}' has at least {size / 1048576:,.0f} MiB; training reads at most {limit / 1048576:,.0f} MiB. Train on "
        "a sample or on fewer columns, or raise the app setting PERENNIAL_MAX_TABLE_MB if there is enough memory.",
        target,
    )


@contextmanager
def writing(client: BlobClient, name: str) -> Iterator[None]:
    """Turn the storage errors of writing an output in a `with` block into a BadArgument that says what is wrong.

    Transient storage errors rise unchanged.
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
            f"The output '{name}' cannot be written: storage returned {error.status_code}. Check the account key, or "
            "that the SAS token grants permissions 'cw' and has not expired.",
            name,
        ) from error
