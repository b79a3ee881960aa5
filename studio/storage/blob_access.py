"""Reading and writing the blobs that references name, with errors that say what to check."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobProperties

from studio.errors import BadArgument, TooLarge
from studio.storage.blobs import BlobReference


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
