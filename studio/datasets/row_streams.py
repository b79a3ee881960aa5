"""The rows of a blob as a stream: text is read in ranges, and what is packed or typed as a whole first."""

import io
from collections.abc import Iterable

from studio.datasets.archives import unpack_file
from studio.storage.blob_access import table_too_large
from studio.storage.streams import BlobVersion, RangeReader
from studio.tables.files import DELIMITERS, expected_encodings
from studio.tables.schema import Column
from studio.tables.text_encodings import find_encoding

# What is read as a whole: files that are not plain text, and text whose encoding its first mebibyte does not tell.
MAX_WHOLE_BYTES = 256 * 1024 * 1024


def open_rows(blob: BlobVersion) -> tuple[RangeReader | io.BytesIO, str]:
    """Return a blob as a stream, and the extension that says what it is; TooLarge for one that has to be in memory."""
    extension = blob.reference.extension
    if extension in DELIMITERS:
        return RangeReader(blob, 0, 0, blob.size + 1), extension
    if blob.size > MAX_WHOLE_BYTES:
        raise table_too_large(blob.reference.blob, blob.size, MAX_WHOLE_BYTES, blob.reference.blob)
    name, content = unpack_file(blob.reference.blob, blob.read(0, blob.size), MAX_WHOLE_BYTES)
    return io.BytesIO(content), f".{name.rpartition('.')[2].lower()}"


def whole_encoding(blob: BlobVersion, columns: Iterable[Column]) -> str | None:
    """Return the encoding of a text that its beginning does not tell; None if it is too large to look through."""
    if blob.size > MAX_WHOLE_BYTES:
        return None
    return find_encoding(blob.read(0, blob.size), expected_encodings(tuple(columns)))
