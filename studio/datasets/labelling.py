"""Labelling by hand: writes labels into a column of a dataset, unless somebody has changed it meanwhile.

Only the cells of that column change; every other byte of the file stays as it is, and the new file is read again to
make sure of that before it is written.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

from studio.datasets.readings import find_options
from studio.datasets.references import is_reference
from studio.errors import BadArgument, InvalidOperation, NotFound, PreconditionFailed, StudioError, TooLarge
from studio.storage.account import Storage
from studio.tables.cell_edits import set_cells
from studio.tables.options import ReadingOptions
from studio.tables.profile import Reading
from studio.tables.schema import MISSING_TOKENS
from studio.tables.typed_files import read_file

MAX_BYTES, MAX_LABELS, MAX_TEXT = 16 * 1024 * 1024, 100_000, 1000
ROW = re.compile(r"0|[1-9][0-9]{0,8}")
TEXTS = (".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels for rows, counted from 0, in a column; an empty text takes a label away."""

    column: str
    cells: Mapping[int, str]


def put_labels(storage: Storage, workspace_id: str, name: str, given: Mapping[str, Any], etag: str) -> dict[str, Any]:
    """Write labels into a dataset, and return its new ETag.

    Parameters
    ----------
    given
        `Column`, which is added if there is none of that name, and `Labels`: text or null by the number of the row.
    etag
        The ETag of the dataset that was labelled.

    Raises
    ------
    BadArgument, TooLarge
        If the labels are not of the documented shape, the dataset is no CSV or TSV file, or is too large.
    NotFound
        If the workspace has no such dataset.
    PreconditionFailed
        If it was changed since.
    InvalidOperation
        If the labels cannot be written without changing anything else.
    """
    labels = _read_labels(given)
    extension = f".{name.rpartition('.')[2].lower()}"
    if extension not in TEXTS:
        text = f"Labels are written into .csv and .tsv files, got '{name}'. Convert it with Export Data first."
        raise BadArgument("DataTypeNotSupported", text, "dataset")
    blob = storage.container("datasets").get_blob_client(f"{workspace_id}/{name}")
    try:
        found = blob.get_blob_properties()
        if str(found.etag) != etag:
            raise _changed(name)
        if is_reference(found):
            text = f"'{name}' is a reference: its data is elsewhere, where no labels are written."
            raise InvalidOperation("BadParameterValue", text, "dataset")
        if found.size > MAX_BYTES:
            most, size = MAX_BYTES // 1024 // 1024, found.size / 1024 / 1024
            text = f"'{name}' has {size:,.0f} MiB; files up to {most} MiB are labelled."
            raise TooLarge("OutOfMemoryLimit", text)
        content: bytes = blob.download_blob(
            etag=etag, match_condition=MatchConditions.IfNotModified, decompress=False
        ).readall()
        options = find_options(storage, workspace_id, name) or ReadingOptions(guess=False)
        changed = labelled(content, extension, options, labels)
        # Storage would refuse the new content for the hash of the old one.
        found.content_settings.content_md5 = None
        written = blob.upload_blob(
            changed,
            overwrite=True,
            metadata=found.metadata,
            content_settings=found.content_settings,
            etag=etag,
            match_condition=MatchConditions.IfNotModified,
        )
    except ResourceNotFoundError as error:
        raise NotFound("DatasetNotFound", f"The workspace has no dataset '{name}'.") from error
    except ResourceModifiedError as error:
        raise _changed(name) from error
    return {"Name": name, "Column": labels.column, "Labelled": len(labels.cells), "Etag": str(written["etag"])}


def labelled(content: bytes, extension: str, options: ReadingOptions, labels: Labels) -> bytes:
    """Return a file with labels; InvalidOperation if that would change anything else."""
    before = read_file(content, extension, options)
    names, rows = before.table.column_names, before.table.num_rows
    beyond = next((row for row in labels.cells if row >= rows), None)
    if beyond is not None:
        text = f"Labels has row {beyond}, but the dataset has {rows} rows, counted from 0."
        raise BadArgument("BadParameterValue", text, "Labels")
    dialect = before.profile.dialect
    place = names.index(labels.column) if labels.column in names else None
    if place is None and not before.profile.header:
        text = f"The file has no row of names, so the column must be one of {', '.join(names[:20])}."
        raise BadArgument("BadParameterValue", text, "Column")
    with contextlib.suppress(UnicodeError, StudioError):
        text = content.decode(dialect.encoding)
        written, found = set_cells(
            text, dialect.separator, labels.column, place, labels.cells, header=before.profile.header
        )
        new = written.encode(dialect.encoding)
        # Readers may end a row where no other program does, such as at a lone carriage return: all rows must be alike.
        if (
            found == rows
            and text.encode(dialect.encoding) == content
            and _is_only_labelled(before, read_file(new, extension, options), labels)
        ):
            return new
    raise InvalidOperation(
        "DatasetNotEditable",
        "The labels cannot be written without changing other cells: the file is not written as CSV files usually are. "
        "Read it in an experiment, write it with Export Data, and label that.",
    )


def _is_only_labelled(before: Reading, after: Reading, labels: Labels) -> bool:
    """Return whether all other columns are what they were, and the labels are there."""
    if after.table.num_rows != before.table.num_rows or after.profile.dialect != before.profile.dialect:
        return False
    others = [name for name in before.table.column_names if name != labels.column]
    if [name for name in after.table.column_names if name != labels.column] != others:
        return False
    if not all(before.table[name].equals(after.table[name]) for name in others):
        return False
    if labels.column in before.table.column_names and not _keeps_others(
        before.table[labels.column], after.table[labels.column], labels
    ):
        return False
    present = after.table[labels.column].is_valid().to_pylist()
    return all(present[row] == (text not in MISSING_TOKENS) for row, text in labels.cells.items())


def _keeps_others(before: Any, after: Any, labels: Labels) -> bool:
    """Return whether the rows without a new label have the one they had; one new text may make texts of numbers."""
    if before.type != after.type:
        return True
    import numpy as np

    kept = np.ones(len(before), dtype=bool)
    kept[list(labels.cells)] = False
    return bool(before.filter(kept).equals(after.filter(kept)))


def _read_labels(given: Mapping[str, Any]) -> Labels:
    column, labels = given.get("Column"), given.get("Labels")
    if not isinstance(column, str) or not column.strip() or len(column) > MAX_TEXT or "\0" in column:
        text = f"Column must be the name of a column, a text of 1 to {MAX_TEXT} characters, got {str(column)[:100]!r}."
        raise BadArgument("BadParameterValue", text, "Column")
    if not isinstance(labels, dict) or not 1 <= len(labels) <= MAX_LABELS:
        text = f"Labels must be an object with a text or null for 1 to {MAX_LABELS:,} rows, by their numbers from 0."
        raise BadArgument("BadParameterValue", text, "Labels")
    cells = {}
    for row, value in labels.items():
        if not ROW.fullmatch(row) or not (value is None or (isinstance(value, str) and len(value) <= MAX_TEXT)):
            text = (
                "Labels must have a text or null for the number of each row, counted from 0, got "
                f"{str({row: value})[:100]}."
            )
            raise BadArgument("BadParameterValue", text, "Labels")
        if value is not None and "\0" in value:
            raise BadArgument("BadParameterValue", "A label cannot have a zero byte in it.", "Labels")
        cells[int(row)] = value or ""
    return Labels(column, cells)


def _changed(name: str) -> PreconditionFailed:
    return PreconditionFailed(
        "DatasetChanged",
        f"'{name}' was changed since the version in If-Match, and no label was written. Get its rows again, and "
        "send the labels that still fit with the new Etag.",
        "If-Match",
    )
