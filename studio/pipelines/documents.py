"""Data Factory documents of a workspace: pipelines, linked services, datasets, triggers.

Table `pipelines`: partition key is the workspace id, row key `{kind}-{hash of the lower-case name}`; Kind, Name,
Document (blob), Host (the host name at which the caller reached this app, to recognise its own endpoints), UpdatedAt.
The documents are in container `pipelines` at `{workspace id}/{HMAC of the content}`, sealed because they hold keys;
every version is kept.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from azure.data.tables import UpdateMode

from studio.errors import BadArgument, NotFound
from studio.hints import suggest
from studio.pipelines.adf.documents import (
    HIDDEN,
    Dataset,
    Pipeline,
    find,
    is_reference,
    properties_of,
    read_dataset,
    read_linked_service,
    read_pipeline,
    services_named_in,
)
from studio.pipelines.adf.expressions import check_nesting
from studio.storage.account import Storage
from studio.storage.keys import seal, unseal
from studio.storage.rows import Row, delete_row, find_row, list_rows
from studio.wire import classic_time, fits_url, invalid_value

PIPELINES, SERVICES, DATASETS, TRIGGERS = "pipelines", "linkedservices", "datasets", "triggers"
KINDS = (PIPELINES, SERVICES, DATASETS, TRIGGERS)
SECRETS = ("apikey", "connectionstring", "sasuri", "serviceprincipalkey", "encryptedcredential")
MAX_BYTES = 1024 * 1024
# As many as Data Factory allows.
MAX_ACTIVITIES = 120


@dataclass(frozen=True, slots=True)
class DocumentName:
    """Identifies a document of a workspace by its kind, one of KINDS, and its name, which is not case-sensitive."""

    workspace_id: str
    kind: str
    name: str

    @property
    def key(self) -> str:
        """Row key."""
        return f"{self.kind}-{hashlib.sha256(self.name.strip().lower().encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class SavedDocument:
    """A stored document; `document` is the name of the blob with its content."""

    workspace_id: str
    kind: str
    name: str
    document: str
    host: str
    updated_at: str

    @property
    def key(self) -> str:
        """Row key."""
        return DocumentName(self.workspace_id, self.kind, self.name).key


def put_factory_document(
    storage: Storage, place: DocumentName, body: dict[str, Any], base_url: str, *, now: datetime
) -> SavedDocument:
    """Check a document and store it, replacing any with the same name; does not start anything.

    Raises
    ------
    BadArgument
        If a property is invalid; names it and what is accepted. The stored document is left unchanged.
    """
    check_nesting(body)
    if not fits_url(place.name):
        raise BadArgument(
            "BadParameterValue", f"A document's name must have none of / \\ ? # %, got {place.name!r}.", "name"
        )
    named = find(body, "name")
    if named is not None and str(named).strip().lower() != place.name.lower():
        raise BadArgument("BadParameterValue", f"The document is named '{named}', the URL says '{place.name}'.", "name")
    content = json.dumps(body, sort_keys=True)
    if len(content) > MAX_BYTES:
        raise BadArgument("RequestBodyInvalid", f"A document may have at most {MAX_BYTES} characters.", "name")
    _check(place.kind, place.name, body)
    digest = hmac.new(storage.secret.encode(), content.encode(), hashlib.sha256).hexdigest()
    blob = f"{place.workspace_id}/{digest}"
    sealed = seal(storage.secret, content)
    storage.container("pipelines").upload_blob(blob, sealed.encode(), overwrite=True)
    saved = SavedDocument(place.workspace_id, place.kind, place.name, blob, urlsplit(base_url).netloc, now.isoformat())
    row = {
        "PartitionKey": place.workspace_id,
        "RowKey": saved.key,
        "Kind": place.kind,
        "Name": place.name,
        "Document": blob,
        "Host": saved.host,
        "UpdatedAt": saved.updated_at,
    }
    storage.table("pipelines").upsert_entity(row, mode=UpdateMode.REPLACE)
    return saved


def get_factory_document(storage: Storage, workspace_id: str, kind: str, name: str) -> SavedDocument:
    """Return a document; NotFound if the workspace has none with that kind and name."""
    saved = find_document_by_key(storage, workspace_id, DocumentName(workspace_id, kind, name).key)
    if saved is None:
        known = (item.name for item in list_factory_documents(storage, workspace_id, kind))
        hint = suggest(name, known, "The workspace has")
        raise NotFound("DocumentNotFound", f"The workspace has no {kind.removesuffix('s')} '{name}'. {hint}")
    return saved


def find_document_by_key(storage: Storage, workspace_id: str, key: str) -> SavedDocument | None:
    """Return the document with a row key, or None."""
    row = find_row(storage.table("pipelines"), workspace_id, key)
    return _from_row(row) if row else None


def list_factory_documents(storage: Storage, workspace_id: str, kind: str) -> list[SavedDocument]:
    """Return the workspace's documents of a kind, sorted by name."""
    rows = list_rows(storage.table("pipelines"), workspace_id, f"Kind eq '{kind}'")
    return sorted((_from_row(row) for row in rows), key=lambda item: item.name.lower())


def delete_factory_document(storage: Storage, saved: SavedDocument) -> None:
    """Delete a document; runs that have started continue. May be repeated."""
    delete_row(storage.table("pipelines"), saved.workspace_id, saved.key)


def read_factory_document(storage: Storage, blob: str) -> dict[str, Any]:
    """Return the content of a stored document."""
    sealed = storage.container("pipelines").download_blob(blob).readall()
    content: dict[str, Any] = json.loads(unseal(storage.secret, sealed.decode()))
    return content


def get_pipeline(storage: Storage, saved: SavedDocument) -> Pipeline:
    """Read a stored pipeline."""
    return read_pipeline(saved.name, read_factory_document(storage, saved.document))


def get_dataset(storage: Storage, workspace_id: str, name: str) -> Dataset:
    """Return a version 1 dataset."""
    saved = get_factory_document(storage, workspace_id, DATASETS, name)
    return read_dataset(read_factory_document(storage, saved.document))


def missing_services(storage: Storage, workspace_id: str, pipeline: Pipeline) -> list[str]:
    """Return the linked services that a pipeline refers to but the workspace does not have."""
    known = {item.name.lower() for item in list_factory_documents(storage, workspace_id, SERVICES)}
    return sorted(services_named_in(pipeline) - known)


def document_object(storage: Storage, saved: SavedDocument) -> dict[str, Any]:
    """Return a document as the API shows it: as it was sent, with secrets hidden."""
    shown: dict[str, Any] = _without_secrets(read_factory_document(storage, saved.document))
    return shown | {"name": saved.name, "updatedAt": classic_time(saved.updated_at)}


def _check(kind: str, name: str, body: dict[str, Any]) -> None:
    if kind == PIPELINES:
        activities = find(properties_of(body), "activities")
        if isinstance(activities, list) and len(activities) > MAX_ACTIVITIES:
            raise invalid_value("activities", f"a list of at most {MAX_ACTIVITIES} activities", len(activities))
        read_pipeline(name, body)
    elif kind == SERVICES:
        read_linked_service(body)
    elif kind == DATASETS:
        read_dataset(body)
    else:
        properties_of(body)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: HIDDEN if str(key).strip().lower() in SECRETS and not is_reference(item) else _without_secrets(item)
            for key, item in value.items()
        }
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def _from_row(row: Row) -> SavedDocument:
    return SavedDocument(row["PartitionKey"], row["Kind"], row["Name"], row["Document"], row["Host"], row["UpdatedAt"])
