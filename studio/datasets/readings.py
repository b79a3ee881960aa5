"""How a workspace's datasets are read: the options they were uploaded with, and what their files were taken for.

Container `dataset-readings`: `{workspace id}/{name}.json` with Options, and Profile with the ETag of the file it was
made from; its metadata `options` is a hash of the options, so that a list tells whether they changed. A dataset without
one was uploaded before there were profiles, and is read as it was then.
"""

import contextlib
import hashlib
import json
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError

from studio.datasets.archives import unpack_file
from studio.datasets.references import Source, is_reference
from studio.errors import NotFound
from studio.storage.account import Storage
from studio.storage.blob_access import table_too_large, unpacked
from studio.tables.leaks import leaks
from studio.tables.options import ReadingOptions, read_options
from studio.tables.typed_files import read_file

READINGS = "dataset-readings"


def put_reading(storage: Storage, workspace_id: str, name: str, options: ReadingOptions) -> None:
    """Store the options of a dataset, replacing those of an earlier one of this name."""
    _put(storage, workspace_id, name, {"Options": options.to_json()})


def delete_reading(storage: Storage, workspace_id: str, name: str) -> None:
    """Forget how a dataset is read; may be repeated."""
    try:
        storage.container(READINGS).delete_blob(_path(workspace_id, name))
    except ResourceNotFoundError:
        return


def find_options(storage: Storage, workspace_id: str, name: str) -> ReadingOptions | None:
    """Return the options of a dataset; None if it was uploaded before there were any."""
    found = _find(storage, workspace_id, name)
    return None if found is None else read_options(found[0]["Options"])


def get_profile(
    storage: Storage, workspace_id: str, name: str, label: str = "", source: Source | None = None
) -> dict[str, Any]:
    """Return what a dataset's file is taken for; the profile is made once for each version of the file.

    Parameters
    ----------
    label
        The column to predict, if it is known: columns that give it away get a warning.
    source
        What reads the file, if the dataset is a reference.

    Raises
    ------
    NotFound
        If the workspace has no such dataset.
    BadUserArgument
        If the file cannot be read, or has no such label column.
    TooLarge
        If it is larger than what training reads.
    """
    blob = storage.container("datasets").get_blob_client(f"{workspace_id}/{name}")
    try:
        etag = source.etag if source else str(blob.get_blob_properties().etag)
    except ResourceNotFoundError as error:
        raise NotFound("DatasetNotFound", f"The workspace has no dataset '{name}'.") from error
    stored, version = _find(storage, workspace_id, name) or ({"Options": ReadingOptions(guess=False).to_json()}, "")
    if stored.get("Etag") == etag and not label:
        return _shown(name, stored)
    limit = storage.settings.max_table_bytes
    content = source.read() if source else unpacked(blob.download_blob(decompress=False), limit)
    if isinstance(content, int):
        raise table_too_large(name, content, limit, name)
    inner, content = unpack_file(name, content, limit)
    reading = read_file(content, _extension(inner), read_options(stored["Options"]))
    stored |= {"Etag": etag, "Profile": reading.profile.to_json()}
    unchanged = {"etag": version, "match_condition": MatchConditions.IfNotModified}
    condition = unchanged if version else {"match_condition": MatchConditions.IfMissing}
    # What was said about the file meanwhile, with the next upload, stays.
    with contextlib.suppress(ResourceExistsError, ResourceModifiedError, ResourceNotFoundError):
        _put(storage, workspace_id, name, stored, condition)
    for column, why in (leaks(reading, label) if label else {}).items():
        found = next(item for item in stored["Profile"]["Columns"] if item["Name"] == column)
        found["Warnings"].append(why)
    return _shown(name, stored)


def find_profile(storage: Storage, workspace_id: str, name: str, largest: int) -> dict[str, Any] | None:
    """Return the profile of a dataset; None if there is no such dataset, one has yet to be made of a larger file, or
    the file is elsewhere.

    Parameters
    ----------
    largest
        The number of bytes up to which a file is read to make its profile.
    """
    try:
        found = storage.container("datasets").get_blob_client(f"{workspace_id}/{name}").get_blob_properties()
    except ResourceNotFoundError:
        return None
    if is_reference(found):
        # Whoever draws does not wait for hosts elsewhere.
        return None
    stored = _find(storage, workspace_id, name)
    made = stored is not None and stored[0].get("Etag") == str(found.etag)
    return get_profile(storage, workspace_id, name) if made or found.size <= largest else None


def _shown(name: str, stored: dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Options": stored["Options"], **stored["Profile"]}


def _extension(name: str) -> str:
    return f".{name.rpartition('.')[2].lower()}"


def _put(
    storage: Storage, workspace_id: str, name: str, stored: dict[str, Any], condition: dict[str, Any] | None = None
) -> None:
    options = hashlib.sha256(json.dumps(stored["Options"], sort_keys=True).encode()).hexdigest()
    storage.container(READINGS).upload_blob(
        _path(workspace_id, name),
        json.dumps(stored).encode(),
        overwrite=True,
        metadata={"options": options},
        **condition or {},
    )


def _find(storage: Storage, workspace_id: str, name: str) -> tuple[dict[str, Any], str] | None:
    """Return what is stored about a dataset, with its ETag."""
    try:
        blob = storage.container(READINGS).download_blob(_path(workspace_id, name))
    except ResourceNotFoundError:
        return None
    return json.loads(blob.readall()), str(blob.properties.etag)


def _path(workspace_id: str, name: str) -> str:
    return f"{workspace_id}/{name}.json"
