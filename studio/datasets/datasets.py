"""Datasets in the Studio API: listed with types and ids, uploaded in blocks, deleted.

Container `dataset-uploads`: `{workspace id}/{upload id}`, the blocks of an upload in progress. The dataset itself is a
blob in container `datasets` (workspace_data.py), whose metadata hold the name, type and description from the client.

References
----------
Section 5 of the original's wire contract.
"""

import base64
import contextlib
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobClient, BlobProperties, ContentSettings

from studio.datasets.readings import delete_reading, put_reading
from studio.datasets.references import REFERENCE
from studio.datasets.samples import check_not_sample
from studio.datasets.workspace_data import check_dataset_name
from studio.errors import BadArgument, Conflict, NotFound, ServiceUnavailable
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.storage.keys import is_id, new_id
from studio.storage.pages import Page, by_name
from studio.tables.options import ReadingOptions
from studio.wire import classic_time, studio_time, ticks

UPLOADS = "dataset-uploads"
TYPES = {
    "GenericCSV": ".csv",
    "GenericTSV": ".tsv",
    "GenericCSVNoHeader": ".csv",
    "GenericTSVNoHeader": ".tsv",
    "ARFF": ".arff",
    "PlainText": ".txt",
    "Zip": ".zip",
}
MAX_BLOCKS = 50_000
# A blob's metadata have 8 KiB in all, in which a name of 200 characters must fit.
METADATA_BYTES = {"name": 2400, "datatype": 200, "description": 2600, "owner": 1000, "filename": 1500, "family": 100}
COPY_SECONDS = 60
# So that clients read it as it is: Python's `requests` guesses the encoding of what names none.
TEXT = ContentSettings(content_type="text/plain; charset=utf-8")
ZIP = ContentSettings(content_type="application/zip")


@dataclass(frozen=True, slots=True)
class DataSource:
    """A dataset with the properties that clients of the Studio API see."""

    workspace_id: str
    blob: str
    name: str
    data_type: str
    description: str
    owner: str
    file_name: str
    size: int
    created_at: str
    family: str = ""
    path: str = ""
    reference: str = ""

    @property
    def location(self) -> str:
        """The path of its blob in container `datasets`."""
        return self.path or f"{self.workspace_id}/{self.blob}"

    @property
    def family_id(self) -> str:
        """The 32 hex digits that stay the same when the dataset is uploaded again or renamed."""
        return self.family or _family(self.workspace_id, self.blob)

    @property
    def id(self) -> str:
        """The id in URLs: workspace id and family id."""
        return f"{self.workspace_id}.{self.family_id}"


def list_data_sources(storage: Storage, workspace_id: str) -> Iterator[DataSource]:
    """Yield the workspace's datasets in order of their blob names."""
    prefix = f"{workspace_id}/"
    for blob in storage.container("datasets").list_blobs(name_starts_with=prefix, include=["metadata"]):
        yield _read(workspace_id, blob)


def find_data_source(storage: Storage, workspace_id: str, id_or_family: str) -> DataSource | None:
    """Return a dataset of the workspace by its id or family id; None if there is none."""
    known = list_data_sources(storage, workspace_id)
    return next((source for source in known if id_or_family in (source.id, source.family_id)), None)


def get_data_source(storage: Storage, workspace_id: str, id_or_family: str) -> DataSource:
    """Return a dataset that the workspace may change; NotFound if there is none, Conflict if it is a sample."""
    check_not_sample(id_or_family)
    source = find_data_source(storage, workspace_id, id_or_family)
    if source is None:
        raise NotFound("DatasetNotFound", f"The workspace has no dataset with the id '{id_or_family}'.")
    return source


def delete_data_source(storage: Storage, source: DataSource) -> None:
    """Delete a dataset; may be repeated."""
    with contextlib.suppress(ResourceNotFoundError):
        storage.container("datasets").delete_blob(f"{source.workspace_id}/{source.blob}")
    delete_reading(storage, source.workspace_id, source.blob)


def start_block_upload(storage: Storage, workspace_id: str, data_type: str, content: bytes) -> str:
    """Start an upload and return its id; `content`, unless empty, is the whole file."""
    _extension(data_type)
    upload_id = new_id()
    if content:
        put_block(storage, workspace_id, upload_id, 0, 1, content)
    return upload_id


def put_block(storage: Storage, workspace_id: str, upload_id: str, index: int, count: int, content: bytes) -> None:
    """Store block `index` of `count` of an upload; storing a block again replaces it."""
    if not 0 <= index < count <= MAX_BLOCKS:
        raise BadArgument(
            "BadParameterValue",
            f"blockId must be from 0 to numberOfBlocks - 1, and numberOfBlocks at most {MAX_BLOCKS}; "
            f"got block {index} of {count}.",
            "blockId",
        )
    if not content:
        raise BadArgument("RequestIsEmpty", f"Block {index} is empty.", "blockId")
    _upload_blob(storage, workspace_id, upload_id).stage_block(_block_name(index, count), content)


def create_data_source(storage: Storage, workspace_id: str, body: dict[str, Any], *, now: datetime) -> DataSource:
    """Turn an upload into a dataset.

    Raises
    ------
    BadArgument
        If the name or the type is invalid, or blocks are missing.
    Conflict
        If the workspace has a dataset of that name and `FamilyId` does not ask to replace it.
    """
    described = body.get("DataSource")
    if not isinstance(described, dict):
        raise BadArgument(
            "RequestBodyInvalid", "The body must contain a DataSource with Name and DataTypeId.", "DataSource"
        )
    if "UploadId" not in body:
        raise BadArgument(
            "BadParameterValue",
            "A dataset is created from an upload: give its UploadId; or from what a module delivered in the latest "
            "run: give ExperimentId, ModuleNodeId and OutputName.",
            "UploadId",
        )
    data_type = str(described.get("DataTypeId") or "")
    place = _place(storage, workspace_id, described, data_type)
    upload = _upload_blob(storage, workspace_id, str(body["UploadId"]))
    _commit(upload, content_settings(data_type))
    file_name = str(body.get("UploadedFromFileName") or "")[:200]
    source = own_blob(storage, f"{UPLOADS}/{upload.blob_name}", now)
    metadata = _metadata(described, data_type, file_name, place)
    put_reading(storage, workspace_id, place.blob, _reading(data_type))
    _copy(f"{source.base_location}{quote(source.relative_location)}{source.sas_token}", place.target, metadata)
    _forget_others(storage, workspace_id, place)
    upload.delete_blob()
    return _read(workspace_id, place.target.get_blob_properties())


def store_data_source(
    storage: Storage, workspace_id: str, described: dict[str, Any], data_type: str, content: bytes
) -> DataSource:
    """Make a dataset of content that the app has; raises what create_data_source raises."""
    place = _place(storage, workspace_id, described, data_type)
    put_reading(storage, workspace_id, place.blob, _reading(data_type))
    place.target.upload_blob(
        content,
        overwrite=True,
        content_settings=content_settings(data_type),
        metadata=_metadata(described, data_type, "", place),
    )
    _forget_others(storage, workspace_id, place)
    return _read(workspace_id, place.target.get_blob_properties())


def content_settings(data_type: str) -> ContentSettings:
    """Return the content type of files of a type of the original."""
    return ZIP if data_type == "Zip" else TEXT


def _reading(data_type: str) -> ReadingOptions:
    """Return what a type of the original says about how to read the file."""
    return ReadingOptions(header=False if data_type.endswith("NoHeader") else None)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a dataset is stored; `before` are the blobs of its family, `family` is empty if its blob's name says it."""

    target: BlobClient
    blob: str
    before: tuple[str, ...]
    family: str


def _place(storage: Storage, workspace_id: str, described: dict[str, Any], data_type: str) -> _Place:
    """Return where to store a dataset: a renamed one stays in its blob, which experiments name.

    Raises
    ------
    BadArgument
        If the name or the type is invalid.
    Conflict
        If the workspace has another dataset of that name, or the family is a sample's.
    """
    name, extension = str(described.get("Name") or ""), _extension(data_type)
    wanted = name if name.lower().endswith(extension) else name + extension
    check_dataset_name(wanted)
    known, family = list(list_data_sources(storage, workspace_id)), str(described.get("FamilyId") or "")
    check_not_sample(family)
    before = tuple(source.blob for source in known if source.family_id == family)
    others = {source.blob: source.name for source in known if source.blob not in before}
    # Before they were renamed, others may have had this name: their blobs still do.
    if name.lower() in {other.lower() for other in others.values()} or others.get(wanted) == wanted:
        raise Conflict("BadParameterValue", f"The workspace already has a dataset '{name}'.", "Name")
    kept = next((blob for blob in before if blob.lower().endswith(extension)), None)
    blob = kept or _free_name(wanted, extension, set(others))
    target = storage.container("datasets").get_blob_client(f"{workspace_id}/{blob}")
    return _Place(target, blob, before, family if before and family != _family(workspace_id, blob) else "")


def _free_name(wanted: str, extension: str, taken: set[str]) -> str:
    stem, number = wanted[: -len(extension)], 1
    found = wanted
    while found in taken:
        number += 1
        found = f"{stem} ({number}){extension}"
    return found


def _metadata(described: dict[str, Any], data_type: str, file_name: str, place: _Place) -> dict[str, str]:
    """Return a dataset's texts, percent-encoded, since headers are ASCII."""
    texts = {
        "name": str(described.get("Name") or ""),
        "datatype": data_type,
        "description": str(described.get("Description") or "")[:2000],
        "owner": str(described.get("Owner") or "")[:200],
        "filename": file_name,
        "family": place.family,
    }
    return {key: quote(_shortened(text, METADATA_BYTES[key])) for key, text in texts.items() if text}


def _forget_others(storage: Storage, workspace_id: str, place: _Place) -> None:
    """Delete what else is left of a dataset that is now of another type, under another blob name."""
    for blob in place.before:
        if blob != place.blob:
            with contextlib.suppress(ResourceNotFoundError):
                storage.container("datasets").delete_blob(f"{workspace_id}/{blob}")
            delete_reading(storage, workspace_id, blob)


def data_source_object(storage: Storage, source: DataSource, *, now: datetime) -> dict[str, Any]:
    """Return a dataset as the Studio API shows it (reference 5), with a new link to its content."""
    link = own_blob(storage, f"datasets/{source.location}", now)
    return {
        "Id": source.id,
        "Name": source.name,
        "DataTypeId": source.data_type,
        "Description": source.description,
        "FamilyId": source.family_id,
        "ResourceUploadId": None,
        "SourceOrigin": "FromResourceUpload",
        "Size": source.size,
        "CreatedDate": studio_time(source.created_at),
        "CreatedDateTicks": ticks(source.created_at),
        "Owner": source.owner,
        "ExperimentId": None,
        "ClientVersion": None,
        "PromotedFrom": None,
        # Classic: requests write FileName, answers Filename (the Python package and the R package's vignette).
        "UploadedFromFilename": source.file_name,
        "ServiceVersion": 0,
        "IsLatest": True,
        "Category": "user",
        "IsDeprecated": False,
        "Culture": "en-US",
        "Batch": 1,
        # Classic: clients poll until the schema is ready; here no schema is made (reference 5).
        "SchemaStatus": "NotSupported",
        "DownloadLocation": _location(
            storage.account_url, quote(link.relative_location), link.sas_token or "", source.size
        ),
        # Classic: the R client concatenates the parts of these, so they are present but empty.
        "VisualizeEndPoint": _location("", "", "", 0),
        "SchemaEndPoint": _location("", "", "", 0),
    }


def _location(base: str, location: str, credential: str, size: int) -> dict[str, Any]:
    return {
        "BaseUri": base,
        "Size": size,
        "Name": "",
        "EndpointType": "AzureBlobContainer",
        "CredentialContainer": "",
        "AccessCredential": credential,
        "Location": location,
        "FileType": "",
        "IsAuxiliary": False,
    }


def _family(workspace_id: str, blob: str) -> str:
    return hashlib.sha256(f"{workspace_id}/{blob}".encode()).hexdigest()[:32]


def _extension(data_type: str) -> str:
    if data_type not in TYPES:
        raise BadArgument(
            "DataTypeNotSupported", f"dataTypeId must be one of {', '.join(TYPES)}, got '{data_type}'.", "dataTypeId"
        )
    return TYPES[data_type]


def _upload_blob(storage: Storage, workspace_id: str, upload_id: str) -> BlobClient:
    if not is_id(upload_id):
        raise BadArgument(
            "BadParameterValue", f"uploadId must be an id returned by resourceuploads, got '{upload_id}'."
        )
    return storage.container(UPLOADS).get_blob_client(f"{workspace_id}/{upload_id}")


def _block_name(index: int, count: int) -> str:
    return base64.b64encode(f"{index:06d}/{count:06d}".encode()).decode()


def _commit(upload: BlobClient, settings: ContentSettings) -> None:
    """Commit the blocks of an upload; BadArgument names any that are missing."""
    try:
        committed, staged = upload.get_block_list("all")
    except ResourceNotFoundError:
        committed = staged = []
    names = sorted({base64.b64decode(block.id).decode() for block in (*committed, *staged) if block.id})
    count = int(names[-1].partition("/")[2]) if names else 0
    expected = [_block_name(index, count) for index in range(count)]
    present = {base64.b64encode(name.encode()).decode() for name in names}
    missing = [index for index, name in enumerate(expected) if name not in present]
    if missing or not count:
        what = f"blocks {missing[:10]} of {count} are missing" if count else "it is empty"
        raise BadArgument("BadParameterValue", f"The upload is incomplete: {what}.", "UploadId")
    upload.commit_block_list([BlobBlock(block_id=name) for name in expected], content_settings=settings)


def _copy(source_url: str, target: BlobClient, texts: dict[str, str]) -> None:
    """Copy a blob within the account, on the server."""
    status: Any = target.start_copy_from_url(source_url, metadata=texts)["copy_status"]
    deadline = time.monotonic() + COPY_SECONDS
    while status == "pending":
        if time.monotonic() > deadline:
            raise ServiceUnavailable(
                "NoMoreResources", "Storage is still copying the dataset. Check again in a minute."
            )
        time.sleep(0.2)
        status = target.get_blob_properties().copy.status
    if status != "success":
        raise ServiceUnavailable("NoMoreResources", "Storage failed to copy the dataset. Upload it again.")


def _shortened(text: str, most: int) -> str:
    """Return a text, or its beginning if it would exceed so many bytes percent-encoded."""
    while len(quote(text)) > most:
        text = text[: min(len(text) - 1, len(text) * most // len(quote(text)))]
    return text


def _read(workspace_id: str, blob: BlobProperties) -> DataSource:
    name = blob.name.partition("/")[2]
    texts = {key.lower(): unquote(text) for key, text in (blob.metadata or {}).items()}
    by_extension = next((item for item, extension in TYPES.items() if name.lower().endswith(extension)), "PlainText")
    return DataSource(
        workspace_id,
        name,
        texts.get("name", name),
        texts.get("datatype", by_extension),
        texts.get("description", ""),
        texts.get("owner", ""),
        texts.get("filename", name),
        int(blob.size),
        str((blob.creation_time or blob.last_modified).isoformat()),
        texts.get("family", ""),
        reference=texts.get(REFERENCE, ""),
    )


def list_dataset_objects(
    storage: Storage, workspace_id: str, search: str, page: Page
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the workspace's datasets as the API lists them, by file name, and where the next page starts.

    Parameters
    ----------
    search
        A part of the file name or the title, in lower case; empty for all.
    """
    known = list_data_sources(storage, workspace_id)
    wanted = (item for item in known if search in item.blob.lower() or search in item.name.lower())
    found, after = by_name(((item.blob, item) for item in wanted), page)
    return [_dataset_object(item) for item in found], after


def _dataset_object(source: DataSource) -> dict[str, Any]:
    return {
        "Name": source.blob,
        "Title": source.name,
        "DataTypeId": source.data_type,
        "Description": source.description,
        "Size": source.size,
        "CreationTime": classic_time(source.created_at),
        "FamilyId": source.family_id,
        "Reference": source.reference or None,
    }
