"""What there is to show of a dataset: columns with statistics, and rows in pages; computed once for each version of it.

Container `results`: `{workspace id}/datasets/{hash of name, ETag and options}.json`, and `.rows` beside it
(studio/tables/row_pages.py). Of a CSV or TSV file larger than MAX_BYTES the beginning is looked at.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import orjson
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobClient

from studio.datasets.archives import unpack_file
from studio.datasets.readings import find_options
from studio.datasets.reference_sources import find_source
from studio.datasets.references import Source, is_reference
from studio.errors import NotFound, TooLarge
from studio.storage.account import Storage
from studio.storage.blob_access import table_too_large, unpacked
from studio.tables.options import ReadingOptions
from studio.tables.row_downloads import write_rows
from studio.tables.row_pages import MAX_COLUMNS, Choice, KeptRows, Streams, Window, read_rows
from studio.tables.schema import ColumnType
from studio.tables.shown_table import column_array, show_table
from studio.tables.typed_files import read_file

MAX_BYTES, UNPACKED, MAX_WARNINGS = 32 * 1024 * 1024, 2, 100
TEXTS = (".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class _Version:
    """A dataset as it is now: its blob, ETag and size, how it is read, and where its summary is kept."""

    name: str
    blob: BlobClient
    etag: str
    size: int
    options: ReadingOptions
    path: str
    source: Source | None


def get_summary(storage: Storage, workspace_id: str, name: str) -> dict[str, Any]:
    """Return what there is to show of a dataset.

    Raises
    ------
    NotFound
        If the workspace has no such dataset.
    BadUserArgument
        If the file cannot be read.
    TooLarge
        If it is too large, and no CSV or TSV file.
    """
    found = _summary(storage, _version(storage, workspace_id, name))
    return {key: value for key, value in found.items() if key != "streams"}


def list_dataset_rows(storage: Storage, workspace_id: str, name: str, window: Window) -> dict[str, Any]:
    """Return rows of a dataset; the errors of get_summary, and BadArgument if they cannot be sorted or chosen so."""
    version = _version(storage, workspace_id, name)
    found = _summary(storage, version)
    kept = _kept_rows(storage, version, found)
    page = read_rows(kept, window)
    return {
        "rows": found["rows"],
        "rowsKept": found["rowsKept"],
        "matching": page.matching,
        "offset": window.offset,
        "columns": [{"name": title, "type": type_.value} for title, type_ in kept.columns],
        "values": page.values,
        "numbers": page.numbers,
        "etag": version.etag,
        "complete": found["complete"],
    }


def write_dataset_rows(
    storage: Storage, workspace_id: str, name: str, choice: Choice, format_: str
) -> tuple[bytes, int]:
    """Return rows of a dataset as a file, and how many rows it can have none of because they are not kept.

    The errors are those of list_dataset_rows, and TooLarge if the file would be too large.
    """
    version = _version(storage, workspace_id, name)
    found = _summary(storage, version)
    return write_rows(_kept_rows(storage, version, found), choice, format_), found["rows"] - found["rowsKept"]


def _kept_rows(storage: Storage, version: _Version, found: dict[str, Any]) -> KeptRows:
    columns = [(item["name"], ColumnType(item["type"])) for item in found["columns"][: found["columnsKept"]]]

    def read(place: int, length: int) -> bytes:
        blob = storage.container("results").get_blob_client(f"{version.path}.rows")
        return blob.download_blob(place, length).readall() if length else b""

    streams = Streams(tuple(found["streams"]["rows"]), tuple(found["streams"]["places"]))
    return KeptRows(read, streams, columns)


def _version(storage: Storage, workspace_id: str, name: str) -> _Version:
    blob = storage.container("datasets").get_blob_client(f"{workspace_id}/{name}")
    try:
        found = blob.get_blob_properties()
    except ResourceNotFoundError as error:
        raise NotFound("DatasetNotFound", f"The workspace has no dataset '{name}'.") from error
    options = find_options(storage, workspace_id, name) or ReadingOptions(guess=False)
    source = find_source(storage, workspace_id, name) if is_reference(found) else None
    etag = source.etag if source else str(found.etag)
    key = json.dumps([name, etag, options.to_json()], sort_keys=True)
    path = f"{workspace_id}/datasets/{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    return _Version(name, blob, etag, int(found.size), options, path, source)


def _summary(storage: Storage, version: _Version) -> dict[str, Any]:
    container = storage.container("results")
    try:
        found: dict[str, Any] = orjson.loads(container.download_blob(f"{version.path}.json").readall())
        return found
    except ResourceNotFoundError:
        summary, rows = _make(storage, version)
    container.upload_blob(f"{version.path}.rows", rows, overwrite=True)
    content = orjson.dumps(summary)
    container.upload_blob(f"{version.path}.json", content, overwrite=True)
    again: dict[str, Any] = orjson.loads(content)
    return again


def _make(storage: Storage, version: _Version) -> tuple[dict[str, Any], bytes]:
    content, extension, complete = _read(storage, version)
    reading = read_file(content, extension, version.options)
    arrays = [column_array(reading.table[column.name], column.type) for column in reading.columns[:MAX_COLUMNS]]
    shown = show_table(reading.columns, reading.table.num_rows, arrays)
    facts = {
        "name": version.name,
        "etag": version.etag,
        "size": len(content) if version.source else version.size,
        "complete": complete,
    }
    return facts | shown.summary | {"warnings": list(reading.profile.notes)[:MAX_WARNINGS]}, shown.rows


def _read(storage: Storage, version: _Version) -> tuple[bytes, str, bool]:
    """Return the file, unpacked, or the beginning of a large text; how to read it; and whether it is the whole file."""
    extension = _extension(version.name)
    if version.source is not None:
        return _read_reference(storage, version)
    if extension in TEXTS and version.size > MAX_BYTES:
        beginning: bytes = version.blob.download_blob(0, MAX_BYTES, decompress=False).readall()
        return beginning[: beginning.rfind(b"\n") + 1] or beginning, extension, False
    if version.size > MAX_BYTES:
        most, size = MAX_BYTES // 1024 // 1024, version.size / 1024 / 1024
        raise TooLarge(
            "OutOfMemoryLimit",
            f"'{version.name}' has {size:,.0f} MiB. Of files that are neither .csv nor .tsv, up to "
            f"{most} MiB are shown. Run an experiment that reads it, and look at what Import Data delivers.",
        )
    limit = min(UNPACKED * MAX_BYTES, storage.settings.max_table_bytes)
    content = unpacked(version.blob.download_blob(decompress=False), limit)
    if isinstance(content, int):
        raise table_too_large(version.name, content, limit, version.name)
    inner, content = unpack_file(version.name, content, limit)
    return content, _extension(inner), True


def _read_reference(storage: Storage, version: _Version) -> tuple[bytes, str, bool]:
    assert version.source is not None
    content, extension = version.source.read(), _extension(version.name)
    if len(content) > MAX_BYTES:
        if extension not in TEXTS:
            raise table_too_large(version.name, len(content), MAX_BYTES, version.name)
        beginning = content[:MAX_BYTES]
        return beginning[: beginning.rfind(b"\n") + 1] or beginning, extension, False
    inner, content = unpack_file(version.name, content, min(UNPACKED * MAX_BYTES, storage.settings.max_table_bytes))
    return content, _extension(inner), True


def _extension(name: str) -> str:
    return f".{name.rpartition('.')[2].lower()}"
