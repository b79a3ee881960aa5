"""Making a dataset a reference, and what the datasets' pages read of one.

Blobs and web addresses have an ETag, or tell when they last changed. What tells neither, a table or a query, has the
minute in which it was read as its version: what pages show of it is at most a minute old, and runs read it each time.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from studio.datasets.datastore_kinds import SQL, TABLE
from studio.datasets.readings import put_reading
from studio.datasets.references import REFERENCE, Source, read_reference
from studio.datasets.workspace_data import EXTENSIONS, WorkspaceData, check_dataset_name
from studio.errors import BadArgument, NotFound
from studio.storage.account import Storage
from studio.storage.blobs import check_extension, own_blob
from studio.tables.options import read_options
from studio.wire import invalid_value

ROWS_EXTENSION = ".parquet"


def put_reference(storage: Storage, workspace_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a dataset a reference, replacing one of that name; nothing is called.

    Parameters
    ----------
    body
        `Datastore`, `Path`, and `Options` for reading the file.

    Raises
    ------
    BadArgument
        If the name or a property is invalid.
    NotFound
        If the workspace has no such datastore.
    """
    check_dataset_name(name)
    reference, options = read_reference(body), read_options(body.get("Options"))
    check_extension(own_blob(storage, f"datasets/{workspace_id}/{name}", storage.clock()), EXTENSIONS, name)
    kind = WorkspaceData(storage, workspace_id).datastore(reference.datastore).kind
    if kind in (TABLE, SQL) and not name.lower().endswith(ROWS_EXTENSION):
        accepted = f"a name that ends in {ROWS_EXTENSION}, as which rows of a datastore of kind {kind} are read"
        raise invalid_value("The dataset's name", accepted, name)
    if kind not in (TABLE, SQL) and "*" in reference.path:
        raise BadArgument("BadParameterValue", "Path must name one file, without '*'.", "Path")
    put_reading(storage, workspace_id, name, options)
    storage.container("datasets").upload_blob(
        f"{workspace_id}/{name}",
        json.dumps(reference.to_json()).encode(),
        overwrite=True,
        metadata={REFERENCE: reference.datastore},
    )
    return {"Name": name} | reference.to_json()


def get_reference(storage: Storage, workspace_id: str, name: str) -> dict[str, Any]:
    """Return where a dataset's data is, with its `Version` now; NotFound if it is no reference."""
    data = WorkspaceData(storage, workspace_id)
    reference = data.find_reference(name)
    if reference is None:
        raise NotFound("DatasetNotFound", f"The workspace has no dataset '{name}' that is a reference.")
    return {"Name": name} | reference.to_json() | {"Version": _etag(data, name, data.reference_version(reference))}


def find_source(storage: Storage, workspace_id: str, name: str) -> Source | None:
    """Return what reads a dataset that is a reference; None if it is a file of the workspace, or there is none."""
    data = WorkspaceData(storage, workspace_id)
    reference = data.find_reference(name)
    if reference is None:
        return None
    etag = _etag(data, name, data.reference_version(reference))
    return Source(etag, lambda: data.read_reference(reference))


def _etag(data: WorkspaceData, name: str, version: str | None) -> str:
    if version is None:
        return f'"read {data.storage.clock():%Y-%m-%dT%H:%M}Z"'
    return f'"{hashlib.sha256(f"{name} {version}".encode()).hexdigest()[:32]}"'
